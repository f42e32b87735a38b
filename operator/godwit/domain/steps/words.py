"""What several steps say and do alike."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from godwit.domain import duration
from godwit.domain.choice.shortlist import dismiss_standby
from godwit.domain.contact import ContactOrder
from godwit.domain.copies import copies_now, copies_of
from godwit.domain.decision import Act, CreateTask, Decision, WriteSpec
from godwit.domain.migration import (
    Attempt,
    Cleanup,
    Ending,
    MigrationSpec,
    MigrationStatus,
    Mode,
    Outcome,
    Phase,
)
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.says import may_have_run
from godwit.domain.steps.images import copying
from godwit.domain.task import GOAL_PATH, Goal, MigrationRef, Order, Peer, Probe, Role, Task, TaskSpec
from godwit.domain.value import Value
from godwit.domain.vocabulary import (
    Outcome as Verdict,
)


def end(
    observation: Observation,
    reason: Reason,
    message: str,
    now: datetime,
    outcome: Outcome = Outcome.FAILED,
    verdict: Verdict | None = None,
) -> Decision:
    """The migration ends where the guest is; with no task made there is nothing to roll back.

    An ending that is written already stands: `verdict` may still be added to it.
    """
    status = observation.migration.status
    ending = status.ending or Ending(outcome, reason, f"{message}{_forced(status, outcome)}", now)
    journal = replace(
        status,
        ending=ending,
        verdict=verdict or status.verdict,
        undecided_since=None,
        attempts=tuple(dismiss_standby(each, "the migration has ended", now) for each in status.attempts),
    )
    if not journal.attempts:
        journal = replace(journal, finished_at=now, cleanup=Cleanup.DONE)
        phase = Phase.CANCELLED if ending.outcome is Outcome.CANCELLED else Phase.FAILED
        return Decision(journal, phase, ending.reason, ending.message, again_after_seconds=0)
    return Decision(
        journal, Phase.FINALIZING, Reason.ROLLING_BACK, putting_back(ending), again_after_seconds=0
    )


def _forced(status: MigrationStatus, outcome: Outcome) -> str:
    """What a check had foretold, where the user would not hear it."""
    found = (check.forced_told for check in status.checks if check.forced)
    forced = "; ".join(dict.fromkeys(found)) if outcome is Outcome.FAILED else ""
    return f" ({forced})" if forced else ""


def stop_asked(observation: Observation) -> str | None:
    """By whom the migration was told to stop; None when nobody did."""
    if observation.migration.deleting:
        return "the VMMigration was deleted"
    return "cancelled by spec.cancel" if observation.migration.spec.cancel else None


def came_too_late(observation: Observation) -> str:
    """What became of a stop that was asked for, where the guest is at the destination all the same."""
    by = stop_asked(observation)
    return f" ({by}, but it was too late: the guest had left the source)" if by else ""


# One sentence per phase, so that going on within a phase costs no write of its own.
def inspecting(observation: Observation) -> str:
    """Of `Validating`."""
    status = observation.migration.status
    name = status.vm.name if status.vm else "?"
    source = status.source.hypervisor if status.source else "?"
    if status.destination is None:
        return f"VM {name} is on {source}, which is looked at before its destination is chosen"
    return f"VM {name} is on {source} and will go to {status.destination.hypervisor}; both are looked at"


def sending(source: Task) -> str:
    """Of `Copying` and of `Migrating`."""
    if copies_now(source):
        return copying(source)
    return f"{source.spec.node_name} sends the guest to {source.spec.peer.node_name}"


def standing(source: Task) -> str:
    """Of the same, when its time is over and the guest waits for its end."""
    limit = source.spec.limits.timeout_seconds if source.spec.limits else None
    return f"{sending(source)}, and the guest stands still until then: tuning.timeout ({limit} s) is over"


def switching(source: Task) -> str:
    """Of `SwitchingOver`."""
    return f"the guest stops on {source.spec.node_name} and goes on on {source.spec.peer.node_name}"


def putting_back(ending: Ending) -> str:
    """Of the same, where the guest stays."""
    return f"{ending.message}. Putting everything back"


def tidying(observation: Observation) -> str:
    """Of `Finalizing`, after the commit."""
    to = observation.migration.status.destination
    return f"the guest is on {to.hypervisor if to else '?'}; tidying up on both hosts"


def wait(observation: Observation, row: Row, message: str, now: datetime, *acts: Act) -> Decision:
    """Stay at this step, and be asked again when `startTimeout` is over."""
    left = (start_deadline(observation) - now).total_seconds()
    return Decision(
        observation.migration.status,
        row.phase,
        Reason(row.phase.value),
        message,
        acts,
        again_after_seconds=max(0.0, left),
    )


def start_deadline(observation: Observation) -> datetime:
    """`startTimeout` counts from leaving `Queued`; before that, from the object's creation.

    Where the operator chooses the destination it begins anew with the attempt, with each look at the source,
    and with each host: what is waited for until then has a limit of its own.
    """
    migration = observation.migration
    status = migration.status
    began = status.unqueued_at or migration.created_at
    if chooses(migration.spec):
        chosen_at = status.choice.at if status.choice else None
        times = (*(looked_at(status, attempt) for attempt in status.attempts), chosen_at)
        began = max(began, *(at for at in times if at))
    return began + timedelta(seconds=duration.seconds(migration.spec.start_timeout))


def looked_at(status: MigrationStatus, attempt: Attempt) -> datetime:
    """When the task that looks at the source was named: the first with the attempt, others after it."""
    source = status.source.hypervisor if status.source else None
    looks = (gone.at for gone in attempt.dismissed if gone.hypervisor == source)
    return max(looks, default=attempt.started_at)


def timed_out(observation: Observation, now: datetime, waited_for: str) -> Decision | None:
    """The end by `startTimeout`, when it is over."""
    if now < start_deadline(observation):
        return None
    limit = observation.migration.spec.start_timeout
    message = f"no migration job had begun within startTimeout ({limit}). {waited_for}"
    return end(observation, Reason.START_TIMEOUT, message, now)


def inspected_in_time(observation: Observation, row: Row, now: datetime, late: str, *acts: Act) -> Decision:
    """The wait for what a host looks at, or the end by `startTimeout`, which says what was `late`."""
    return timed_out(observation, now, late) or wait(observation, row, inspecting(observation), now, *acts)


def chooses(spec: MigrationSpec) -> bool:
    """The destination is the operator's to choose."""
    return spec.destination.hypervisor is None


