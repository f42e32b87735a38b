"""From a request to the claim on its VM: nothing on any host has been touched yet."""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.decision import Decision, SetFinalizer, TakeClaim
from godwit.domain.migration import Attempt, HypervisorSelector, Mode, Phase, VMSelector
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.resolve import Found, NotFound, destination, identify, resolve, unknown_host
from godwit.domain.steps.no_host import nobody
from godwit.domain.steps.words import end, inspecting, start_deadline, timed_out, with_journal
from godwit.domain.task import Task, VMIdentity

SETTLE_SECONDS = 10.0
"""After a migration both hosts have told where the VM is within less; an agent waits 5 s for calm."""
_MAY_SETTLE = frozenset({Reason.VM_AMBIGUOUS, Reason.VM_NOT_FOUND, Reason.SAME_HYPERVISOR})


def find(observation: Observation, row: Row, now: datetime) -> Decision:
    """Which VM; written once, and everything later goes by it."""
    migration = observation.migration
    vm = identify(migration.spec, observation.hypervisors)
    nowhere = unknown_host(migration.spec, observation.hypervisors)
    if nowhere:  # no wait in a queue makes a host of that name
        return end(observation, nowhere.reason, nowhere.message, now)
    if isinstance(vm, NotFound):
        return _unsettled(observation, vm, now) or _not_yet(observation, vm, now)
    # It counts from now, unless somebody holds the VM: that shows when the claim is read.
    journal = replace(migration.status, vm=vm, unqueued_at=now)
    if migration.spec.mode is Mode.VALIDATE:
        return claim(with_journal(observation, journal), row, now)
    return Decision(journal, Phase.PENDING, Reason.PENDING, _known(vm), again_after_seconds=0)


def claim(observation: Observation, _: Row, now: datetime) -> Decision:
    """Be the only migration of the VM, and wait for whatever a former one still owes.

    Where the VM is gets looked up last: another migration may be moving it until then.
    """
    migration = observation.migration
    vm = migration.status.vm
    if vm is None:
        raise ValueError("the claim is on a VM: the step Resolve comes first")
    holder = observation.holder
    if holder and holder.migration_uid != migration.uid:
        message = f"VMMigration {holder.migration} moves VM {vm.name}; this one follows when that has ended"
        return _queued(observation, message)
    free = _unqueued(observation, now)
    place = _place(free, vm, now)
    if debt := _debt_in_the_way(observation, place):
        return _queued(observation, _debt_message(debt))
    if isinstance(place, Decision):
        return place
    # A preflight alone holds no claim: it changes nothing that another migration could mind.
    if migration.spec.mode is Mode.VALIDATE or (holder and migration.finalizer):
        return _attempt(free, place, now)
    # The finalizer first: nothing is held by an object that may go at any moment.
    act = TakeClaim(vm.uuid) if migration.finalizer else SetFinalizer(present=True)
    return Decision(free.migration.status, Phase.PENDING, Reason.PENDING, _known(vm), (act,), 0)


def _place(observation: Observation, vm: VMIdentity, now: datetime) -> Found | Decision:
    """From where to where, or the decision that says why there is no answer."""
    spec = observation.migration.spec
    known = replace(spec, vm=VMSelector(name=vm.name, uuid=vm.uuid))
    found = resolve(known, observation.hypervisors)
    if isinstance(found, NotFound):
        return _unsettled(observation, found, now) or _not_yet(observation, found, now)
    if found.source.hypervisor == spec.destination.hypervisor:
        message = (
            f"VM {vm.name} is on {found.source.hypervisor} already: if it is to go elsewhere, create a new "
            "VMMigration with another destination"
        )
        there = NotFound(Reason.SAME_HYPERVISOR, message, final=True)
        return _unsettled(observation, there, now) or _not_yet(observation, there, now)
    lacking = destination(spec, observation.hypervisors)
    return _not_yet(observation, lacking, now) if lacking else nobody(observation, found.source, now) or found


def _unsettled(observation: Observation, why: NotFound, now: datetime) -> Decision | None:
    """Of a VM that has just moved, a host may still list what it had, or not yet what it got."""
    migration = observation.migration
    status = migration.status
    left = SETTLE_SECONDS - (now - (status.unqueued_at or migration.created_at)).total_seconds()
    if why.reason not in _MAY_SETTLE or left <= 0:
        return None
    return Decision(status, Phase.PENDING, why.reason, why.message, again_after_seconds=left)


def _unqueued(observation: Observation, now: datetime) -> Observation:
    """The VM is free for this migration from now on."""
    status = observation.migration.status
    free = replace(status, unqueued_at=status.unqueued_at or now)
    return with_journal(observation, free)


def _queued(observation: Observation, message: str) -> Decision:
    journal = replace(observation.migration.status, unqueued_at=None)
    return Decision(journal, Phase.QUEUED, Reason.QUEUED, message)


def _known(vm: VMIdentity) -> str:
    return f"VM {vm.name} is known; nothing has begun"


def _attempt(observation: Observation, place: Found, now: datetime) -> Decision:
    """Both hosts and the names of the tasks are written before the first task exists."""
    migration = observation.migration
    base = f"{migration.name[:40].rstrip('-.')}-{migration.uid[:8]}-1"
    attempt = Attempt(
        number=1,
        source_task=f"{base}-source",
        destination_task=f"{base}-destination",
        run_mark=f"{migration.uid}/1/destination",
        started_at=now,
    )
    named = migration.spec.destination.hypervisor
    to = HypervisorSelector(named) if named else None
    journal = replace(migration.status, source=place.source, destination=to, attempts=(attempt,))
    begun = with_journal(observation, journal)
    message = inspecting(begun)
    return Decision(journal, Phase.VALIDATING, Reason.VALIDATING, message, again_after_seconds=0)


def _not_yet(observation: Observation, why: NotFound, now: datetime) -> Decision:
    if why.final:
        return end(observation, why.reason, why.message, now)
    if over := timed_out(observation, now, why.message):
        return over
    left = (start_deadline(observation) - now).total_seconds()
    status = observation.migration.status
    return Decision(status, Phase.PENDING, why.reason, why.message, again_after_seconds=max(0.0, left))


def _debt_in_the_way(observation: Observation, place: Found | Decision) -> Task | None:
    """A debt stands in the way if its host takes part, or if it may run a second copy of the guest."""
    to = observation.migration.spec.destination.hypervisor
    for task in observation.debts:
        host = task.spec.node_name
        runs = task.status.owed is not None and task.status.owed.reason is Reason.DESTINATION_RUNS
        if runs or isinstance(place, Decision) or host in (place.source.hypervisor, to):
            return task
    return None


def _debt_message(debt: Task) -> str:
    ref = debt.spec.migration_ref
    why = f": {debt.status.owed.message}" if debt.status.owed else ""
    return (
        f"{debt.spec.node_name} still owes the clean-up of VMMigration {ref.namespace}/{ref.name}{why}; "
        "this one follows when it is done"
    )
