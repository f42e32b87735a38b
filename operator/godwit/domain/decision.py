"""What one pass decides: the journal as it shall be, and acts that may follow once it is written."""

from godwit.domain.migration import MigrationStatus, Phase
from godwit.domain.reasons import Reason
from godwit.domain.task import TaskSpec
from godwit.domain.value import Value


class SetFinalizer(Value):
    """Ours, on the VMMigration."""

    present: bool


class TakeClaim(Value):
    """Create the Lease; who holds it is seen in the next pass."""

    vm_uuid: str


class ReleaseClaim(Value):
    """Delete the Lease, if it is ours."""

    vm_uuid: str


class CreateTask(Value):
    """Nothing when it exists."""

    name: str
    spec: TaskSpec


class WriteSpec(Value):
    """Move a task's goal or challenge; fenced by the resourceVersion of the observed task."""

    task: str
    spec: TaskSpec


class DeleteTask(Value):
    """It owes nothing any more."""

    task: str


Act = SetFinalizer | TakeClaim | ReleaseClaim | CreateTask | WriteSpec | DeleteTask


class Decision(Value):
    """`journal` is written before any of `acts` is done; `phase`, `reason` and `message` are for people."""

    journal: MigrationStatus
    phase: Phase
    reason: Reason
    message: str
    acts: tuple[Act, ...] = ()
    again_after_seconds: float | None = None
    """When time itself will change the decision."""
