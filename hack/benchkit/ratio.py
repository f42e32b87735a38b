"""Godwit beside `virsh migrate`, over a link that makes it take a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from benchkit import byhand, pairs
from benchkit.figures import Section
from benchkit.guests import large, living
from benchkit.mover import Mover
from benchkit.pairs import Pair
from labkit import links
from labkit.lab import Lab, Plane, hosts
from labkit.shell import say

TOTAL_RATIO, DOWNTIME_RATIO = 1.05, 1.15
WANTED_SECONDS = 30.0


def measure(lab: Lab, mover: Mover, count: int) -> Section:
    """A first migration over the free link tells how much there is to send, and so the rate."""
    with living(lab, large(lab)) as guest:
        mover.quiet()
        rate = rate_for(mover.move(guest).sent_bytes)
        say(f"ratio: the link is shaped to {rate}")
        with shaped(lab, rate):
            return judge(pairs.measure(lab, mover, guest, count, partial(byhand.migrate, lab, guest)), rate)


def judge(seen: Sequence[Pair], rate: str) -> Section:
    """What is promised of both times."""
    return Section(
        f"Godwit beside `virsh migrate --live --p2p --tls`, {len(seen)} pairs over {rate}",
        [
            pairs.ratio("total time, Godwit / virsh", seen, lambda run: run.took_seconds, TOTAL_RATIO),
            pairs.ratio(
                "downtime seen from outside, Godwit / virsh", seen, lambda run: run.silent_ms, DOWNTIME_RATIO
            ),
            *pairs.explained(seen),
        ],
    )


def rate_for(sent_bytes: int) -> str:
    """A link's rate over which so many bytes take as long as wanted."""
    return f"{max(1000, round(sent_bytes * 8 / 1000 / WANTED_SECONDS))}kbit"


@contextmanager
def shaped(lab: Lab, rate: str) -> Iterator[None]:
    """Both hosts' links to each other, until the end of the block."""
    try:
        for host in hosts(lab)[:2]:
            links.shape(lab, host, Plane.DATA, rate)
        yield
    finally:
        for host in hosts(lab)[:2]:
            links.clear(lab, host, Plane.DATA)
