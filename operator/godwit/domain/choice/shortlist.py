"""The hosts that are inspected at the same time: the best, and the next ones that stand by.

Whichever answers first, the best that takes the guest is chosen: one that stands by is named only when those
before it refuse. Each has a task of its own, whose name is in the journal before it is made; no name is used
twice.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.choice.ranking import Judged
from godwit.domain.choice.table import Dismissed, Standby
from godwit.domain.migration import Attempt

MOST_AT_ONCE = 3
NO_MORE = "it was inspected, and a check that its Hypervisor decides fails there now"


def begin(attempt: Attempt, eligible: tuple[Judged, ...], most: int) -> tuple[Attempt, tuple[Judged, ...]]:
    """The best of them is the destination, others stand by; `eligible` has one at least.

    `attempt.destination_task` is a free name.

    To whom the source has seen no open road only ever comes alone: it would hardly take the guest.
    """
    best, *others = eligible
    beside = [each for each in others if not each.set_back][: min(MOST_AT_ONCE, most) - 1]
    base, number = _numbered(attempt.destination_task)
    standby = tuple(
        Standby(each.host.name, f"{base}-{number + after}") for after, each in enumerate(beside, 1)
    )
    return replace(attempt, standby=standby), (best, *beside)


def promote(
    attempt: Attempt, eligible: tuple[Judged, ...], now: datetime
) -> tuple[Attempt, tuple[Judged, ...]]:
    """The best that stands by becomes the destination; nobody where none of them is eligible any more."""
    tasks = {each.hypervisor: each.task for each in attempt.standby}
    able = tuple(each for each in eligible if each.host.name in tasks)
    still = {each.host.name for each in able}
    lost = tuple(Dismissed(host, task, NO_MORE, now) for host, task in tasks.items() if host not in still)
    left = replace(
        attempt,
        standby=tuple(Standby(each.host.name, tasks[each.host.name]) for each in able[1:]),
        dismissed=(*attempt.dismissed, *lost),
    )
    return (replace(left, destination_task=tasks[able[0].host.name]) if able else left), able


def dismiss_standby(attempt: Attempt, why: str, now: datetime) -> Attempt:
    """They are needed no more."""
    gone = tuple(Dismissed(each.hypervisor, each.task, why, now) for each in attempt.standby)
    return replace(attempt, standby=(), dismissed=(*attempt.dismissed, *gone))


def free_name(attempt: Attempt) -> str:
    """Of a destination's task, and never used before: `x`, `x-2`, `x-3`."""
    base, last = _numbered(attempt.destination_task)
    others = [each.task for each in attempt.standby] + [gone.task for gone in attempt.dismissed]
    used = [number for name, number in map(_numbered, others) if name == base]
    return f"{base}-{max((last, *used)) + 1}"


def next_name(name: str) -> str:
    """The one after it."""
    base, number = _numbered(name)
    return f"{base}-{number + 1}"


def _numbered(name: str) -> tuple[str, int]:
    base, _, number = name.rpartition("-")
    return (base, int(number)) if number.isdecimal() else (name, 1)
