"""The life of one migration, as a table: which step comes when, what each host must reach, when it is over.

A migration stands at the first step that is not done. Steps are recognised by what is written (the journal in
the status, and the tasks), never by the phase: so an operator that is killed anywhere finds its place again.
Source: section 3 of the design.
"""

from collections.abc import Callable
from enum import StrEnum

from godwit.domain.migration import Phase
from godwit.domain.observation import Observation
from godwit.domain.task import GOAL_PATH, Goal, Task
from godwit.domain.value import Value


class Step(StrEnum):
    """What is being done."""

    RESOLVE = "Resolve"
    """Find the VM, its source and its destination."""
    CLAIM = "Claim"
    """Be the only migration of this VM."""
    INSPECT_SOURCE = "InspectSource"
    CHOOSE = "Choose"
    """Name the destination, where the user has named none."""
    INSPECT_DESTINATION = "InspectDestination"
    VALIDATE = "Validate"
    """All checks in one pure pass."""
    PREPARE = "Prepare"
    MIGRATE = "Migrate"
    """libvirt's job (disks, then memory) and the switchover, until both hosts' evidence allows the commit."""
    FINISH = "Finish"
    """Give the guest to the destination for good."""
    ROLL_BACK = "RollBack"
    """Leave the guest at the source as it was."""
    CLOSE = "Close"
    """The end is written; tasks, claim and finalizer go away."""


class Row(Value):
    """One step."""

    step: Step
    phase: Phase
    done: Callable[[Observation], bool]
    source: Goal | None = None
    destination: Goal | None = None


def reached(task: Task | None, goal: Goal) -> bool:
    """The host has come as far as `goal` on the way forward."""
    if task is None or task.status.reached not in GOAL_PATH:
        return False
    return GOAL_PATH.index(task.status.reached) >= GOAL_PATH.index(goal)


def may_have_begun(observation: Observation) -> bool:
    """libvirt's job: from here on only evidence decides, also when somebody deletes a task."""
    return observation.source is not None and observation.source.status.starting is not None


LIFE: tuple[Row, ...] = (
    Row(Step.RESOLVE, Phase.PENDING, done=lambda o: o.migration.status.vm is not None),
    Row(Step.CLAIM, Phase.QUEUED, done=lambda o: bool(o.migration.status.attempts)),
    Row(
        Step.INSPECT_SOURCE,
        Phase.VALIDATING,
        source=Goal.INSPECTED,
        done=lambda o: o.migration.status.switchover is not None or reached(o.source, Goal.INSPECTED),
    ),
    Row(
        Step.CHOOSE,
        Phase.VALIDATING,
        done=lambda o: o.migration.status.destination is not None,
    ),
    Row(
        Step.INSPECT_DESTINATION,
        Phase.VALIDATING,
        destination=Goal.INSPECTED,
        done=lambda o: o.migration.status.switchover is not None or reached(o.destination, Goal.INSPECTED),
    ),
    Row(Step.VALIDATE, Phase.VALIDATING, done=lambda o: o.migration.status.switchover is not None),
    Row(
        Step.PREPARE,
        Phase.PREPARING,
        source=Goal.PREPARED,
        destination=Goal.PREPARED,
        done=lambda o: (
            may_have_begun(o) or (reached(o.source, Goal.PREPARED) and reached(o.destination, Goal.PREPARED))
        ),
    ),
    Row(
        Step.MIGRATE,
        Phase.MIGRATING,
        source=Goal.MIGRATED,
        done=lambda o: o.migration.status.committed_at is not None,
    ),
    Row(
        Step.FINISH,
        Phase.FINALIZING,
        source=Goal.RELEASED,
        destination=Goal.RELEASED,
        done=lambda o: o.migration.status.finished_at is not None,
    ),
    Row(Step.CLOSE, Phase.SUCCEEDED, done=lambda _: False),
)

ROLL_BACK = Row(
    Step.ROLL_BACK,
    Phase.FINALIZING,
    source=Goal.ROLLED_BACK,
    destination=Goal.ROLLED_BACK,
    done=lambda o: o.migration.status.finished_at is not None,
)

_CLOSE = LIFE[-1]
_FINISH = LIFE[-2]


def current(observation: Observation) -> Row:
    """The step that the migration stands at."""
    status = observation.migration.status
    if status.finished_at is not None:
        return _CLOSE
    if status.committed_at is not None:
        return _FINISH
    if status.ending is not None:
        return ROLL_BACK
    return next(row for row in LIFE if not row.done(observation))
