"""Every seam of a migration's life: a moment at which the API shows that a step begins, or what came of it.

At each of them a process is killed (`faultkit.seamwalk`). Before: an intent stands at the API, or the step
has just become the present one. After: its outcome stands there, and whoever wrote it dies at once. The goals
of both hosts come from the product's own table of steps; what the operator does at each, and what lies
between a goal and its end, is listed here. A step without a row, or a field of a journal without one and
without a reason, fails `tests/unit/faults/test_seams.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from faultkit.courses import (
    CANCELLED,
    CANCELLED_AT_THE_START,
    CANCELLED_COPYING,
    CANCELLED_CREATING,
    CANCELLED_EARLY,
    CHOSEN,
    COPIES,
    DELETED,
    DELETES,
    MOVES,
    STANDS_STILL,
    STARTS,
    TUNED,
    TUNED_AND_STARTS,
    Course,
)
from faultkit.plan import Kind
from faultkit.sights import BEGINS, COPYING, INTENDED, MADE, TOLD_TO_START, Part, Sight
from godwit.domain.phases import LIFE, ROLL_BACK, Row, Step
from godwit.domain.task import Goal


class Who(StrEnum):
    """Who is killed."""

    OPERATOR = "operator"
    SOURCE = "source-agent"
    DESTINATION = "destination-agent"


class Side(StrEnum):
    """Of the step, or of the act that is meant."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Seam:
    """Who is killed as soon as all of `sights` are shown."""

    step: Step
    who: Who
    side: Side
    sights: tuple[Sight, ...]
    course: Course = MOVES
    kind: Kind = Kind.FAST

    def __str__(self) -> str:
        moment = "+".join(map(str, self.sights))
        return f"{self.step}-{self.who}-{self.side}-{moment}-{self.kind}-{self.course.name}"


_TASKS = {Who.SOURCE: Part.SOURCE, Who.DESTINATION: Part.DESTINATION}
_BOTH_KINDS = frozenset({Step.MIGRATE, Step.FINISH})
"""Before the job nothing depends on the switchover."""
_KINDS = (Kind.FAST, Kind.STRICT)
"""Of the switchover; what copied disks add has rows of its own."""
_COURSES = {Step.CHOOSE: (CHOSEN,), Step.ROLL_BACK: (CANCELLED_EARLY, CANCELLED)}
"""A roll-back tells both hosts at once before the job, and the source alone once it may have begun."""

M, S, D, C = Part.MIGRATION, Part.SOURCE, Part.DESTINATION, Part.CLAIM
_ENDED = Sight(M, "status.finishedAt")

_OPERATOR: dict[Step, dict[Side, tuple[Sight, ...]]] = {
    Step.RESOLVE: {
        Side.BEFORE: (Sight(M, "metadata.uid"),),
        Side.AFTER: (Sight(M, "status.vm"),),
    },
    Step.CLAIM: {
        Side.BEFORE: (Sight(M, "metadata.finalizers"),),
        Side.AFTER: (Sight(C, "spec.holderIdentity"),),
    },
    Step.INSPECT_SOURCE: {
        Side.BEFORE: (Sight(M, "status.attempts"),),
        Side.AFTER: (Sight(S, "spec.goal", Goal.INSPECTED),),
    },
    Step.CHOOSE: {
        Side.BEFORE: (Sight(S, "status.reached", Goal.INSPECTED),),
        Side.AFTER: (Sight(M, "status.choice"),),
    },
    Step.INSPECT_DESTINATION: {
        Side.BEFORE: (Sight(S, "status.reached", Goal.INSPECTED),),
        Side.AFTER: (Sight(D, "spec.goal", Goal.INSPECTED),),
    },
    Step.VALIDATE: {
        Side.BEFORE: (Sight(D, "status.reached", Goal.INSPECTED),),
        Side.AFTER: (Sight(M, "status.switchover"),),
    },
    Step.PREPARE: {
        Side.BEFORE: (Sight(S, "spec.goal", Goal.PREPARED),),
        Side.AFTER: (Sight(D, "spec.goal", Goal.PREPARED),),
    },
    Step.MIGRATE: {
        Side.BEFORE: (
            Sight(S, "status.reached", Goal.PREPARED),
            Sight(D, "status.reached", Goal.PREPARED),
        ),
        Side.AFTER: (Sight(S, "spec.goal", Goal.MIGRATED),),
    },
    Step.FINISH: {
        Side.BEFORE: (Sight(M, "status.committedAt"),),
        Side.AFTER: (Sight(D, "spec.goal", Goal.RELEASED),),
    },
    Step.ROLL_BACK: {
        Side.BEFORE: (Sight(M, "status.ending"),),
        Side.AFTER: (Sight(S, "spec.goal", Goal.ROLLED_BACK),),
    },
    Step.CLOSE: {
        Side.BEFORE: (_ENDED,),
        Side.AFTER: (_ENDED, Sight(S, "spec", gone=True)),
    },
}
"""The step has become the present one; its first outcome."""

