"""What one pass of the operator decides from: a frozen picture of one migration and of what it depends on."""

import msgspec

from godwit.domain.host import Hypervisor
from godwit.domain.migration import Migration
from godwit.domain.plan import PromisedMemory
from godwit.domain.storage.facts import Promise
from godwit.domain.task import Task
from godwit.domain.value import Value


class Holder(Value):
    """Who holds the claim on a VM."""

    migration_uid: str
    migration: str
    """`namespace/name`."""


class ClockSkew(Value):
    """How far the destination's clock is ahead of the source's, and how sure that is."""

    destination_ahead_seconds: float
    uncertainty_seconds: float


class Observation(Value):
    """Everything that `decide` may know."""

    migration: Migration
    hypervisors: tuple[Hypervisor, ...] = ()
    holder: Holder | None = None
    """Of the claim on the VM; None where nobody holds it, no VM is known yet, or an attempt is under way: it
    is ours then, or none is needed.
    """
    source: Task | None = None
    """Of the last attempt; None when it was not created yet, or is deleted."""
    destination: Task | None = None
    standby: tuple[Task, ...] = ()
    """Tasks of the hosts that are inspected beside the destination."""
    dismissed: tuple[Task, ...] = ()
    """Tasks of the same attempt at hosts that were given up before anything was begun there."""
    debts: tuple[Task, ...] = ()
    """Tasks of other, finished migrations of the same VM, whose hosts still owe something of the guest's."""
    promised: tuple[Promise, ...] = ()
    """What other migrations have still to fill at the destination; known until the checks have passed."""
    promised_memory: PromisedMemory = PromisedMemory()
    """What other migrations were promised of the destination's memory; known as long."""
    promised_by_host: dict[str, PromisedMemory] = msgspec.field(default_factory=dict)
    """The same of each host, while one is to be chosen."""
    fenced: frozenset[str] = frozenset()
    """Hosts that can't run anything: their Node has the taint `node.kubernetes.io/out-of-service`."""
    operator_version: str = ""
    """Of Godwit, as the operator runs it; empty or `unknown` when nobody has told it."""

    clock_skew: ClockSkew | None = None
    """None when nobody has measured it."""

    def hypervisor(self, name: str) -> Hypervisor | None:
        """By name."""
        return next((found for found in self.hypervisors if found.name == name), None)

    def ready(self, name: str) -> bool:
        """Whether that host's agent lives."""
        found = self.hypervisor(name)
        return found is not None and found.ready

    def answers(self, task: Task) -> bool:
        """Whether what that task says is of now: its agent lives, and is answered by libvirt."""
        return self.ready(task.spec.node_name) and not task.status.blind
