"""What a migration writes to the API server, and what finished ones go on to write: nothing."""

from collections.abc import Callable, Sequence

from benchkit.audit import MIGRATIONS, Write, breakdown
from benchkit.figures import Figure, Section, beside, spread
from benchkit.move import Move

BASE, PER_SECOND = 40, 2 / 10
PER_COPIED_DISK = 4
OWN_BASE, OWN_PER_SECOND = 12, 1 / 10


def judge(moves: Sequence[Move], idle: Sequence[Write], idle_seconds: float, finished: int) -> Section:
    """Of each promise the migration that came nearest to it, or went furthest beyond."""
    return Section(
        f"API writes of {len(moves)} migrations, and of {finished} finished ones",
        [
            _worst("writes of one migration, both sides, events", moves, _limit, everything),
            _worst("  of which to the VMMigration itself", moves, _own_limit, own),
            beside("  by the operator", [by(move, "operator") for move in moves], ""),
            beside("  by the agents of both hosts", [by(move, "agent") for move in moves], ""),
            *_of_copied(moves),
            beside("  refused for a conflict or otherwise", [refused(move) for move in moves], ""),
            Figure(f"writes per minute with {finished} finished", len(idle) * 60 / idle_seconds, 0.0),
        ],
        ["  mean per migration:", *means([move.writes for move in moves]), *_idle(idle)],
    )


def everything(move: Move) -> int:
    """All that Godwit wrote from apply until it was quiet."""
    return len(move.writes)


def own(move: Move) -> int:
    """Status and finalizer of the VMMigration."""
    return sum(write.kind.partition("/")[0] == MIGRATIONS for write in move.writes)


def by(move: Move, writer: str) -> int:
    """What of it the operator wrote, or the agents together."""
    return sum(write.by == writer for write in move.writes)


def refused(move: Move) -> int:
    """Requests that changed nothing."""
    return sum(write.code >= 400 for write in move.writes)


def _limit(move: Move) -> float:
    return BASE + PER_COPIED_DISK * move.copied + PER_SECOND * move.total_seconds


def _own_limit(move: Move) -> float:
    return OWN_BASE + OWN_PER_SECOND * move.total_seconds


def _of_copied(moves: Sequence[Move]) -> list[Figure]:
    """The same of those alone whose disks were copied."""
    copied = [move for move in moves if move.copied]
    if not copied:
        return []
    return [
        _worst("  of one whose disks are copied, 4 more for each", copied, _limit, everything),
        _worst("  of which to the VMMigration itself", copied, _own_limit, own),
        beside("  by the operator, where disks are copied", [by(move, "operator") for move in copied], ""),
        beside("  by the agents, where disks are copied", [by(move, "agent") for move in copied], ""),
    ]


def _worst(
    name: str, moves: Sequence[Move], limit: Callable[[Move], float], count: Callable[[Move], int]
) -> Figure:
    worst = max(moves, key=lambda move: count(move) - limit(move))
    seen = spread([count(move) for move in moves])
    return Figure(name, count(worst), round(limit(worst), 1), "", seen)


def means(seen: Sequence[Sequence[Write]]) -> list[str]:
    """The mean of each kind of write, most first."""
    total = breakdown(write for each in seen for write in each)
    return [f"  {count / len(seen):6.1f}  {what}" for what, count in total.most_common()]


def _idle(idle: Sequence[Write]) -> list[str]:
    if not idle:
        return []
    return ["  while nothing moved:", *(f"  {n:6}  {what}" for what, n in breakdown(idle).most_common())]
