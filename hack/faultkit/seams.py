"""Every seam of a migration's life: a moment at which the API shows that a step begins, or what came of it.

At each of them a process is killed (`faultkit.seamwalk`). Before: an intent stands at the API, or the step
has just become the present one. After: its outcome stands there, and whoever wrote it dies at once. The goals
of both hosts come from the product's own table of steps; what the operator does at each, and what lies
between a goal and its end, is listed here. A step without a row, or a field of a journal without one and
without a reason, fails `tests/unit/faults/test_seams.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from faultkit.plan import Kind
from godwit.domain.disks import SourceImages, Storage
from godwit.domain.image_journal import ResourceState
from godwit.domain.limits import OnTimeout, Tuning
from godwit.domain.phases import LIFE, ROLL_BACK, Row, Step
from godwit.domain.task import Goal

Body = Mapping[str, Any]


class Part(StrEnum):
    """An object of one migration."""

    MIGRATION = "migration"
    SOURCE = "source"
    """Its task."""
    DESTINATION = "destination"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Sight:
    """What an object shows: a field that is there, with that value if one is named; or none such."""

    part: Part
    field: str
    """Names with dots between, as in the JSON; of a list, any of its items."""
    value: str = ""
    gone: bool = False
    """The field, or the whole object, is not there."""

    def shown(self, picture: Mapping[Part, Body]) -> bool:
        """Whether it is so; `picture` holds the objects that there are."""
        found = list(_found(picture.get(self.part, {}), self.field.split(".")))
        if self.gone:
            return not any(found)
        return self.value in found if self.value else any(found)

    def __str__(self) -> str:
        """Short enough for the name of a test."""
        leaf = self.field.rpartition(".")[2]
        return f"{self.part}.{'no-' if self.gone else ''}{leaf}{f'={self.value}' if self.value else ''}"


def _found(at: Any, names: list[str]) -> Iterator[Any]:
    """What lies at the end of the names."""
    if isinstance(at, list):
        for item in at:
            yield from _found(item, names) if names else iter((item,))
    elif not names:
        yield at
    elif isinstance(at, Mapping):
        yield from _found(at.get(names[0]), names[1:])


class Who(StrEnum):
    """Who is killed."""

    OPERATOR = "operator"
    SOURCE = "source-agent"
    DESTINATION = "destination-agent"


class Side(StrEnum):
    """Of the step, or of the act that is meant."""

    BEFORE = "before"
    AFTER = "after"


_NO_TUNING, _DOWNTIME = Tuning(), Tuning(max_downtime="350ms")
_NO_STORAGE = Storage()
_SUCCEEDED = frozenset({"Succeeded"})
_CANCELLED = frozenset({"Cancelled"})


@dataclass(frozen=True, slots=True)
class Course:
    """What makes a migration come by the seam, and how it may end then."""

    name: str
    ends: frozenset[str] = _SUCCEEDED
    tuning: Tuning = _NO_TUNING
    change: str = ""
    """How its user changes their mind: the fault of that name in `faultkit.acts`."""
    change_at: Sight | None = None
    slow: bool = False
    """The link is narrow, so that the job is not over before."""
    storage: Storage = _NO_STORAGE
    chosen: bool = False
    """Its user does not name the destination."""


_TOLD_TO_START, _BEGINS = (
    Sight(Part.SOURCE, "spec.goal", Goal.MIGRATED),
    Sight(Part.SOURCE, "status.starting"),
)

MOVES = Course("moves")
CHOSEN = Course("chosen", chosen=True)
STARTS = Course("starts", _SUCCEEDED | {"Failed"})
"""A killed agent may have called libvirt or not: then its job is adopted, or none is ever begun."""
TUNED = Course("tuned", tuning=_DOWNTIME)
TUNED_AND_STARTS = Course("tuned-and-starts", STARTS.ends, _DOWNTIME)
"""What is in force is written with the intent to start."""
STANDS_STILL = Course(
    "stands-still", tuning=Tuning(timeout="2s", on_timeout=OnTimeout.SUSPEND), slow=True
)  # fmt: skip
CANCELLED_EARLY = Course(
    "cancelled-early",
    _CANCELLED,
    change="cancelled",
    change_at=Sight(Part.SOURCE, "spec.goal", Goal.PREPARED),
    slow=True,
)
CANCELLED = Course("cancelled", _CANCELLED, _DOWNTIME, "cancelled", _BEGINS, slow=True)
"""The guest gets its former maximal downtime back."""
CANCELLED_AT_THE_START = Course(
    "cancelled-at-the-start",
    _CANCELLED,
    _DOWNTIME,
    "cancelled",
    _TOLD_TO_START,
    slow=True,
)
"""While the source's agent may be putting limits in force of which nothing is written yet."""
DELETED = Course("deleted", _CANCELLED, change="deleted", change_at=_BEGINS, slow=True)


INTENDED = Sight(Part.DESTINATION, "status.createdResources.state", ResourceState.INTENDED)
MADE = Sight(Part.DESTINATION, "status.createdResources.state", ResourceState.CREATED)
"""Of the destination's images."""
_COPYING = Sight(Part.SOURCE, "status.copied")

COPIES = Course("copies", slow=True)
DELETES = Course("deletes", storage=Storage(source_images=SourceImages.DELETE))
"""The source's images go after the commit."""
CANCELLED_COPYING = Course("cancelled-copying", _CANCELLED, change="cancelled", change_at=_COPYING, slow=True)
"""The destination's images are half full."""
CANCELLED_CREATING = Course("cancelled-creating", _CANCELLED, change="cancelled", change_at=INTENDED)


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
            Seam(Step.MIGRATE, Who.OPERATOR, Side.BEFORE, (_BEGINS,), kind=kind),
            Seam(Step.MIGRATE, Who.SOURCE, Side.BEFORE, (_BEGINS,), STARTS, kind),
            Seam(Step.MIGRATE, Who.DESTINATION, Side.BEFORE, (_BEGINS,), kind=kind),
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
    Seam(Step.ROLL_BACK, Who.SOURCE, Side.BEFORE, (_TOLD_TO_START,), CANCELLED_AT_THE_START),
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
        (Step.MIGRATE, Who.OPERATOR, Side.AFTER, _COPYING, COPIES),
        (Step.MIGRATE, Who.SOURCE, Side.AFTER, _COPYING, COPIES),
        (Step.MIGRATE, Who.DESTINATION, Side.AFTER, _COPYING, COPIES),
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
