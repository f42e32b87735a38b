"""The same guest by virsh and by Godwit, in turns: both of a pair have the same noise around them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchkit.figures import Figure, beside, spread
from benchkit.mover import Mover, ends
from benchkit.traces import switchover_seconds
from labkit.guest import observer
from labkit.guest.spec import Guest
from labkit.lab import Lab
from labkit.shell import LabError, say


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


ByHand = Callable[[str, str], None]
"""What a person would type, from the one host to the other; returns when it is done."""


MakeReady = Callable[[str, bool], None]
"""What has to be done at the destination before, by hand (true) or for Godwit; its time does not count."""


def _nothing(_: str, __: bool) -> None:
    """Most guests need none."""


def measure(
    lab: Lab, mover: Mover, guest: Guest, count: int, by_hand: ByHand, make_ready: MakeReady = _nothing
) -> list[Pair]:
    """Who goes first changes, so that neither has the better direction."""
    seen: list[Pair] = []

    def virsh() -> Run:
        make_ready(ends(lab, guest)[1], True)
        return _by_virsh(lab, mover, guest, by_hand)

    def godwit() -> Run:
        make_ready(ends(lab, guest)[1], False)
        return _by_godwit(lab, mover, guest)

    for number in range(count):
        if number % 2 == 0:
            by_virsh = virsh()
            seen.append(Pair(by_virsh, godwit()))
        else:
            by_godwit = godwit()
            seen.append(Pair(virsh(), by_godwit))
        say(f"{guest.name}, pair {number + 1}/{count}: {_told(seen[-1])}")
    return seen


def ratio(name: str, pairs: Sequence[Pair], of: Callable[[Run], float], limit: float) -> Figure:
    """The median of the pairs' own ratios."""
    seen = spread([of(pair.godwit) / of(pair.virsh) for pair in pairs])
    return Figure(name, seen.p50, limit, "", seen)


def explained(pairs: Sequence[Pair]) -> list[Figure]:
    """What the ratios are made of."""
    virsh, godwit = [pair.virsh for pair in pairs], [pair.godwit for pair in pairs]
    return [
        beside("  virsh: total time", [run.took_seconds for run in virsh], "s"),
        beside("  Godwit: apply to Succeeded", [run.took_seconds for run in godwit], "s"),
        beside("  virsh: longest gap by UDP", [run.silent_ms for run in virsh], "ms"),
        beside("  Godwit: longest gap by UDP", [run.silent_ms for run in godwit], "ms"),
        beside("  virsh: longest gap by TCP", [run.silent_tcp_ms for run in virsh], "ms"),
        beside("  Godwit: longest gap by TCP", [run.silent_tcp_ms for run in godwit], "ms"),
        beside(
            "  virsh: stopped to going on, by libvirt's events", [run.switchover_ms for run in virsh], "ms"
        ),
        beside(
            "  Godwit: stopped to going on, by libvirt's events", [run.switchover_ms for run in godwit], "ms"
        ),
        beside("  how late the client itself was", [run.late_ms for run in virsh + godwit], "ms"),
    ]


def _by_virsh(lab: Lab, mover: Mover, guest: Guest, by_hand: ByHand) -> Run:
    source, destination = ends(lab, guest)
    observer.observe(lab, guest.name, reset=True)
    began, since = time.monotonic(), time.time()
    by_hand(source, destination)
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
