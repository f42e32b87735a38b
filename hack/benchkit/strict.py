"""The strict switchover beside a person who types `virsh migrate --suspend && virsh resume`."""

from collections.abc import Sequence
from functools import partial

from benchkit import byhand, pairs
from benchkit.figures import Section
from benchkit.guests import living, watched_without_disk
from benchkit.mover import Mover
from benchkit.pairs import Pair
from labkit.lab import Lab

DOWNTIME_RATIO = 1.15


def measure(lab: Lab, mover: Mover, count: int) -> Section:
    """Over the free link: the switchover is all that is looked at."""
    with living(lab, watched_without_disk(lab)) as guest:
        mover.quiet()
        by_hand = partial(byhand.migrate_and_resume, lab, guest)
        return judge(pairs.measure(lab, mover, guest, count, by_hand))


def judge(seen: Sequence[Pair]) -> Section:
    """What is promised of the guest's silence."""
    return Section(
        f"The strict switchover beside `virsh migrate --suspend && virsh resume`, {len(seen)} pairs",
        [
            pairs.ratio(
                "downtime seen from outside, Godwit / virsh", seen, lambda run: run.silent_ms, DOWNTIME_RATIO
            ),
            *pairs.explained(seen),
        ],
    )
