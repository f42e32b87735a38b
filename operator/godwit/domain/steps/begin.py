"""From a request to the claim on its VM: nothing on any host has been touched yet."""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.decision import Decision, SetFinalizer, TakeClaim
from godwit.domain.migration import Attempt, HypervisorSelector, Outcome, Phase
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.resolve import Found, NotFound, destination, resolve
from godwit.domain.steps.words import end, start_deadline, timed_out
from godwit.domain.task import Task


def find(observation: Observation, _: Row, now: datetime) -> Decision:
    """Which VM, from where, to where; written once, and everything later goes by it."""
    migration = observation.migration
    if migration.deleting:
        return _deleted(observation, now)
    found = resolve(migration.spec, observation.hypervisors)
    if isinstance(found, NotFound):
        return _not_yet(observation, found, now)
    if found.source.hypervisor == migration.spec.destination.hypervisor:
        message = f"VM {found.vm.name} is on {found.source.hypervisor} already: name another destination"
        return end(observation, Reason.SAME_HYPERVISOR, message, now)
    lacking = destination(migration.spec, observation.hypervisors)
    if lacking:
        return _not_yet(observation, lacking, now)
    return _found(observation, found)


def _found(observation: Observation, found: Found) -> Decision:
    migration = observation.migration
    to = migration.spec.destination.hypervisor
    journal = replace(
        migration.status,
        vm=found.vm,
        source=found.source,
        destination=HypervisorSelector(to),
    )
    message = f"VM {found.vm.name} is on {found.source.hypervisor} and will go to {to}"
    finalizer = () if migration.finalizer else (SetFinalizer(present=True),)
    return Decision(journal, Phase.PENDING, Reason.PENDING, message, finalizer, again_after_seconds=0)


def claim(observation: Observation, _: Row, now: datetime) -> Decision:
    """Be the only migration of the VM, and wait for whatever a former one still owes."""
    migration = observation.migration
    vm = migration.status.vm
    if vm is None:
        raise ValueError("the claim is on a VM: the step Resolve comes first")
    if migration.deleting:
        return _deleted(observation, now)
    if not migration.finalizer:
        message = f"VM {vm.name} is known; nothing has begun"
        finalizer = SetFinalizer(present=True)
        return Decision(migration.status, Phase.PENDING, Reason.PENDING, message, (finalizer,), 0)
    holder = observation.holder
    if holder and holder.migration_uid != migration.uid:
        message = f"VMMigration {holder.migration} moves VM {vm.name}; this one follows when that has ended"
        return Decision(migration.status, Phase.QUEUED, Reason.QUEUED, message)
    if debt := _debt_in_the_way(observation):
        return Decision(migration.status, Phase.QUEUED, Reason.QUEUED, _debt_message(debt))
    if not holder:
        message = f"claiming VM {vm.name}"
        act = TakeClaim(vm.uuid)
        return Decision(migration.status, Phase.PENDING, Reason.PENDING, message, (act,), 0)
    return _attempt(observation, now)


def _attempt(observation: Observation, now: datetime) -> Decision:
    """The names of the tasks are written before the first of them exists."""
    migration = observation.migration
    base = f"{migration.name[:40].rstrip('-.')}-{migration.uid[:8]}-1"
    attempt = Attempt(
        number=1,
        source_task=f"{base}-source",
        destination_task=f"{base}-destination",
        run_mark=f"{migration.uid}/1/destination",
        started_at=now,
    )
    journal = replace(migration.status, attempts=(attempt,), unqueued_at=now)
    message = "looking at the guest and at both hosts"
    return Decision(journal, Phase.VALIDATING, Reason.VALIDATING, message, again_after_seconds=0)


def _not_yet(observation: Observation, why: NotFound, now: datetime) -> Decision:
    if why.final:
        return end(observation, why.reason, why.message, now)
    if over := timed_out(observation, now, why.message):
        return over
    left = (start_deadline(observation) - now).total_seconds()
    status = observation.migration.status
    return Decision(status, Phase.PENDING, why.reason, why.message, again_after_seconds=max(0.0, left))


def _deleted(observation: Observation, now: datetime) -> Decision:
    message = "deleted before anything had begun; the guest was not touched"
    return end(observation, Reason.CANCELLED, message, now, Outcome.CANCELLED)


def _debt_in_the_way(observation: Observation) -> Task | None:
    """A debt stands in the way if its host takes part, or if it may run a second copy of the guest."""
    status = observation.migration.status
    hosts = {side.hypervisor for side in (status.source, status.destination) if side}
    for task in observation.debts:
        runs = task.status.owed is not None and task.status.owed.reason is Reason.DESTINATION_RUNS
        if runs or task.spec.node_name in hosts:
            return task
    return None


def _debt_message(debt: Task) -> str:
    ref = debt.spec.migration_ref
    why = f": {debt.status.owed.message}" if debt.status.owed else ""
    return (
        f"{debt.spec.node_name} still owes the clean-up of VMMigration {ref.namespace}/{ref.name}{why}; "
        "this one follows when it is done"
    )