_BETWEEN: tuple[Seam, ...] = (
    Seam(Step.INSPECT_SOURCE, Who.SOURCE, Side.BEFORE, (Sight(S, "status.createdResources"),)),
    *(
        seam
        for kind in (*_KINDS, Kind.COPIED)
        for seam in (
            Seam(Step.MIGRATE, Who.OPERATOR, Side.BEFORE, (BEGINS,), kind=kind),
            Seam(Step.MIGRATE, Who.SOURCE, Side.BEFORE, (BEGINS,), STARTS, kind),
            Seam(Step.MIGRATE, Who.DESTINATION, Side.BEFORE, (BEGINS,), kind=kind),
            Seam(Step.MIGRATE, Who.OPERATOR, Side.BEFORE, (Sight(S, "status.stopped"),), kind=kind),
            Seam(Step.MIGRATE, Who.DESTINATION, Side.BEFORE, (Sight(S, "status.stopped"),), kind=kind),
            Seam(Step.MIGRATE, Who.DESTINATION, Side.AFTER, (Sight(D, "status.resumedAt"),), kind=kind),
        )
    ),
    *(
        Seam(Step.MIGRATE, Who.DESTINATION, Side.BEFORE, (Sight(D, "status.resumingAt"),), kind=kind)
        for kind in (Kind.STRICT, Kind.COPIED)
    ),
    Seam(Step.MIGRATE, Who.SOURCE, Side.BEFORE, (Sight(S, "spec.limits"),), TUNED),
    Seam(Step.MIGRATE, Who.SOURCE, Side.AFTER, (Sight(S, "status.limits"),), TUNED_AND_STARTS),
    Seam(Step.MIGRATE, Who.SOURCE, Side.BEFORE, (Sight(S, "status.heldAt"),), STANDS_STILL),
    Seam(Step.ROLL_BACK, Who.SOURCE, Side.BEFORE, (TOLD_TO_START,), CANCELLED_AT_THE_START),
    Seam(Step.ROLL_BACK, Who.OPERATOR, Side.BEFORE, (Sight(M, "metadata.deletionTimestamp"),), DELETED),
    Seam(Step.ROLL_BACK, Who.OPERATOR, Side.AFTER, (Sight(D, "spec.goal", Goal.ROLLED_BACK),), CANCELLED),
    Seam(Step.CLOSE, Who.OPERATOR, Side.AFTER, (_ENDED, Sight(C, "spec", gone=True))),
    Seam(Step.CLOSE, Who.OPERATOR, Side.AFTER, (_ENDED, Sight(M, "metadata.finalizers", gone=True))),
    Seam(Step.CLOSE, Who.OPERATOR, Side.BEFORE, (_ENDED,), DELETED),
)  # fmt: skip
"""Intents and outcomes on the way to a goal, and acts of which one step has several."""

