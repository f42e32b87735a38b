"""The same guest by virsh and by Godwit, in turns, over a link that makes it take a while."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchkit.figures import Figure, Section, beside, spread
from benchkit.guests import large, living
from benchkit.mover import Mover, ends
from benchkit.traces import switchover_seconds
from labkit import links
from labkit.box import inside
from labkit.guest import observer
from labkit.guest.spec import Guest
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, Plane, hosts
from labkit.shell import LabError, say

TOTAL_RATIO, DOWNTIME_RATIO = 1.05, 1.15
WANTED_SECONDS = 30.0
_VIRSH_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Run:
    """One migration as its user and a client outside saw it.

    `switchover_ms` is what libvirt's events say of the same silence, `late_ms` how late the client was.
    """

    took_seconds: float
    silent_ms: float
    silent_tcp_ms: float
    switchover_ms: float
    late_ms: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The guest went there by one and came back by the other."""

    virsh: Run
    godwit: Run


def measure(lab: Lab, mover: Mover, pairs: int) -> Section:
    """A first migration over the free link tells how much there is to send, and so the rate."""
    seen: list[Pair] = []
    with living(lab, large(lab)) as guest:
        mover.quiet()
        rate = rate_for(mover.move(guest).sent_bytes)
        say(f"ratio: the link is shaped to {rate}")
        with shaped(lab, rate):
            for number in range(pairs):
                seen.append(_pair(lab, mover, guest, virsh_first=number % 2 == 0))
                say(f"ratio {number + 1}/{pairs}: {_told(seen[-1])}")
    return judge(seen, rate)


def judge(pairs: Sequence[Pair], rate: str) -> Section:
    """The median of the pairs' own ratios: both of a pair had the same noise around them."""
    virsh, godwit = [pair.virsh for pair in pairs], [pair.godwit for pair in pairs]
    return Section(
        f"Godwit beside `virsh migrate --live --p2p --tls`, {len(pairs)} pairs over {rate}",
        [
            _ratio(
                "total time, Godwit / virsh",
                [run.took_seconds for run in godwit],
                [run.took_seconds for run in virsh],
                TOTAL_RATIO,
            ),
            _ratio(
                "downtime seen from outside, Godwit / virsh",
                [run.silent_ms for run in godwit],
                [run.silent_ms for run in virsh],
                DOWNTIME_RATIO,
            ),
            beside("  virsh: total time", [run.took_seconds for run in virsh], "s"),
            beside("  Godwit: apply to Succeeded", [run.took_seconds for run in godwit], "s"),
            beside("  virsh: longest gap by UDP", [run.silent_ms for run in virsh], "ms"),
            beside("  Godwit: longest gap by UDP", [run.silent_ms for run in godwit], "ms"),
            beside("  virsh: longest gap by TCP", [run.silent_tcp_ms for run in virsh], "ms"),
            beside("  Godwit: longest gap by TCP", [run.silent_tcp_ms for run in godwit], "ms"),
            beside(
                "  virsh: stopped to going on, by libvirt's events",
                [run.switchover_ms for run in virsh],
                "ms",
            ),
            beside(
                "  Godwit: stopped to going on, by libvirt's events",
                [run.switchover_ms for run in godwit],
                "ms",
            ),
            beside("  how late the client itself was", [run.late_ms for run in virsh + godwit], "ms"),
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


def _ratio(name: str, ours: Sequence[float], theirs: Sequence[float], limit: float) -> Figure:
    seen = spread([one / other for one, other in zip(ours, theirs, strict=True)])
    return Figure(name, seen.p50, limit, "", seen)


def _pair(lab: Lab, mover: Mover, guest: Guest, *, virsh_first: bool) -> Pair:
    """Who goes first changes, so that neither has the better direction."""
    if virsh_first:
        virsh = _by_virsh(lab, mover, guest)
        return Pair(virsh, _by_godwit(lab, mover, guest))
    godwit = _by_godwit(lab, mover, guest)
    return Pair(_by_virsh(lab, mover, guest), godwit)


def _by_virsh(lab: Lab, mover: Mover, guest: Guest) -> Run:
    """With the flags that do what Godwit does: the definition goes along and does not stay."""
    source, destination = ends(lab, guest)
    address = lab.address(Plane.DATA, destination)
    observer.observe(lab, guest.name, reset=True)
    began, since = time.monotonic(), time.time()
    inside(
        lab, source, *VIRSH, "migrate", "--live", "--p2p", "--tls", "--persistent", "--undefinesource",
        guest.uuid, f"qemu+tls://{address}/system", f"tcp://{address}",
        timeout_seconds=_VIRSH_SECONDS,
    )  # fmt: skip
    took_seconds = time.monotonic() - began
    heard = mover.wait_heard(guest.name, source, destination, since)
    mover.quiet()
    return _run(lab, guest, took_seconds, switchover_seconds(heard, source, destination))


def _by_godwit(lab: Lab, mover: Mover, guest: Guest) -> Run:
    observer.observe(lab, guest.name, reset=True)
    move = mover.move(guest)
    switchover = switchover_seconds(list(move.traces), move.source, move.destination)
    return _run(lab, guest, move.total_seconds, switchover)


def _run(lab: Lab, guest: Guest, took_seconds: float, switchover: float | None) -> Run:
    if switchover is None:
        raise LabError(f"libvirt told of no moment when {guest.name} was stopped")
    seen = observer.observe(lab, guest.name)
    return Run(
        took_seconds=took_seconds,
        silent_ms=seen.udp.longest_gap_ms,
        silent_tcp_ms=seen.tcp.longest_gap_ms,
        switchover_ms=switchover * 1000,
        late_ms=seen.own_lateness_ms,
    )


def _told(pair: Pair) -> str:
    return (
        f"virsh {pair.virsh.took_seconds:.1f} s and {pair.virsh.silent_ms:.0f} ms silent, "
        f"Godwit {pair.godwit.took_seconds:.1f} s and {pair.godwit.silent_ms:.0f} ms silent"
    )
