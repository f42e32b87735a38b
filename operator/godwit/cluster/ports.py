"""What both processes need of the Kubernetes API: small ports, each with a fake that keeps the same contract.

Every write is fenced: it carries the resourceVersion of the value that it was decided from, and `Conflict`
says that the object has changed since (nothing was written: look again). Reads that decide something come
from the API server and not from a cache.
"""

from datetime import datetime
from typing import Protocol

from godwit.domain.conditions import Condition
from godwit.domain.host import HypervisorStatus
from godwit.domain.migration import Migration, MigrationStatus
from godwit.domain.task import Task, TaskSpec, TaskStatus
from godwit.domain.value import Value


class ClusterError(Exception):
    """The API server did not do it; `str()` names the object and the server's own text."""


class Conflict(ClusterError):  # noqa: N818 - its family says that it is an error
    """The object has changed since it was read, or exists already: nothing was written."""


class NotFound(ClusterError):  # noqa: N818 - its family says that it is an error
    """There is no such object (any more)."""


class Refused(ClusterError):  # noqa: N818 - its family says that it is an error
    """Forbidden or invalid: asking again gives the same answer."""


class Unavailable(ClusterError):  # noqa: N818 - its family says that it is an error
    """No answer, or one that says: later. Whether a write was done is unknown."""


class Migrations(Protocol):
    """VMMigrations, for the operator."""

    async def read(self, namespace: str, name: str) -> Migration | None:
        """As the API server has it now."""

    async def write_status(self, migration: Migration, status: MigrationStatus) -> Migration:
        """Replace the whole status; gives the object as it is then."""

    async def set_finalizer(self, migration: Migration, present: bool) -> Migration:
        """Add or remove `godwit.dev/migration`, and leave other finalizers alone."""


class Tasks(Protocol):
    """MigrationTasks, in Godwit's namespace."""

    async def create(self, name: str, spec: TaskSpec) -> Task:
        """`Conflict` when one of that name exists."""

    async def read(self, name: str) -> Task | None:
        """As the API server has it now."""

    async def write_spec(self, task: Task, spec: TaskSpec) -> Task:
        """The operator's write."""

    async def write_status(self, task: Task, status: TaskStatus) -> Task:
        """The agent's write: replaces the whole status."""

    async def delete(self, task: Task) -> None:
        """With preconditions on UID and resourceVersion; nothing when it is gone."""


class Claim(Value):
    """The Lease `vm-<uuid>`: who may move that VM."""

    vm_uuid: str
    migration_uid: str
    migration: str
    """`namespace/name`, for people."""
    uid: str = ""
    resource_version: str = ""


class Claims(Protocol):
    """Claims on VMs."""

    async def read(self, vm_uuid: str) -> Claim | None:
        """As the API server has it now."""

    async def take(self, claim: Claim) -> Claim:
        """Create it; when there is one already, gives that one, whoever holds it."""

    async def all(self) -> tuple[Claim, ...]:
        """Every claim, as the API server has them now."""

    async def release(self, claim: Claim) -> None:
        """Delete it with preconditions on UID and resourceVersion; nothing when it is gone or another's."""


class Hypervisors(Protocol):
    """Hypervisors and their signs of life."""

    async def create(self, name: str) -> None:
        """The Hypervisor and its Lease `hypervisor-<name>`, each unless it exists."""

    async def delete(self, name: str) -> None:
        """Both; nothing when they are gone."""

    async def write_facts(self, name: str, facts: HypervisorStatus) -> None:
        """The agent's: replaces everything in the status but `conditions`. Not fenced: it has one writer."""

    async def write_conditions(self, name: str, conditions: tuple[Condition, ...]) -> None:
        """The operator's: all of the conditions, and nothing else of the status. It has one writer, too."""


class Heartbeats(Protocol):
    """The Leases by which agents say that they live."""

    async def renew(self, node_name: str, at: datetime) -> None:
        """Write the time into `hypervisor-<node_name>`; `NotFound` until the operator has created it."""

    async def all(self) -> dict[str, datetime]:
        """Last renewal by node name; a Lease that was never renewed is not among them."""


class Notice(Value):
    """A Kubernetes event to be."""

    kind: str
    namespace: str
    name: str
    uid: str
    reason: str
    message: str
    warning: bool = False
    action: str = "Migrate"


class Notices(Protocol):
    """Kubernetes events."""

    async def post(self, notice: Notice) -> None:
        """Best effort: one that can't be posted (its namespace ends, say) is logged; nothing is raised."""