_REMOVES = Sight(S, "status.removing")
_OF_COPIES: tuple[Seam, ...] = tuple(
    Seam(step, who, side, (sight,), course, Kind.COPIED)
    for step, who, side, sight, course in (
        (Step.PREPARE, Who.DESTINATION, Side.BEFORE, INTENDED, MOVES),
        (Step.PREPARE, Who.DESTINATION, Side.AFTER, MADE, MOVES),
        (Step.PREPARE, Who.DESTINATION, Side.AFTER, Sight(D, "status.reached", Goal.PREPARED), MOVES),
        (Step.PREPARE, Who.OPERATOR, Side.BEFORE, INTENDED, MOVES),
        (Step.PREPARE, Who.OPERATOR, Side.AFTER, MADE, MOVES),
        (Step.MIGRATE, Who.OPERATOR, Side.AFTER, COPYING, COPIES),
        (Step.MIGRATE, Who.SOURCE, Side.AFTER, COPYING, COPIES),
        (Step.MIGRATE, Who.DESTINATION, Side.AFTER, COPYING, COPIES),
        (Step.FINISH, Who.DESTINATION, Side.BEFORE, Sight(D, "spec.goal", Goal.RELEASED), MOVES),
        (Step.FINISH, Who.SOURCE, Side.BEFORE, Sight(S, "spec.goal", Goal.RELEASED), DELETES),
        (Step.FINISH, Who.SOURCE, Side.BEFORE, _REMOVES, DELETES),
        (Step.FINISH, Who.OPERATOR, Side.BEFORE, _REMOVES, DELETES),
        (Step.FINISH, Who.SOURCE, Side.AFTER, Sight(S, "status.reached", Goal.RELEASED), DELETES),
        (Step.ROLL_BACK, Who.DESTINATION, Side.BEFORE, INTENDED, CANCELLED_CREATING),
        (
            Step.ROLL_BACK,
            Who.DESTINATION,
            Side.BEFORE,
            Sight(D, "spec.goal", Goal.ROLLED_BACK),
            CANCELLED_COPYING,
        ),
        (
            Step.ROLL_BACK,
            Who.DESTINATION,
            Side.AFTER,
            Sight(D, "status.reached", Goal.ROLLED_BACK),
            CANCELLED_COPYING,
        ),
        (
            Step.ROLL_BACK,
            Who.OPERATOR,
            Side.AFTER,
            Sight(D, "spec.goal", Goal.ROLLED_BACK),
            CANCELLED_COPYING,
        ),
        (Step.ROLL_BACK, Who.SOURCE, Side.BEFORE, Sight(S, "spec.goal", Goal.ROLLED_BACK), CANCELLED_COPYING),
    )
)
"""Images are made, filled, handed over with the guest, and removed where they are nobody's any more."""


def _seams() -> Iterator[Seam]:
    for row in (*LIFE, ROLL_BACK):
        for course in _COURSES.get(row.step, (MOVES,)):
            for side, sights in _OPERATOR.get(row.step, {}).items():
                yield Seam(row.step, Who.OPERATOR, side, sights, course)
            for kind in _KINDS if row.step in _BOTH_KINDS else (Kind.FAST,):
                yield from _of_goals(row, course, kind)
    yield from _BETWEEN
    yield from _OF_COPIES


def _of_goals(row: Row, course: Course, kind: Kind) -> Iterator[Seam]:
    for who, goal in ((Who.SOURCE, row.source), (Who.DESTINATION, row.destination)):
        if goal:
            told, reached = Sight(_TASKS[who], "spec.goal", goal), Sight(_TASKS[who], "status.reached", goal)
            yield Seam(row.step, who, Side.BEFORE, (told,), STARTS if goal is Goal.MIGRATED else course, kind)
            yield Seam(row.step, who, Side.AFTER, (reached,), course, kind)


SEAMS: tuple[Seam, ...] = tuple(_seams())
"""The whole walk."""

SHORT: tuple[Seam, ...] = (
    Seam(Step.CLAIM, Who.OPERATOR, Side.AFTER, _OPERATOR[Step.CLAIM][Side.AFTER]),
    Seam(Step.PREPARE, Who.SOURCE, Side.BEFORE, (Sight(S, "spec.goal", Goal.PREPARED),)),
    Seam(Step.PREPARE, Who.DESTINATION, Side.BEFORE, (INTENDED,), kind=Kind.COPIED),
    Seam(Step.MIGRATE, Who.DESTINATION, Side.BEFORE, (Sight(D, "status.resumingAt"),), kind=Kind.STRICT),
    Seam(Step.FINISH, Who.SOURCE, Side.AFTER, (Sight(S, "status.reached", Goal.RELEASED),), kind=Kind.STRICT),
)
"""One row of each kind, for a run that has no time."""
