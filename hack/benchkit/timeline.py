"""One migration, moment by moment: where the milliseconds go; pure."""

from collections.abc import Sequence

from benchkit.move import Move


def of_each_kind(moves: Sequence[Move]) -> list[str]:
    """Of each guest the migration whose overhead lies in the middle."""
    lines: list[str] = []
    for guest in sorted({move.guest for move in moves}):
        alike = sorted((m for m in moves if m.guest == guest), key=lambda m: m.overhead_seconds)
        middle = alike[len(alike) // 2]
        lines += [
            f"{middle.name}: {guest}, {middle.switchover}, {middle.source} to {middle.destination}",
            *timeline(middle),
        ]
    return lines


def timeline(move: Move) -> list[str]:
    """Phases as the watch told them, libvirt's events and all writes, counted from apply."""
    moments = [
        (move.applied, "user", "apply"),
        (move.job_active, move.destination, "== job active: libvirt starts QEMU"),
        (move.running, move.destination, "== the guest runs"),
        *((at, "watch", f"phase {phase}") for phase, at in move.phases),
        *((trace.at, trace.host, f"libvirt {trace.kind}: {trace.detail}") for trace in move.traces),
        *((write.at, write.node, f"{write.what} {write.name}".rstrip()) for write in move.writes),
    ]
    return [
        f"{(at - move.applied) * 1000:8.0f} ms  {who:<6}  {what}"
        for at, who, what in sorted(moments, key=lambda moment: moment[0])
    ]