class Asked(Value):
    """What a host is to look at: the source at these addresses, the destination at all else."""

    probes: tuple[Probe, ...] = ()
    images: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    definition: str = ""
    peer_addresses: tuple[str, ...] = ()
    contact: ContactOrder | None = None


NOTHING = Asked()


def attempt_of(observation: Observation) -> Attempt:
    """The attempt that goes on."""
    return observation.migration.status.attempts[-1]


def with_journal(observation: Observation, journal: MigrationStatus) -> Observation:
    """As it will be once that is written."""
    return replace(observation, migration=replace(observation.migration, status=journal))


def with_attempt(status: MigrationStatus, attempt: Attempt) -> MigrationStatus:
    """The attempt that goes on, as it is now."""
    return replace(status, attempts=(*status.attempts[:-1], attempt))


def create(observation: Observation, role: Role, asked: Asked = NOTHING) -> CreateTask:
    """The task of one side of the present attempt, with its first goal."""
    migration, attempt = observation.migration, attempt_of(observation)
    status = migration.status
    host = status.source if role is Role.SOURCE else status.destination
    if status.vm is None or host is None:
        raise ValueError("a task needs a VM and a host: the steps Resolve and Choose come first")
    name = attempt.source_task if role is Role.SOURCE else attempt.destination_task
    spec = TaskSpec(
        node_name=host.hypervisor,
        role=role,
        attempt=attempt.number,
        migration_ref=MigrationRef(migration.namespace, migration.name, migration.uid),
        vm=status.vm,
        peer=peer_of(observation, role),
        goal=Goal.INSPECTED,
        only_looks=migration.spec.mode is Mode.VALIDATE,
        probes=asked.probes,
        images=asked.images,
        digests=asked.digests,
        definition=asked.definition,
        peer_addresses=asked.peer_addresses,
        contact=asked.contact,
    )
    return CreateTask(name, spec)


def peer_of(observation: Observation, role: Role) -> Peer:
    """The other host of the attempt, as far as it is known."""
    status, attempt = observation.migration.status, attempt_of(observation)
    other = status.destination if role is Role.SOURCE else status.source
    task = attempt.destination_task if role is Role.SOURCE else attempt.source_task
    return Peer(other.hypervisor, task) if other else Peer()


def move(
    task: Task, goal: Goal, plan: Plan | None = None, order: Order | None = None
) -> tuple[WriteSpec, ...]:
    """The act that moves the task's goal, and gives an order with it; none where nothing is new.

    A destination that is rolled back keeps its images where the guest may have run from them.
    """
    now = task.spec.goal
    keeps = _keeps_images(task) if goal is Goal.ROLLED_BACK else task.spec.keep_images
    if now is goal and order is not None and task.spec.order is not order:
        spec = replace(task.spec, order=order, order_evidence="", keep_images=keeps)
        return (WriteSpec(task.name, spec),)
    if now is goal and keeps and not task.spec.keep_images and task.status.reached is not goal:
        return (WriteSpec(task.name, replace(task.spec, keep_images=True)),)
    if now is Goal.ROLLED_BACK:
        forward = goal is Goal.RELEASED and task.status.too_late
    else:
        forward = goal is Goal.ROLLED_BACK or GOAL_PATH.index(goal) > GOAL_PATH.index(now)
    if not forward or now is Goal.RELEASED:
        return ()
    spec = replace(task.spec, goal=goal, plan=task.spec.plan or plan, keep_images=keeps)
    if order is not None:
        spec = replace(spec, order=order, order_evidence="")
    return (WriteSpec(task.name, spec),)


def _keeps_images(task: Task) -> bool:
    """Once told, it stays so."""
    copied_to = task.spec.role is Role.DESTINATION and bool(copies_of(task))
    return task.spec.keep_images or (copied_to and may_have_run(task))


def hold_up(task: Task) -> str:
    """What the agent says it waits for."""
    waiting = task.status.waiting
    return f"{task.spec.node_name}: {waiting.message}" if waiting else ""
