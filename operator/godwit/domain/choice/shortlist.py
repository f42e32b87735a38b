"""The hosts that are inspected at the same time: the best, and the next ones that stand by.

Whichever answers first, the best that takes the guest is chosen: one that stands by is named only when those
before it refuse. Each has a task of its own, whose name is in the journal before it is made; no name is used
twice.
"""

from msgspec.structs import replace

from godwit.domain.choice.ranking import Judged
from godwit.domain.choice.table import Dismissed, Standby
from godwit.domain.migration import Attempt

MOST_AT_ONCE = 3
NO_MORE = "it was inspected, and a check that its Hypervisor decides fails there now"


def begin(
    attempt: Attempt, eligible: tuple[Judged, ...], most: int, source: str
) -> tuple[Attempt, tuple[Judged, ...]]:
    """The best of them is the destination, others stand by; `eligible` has one at least.

    To whom the source has seen no open road only ever comes alone: it would hardly take the guest.
    """
    best, *others = eligible
    beside = [each for each in others if not each.set_back][: min(MOST_AT_ONCE, most) - 1]
    first, *rest = names(attempt, source, len(beside) + 1)
    standby = tuple(Standby(each.host.name, name) for each, name in zip(beside, rest, strict=True))
    return replace(attempt, destination_task=first, standby=standby), (best, *beside)


def promote(attempt: Attempt, eligible: tuple[Judged, ...]) -> tuple[Attempt, tuple[Judged, ...]]:
    """The best that stands by becomes the destination; nobody where none of them is eligible any more."""
    tasks = {each.hypervisor: each.task for each in attempt.standby}
    able = tuple(each for each in eligible if each.host.name in tasks)
    still = {each.host.name for each in able}
    lost = tuple(Dismissed(host, task, NO_MORE) for host, task in tasks.items() if host not in still)
    left = replace(
        attempt,
        standby=tuple(Standby(each.host.name, tasks[each.host.name]) for each in able[1:]),
        dismissed=(*attempt.dismissed, *lost),
    )
    return (replace(left, destination_task=tasks[able[0].host.name]) if able else left), able


def dismiss_standby(attempt: Attempt, why: str) -> Attempt:
    """They are needed no more."""
    gone = tuple(Dismissed(each.hypervisor, each.task, why) for each in attempt.standby)
    return replace(attempt, standby=(), dismissed=(*attempt.dismissed, *gone))


def names(attempt: Attempt, source: str, count: int) -> tuple[str, ...]:
    """Of destinations' tasks that were never used before: `x`, `x-2`, `x-3`."""
    base, _, number = attempt.destination_task.rpartition("-")
    first = base if number.isdecimal() else attempt.destination_task
    used = len(attempt.standby) + sum(gone.hypervisor != source for gone in attempt.dismissed)
    return tuple(first if each == 1 else f"{first}-{each}" for each in range(used + 1, used + count + 1))
