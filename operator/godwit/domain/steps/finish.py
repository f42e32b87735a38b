"""The ends: giving the guest to the destination for good, putting everything back, and closing the books.

A host that does not answer doesn't hold a migration open: what it owes stays on its task, the claim is given
back, and its agent pays before it takes any other goal for that VM.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.decision import Act, Decision, DeleteTask, ReleaseClaim, SetFinalizer
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import Cleanup, Ending, MigrationStatus, Phase
from godwit.domain.migration import Outcome as End
from godwit.domain.observation import Observation
from godwit.domain.owing import is_paid, only_looked
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.remedies import remedy
from godwit.domain.steps import run, verdicts
from godwit.domain.steps.images import at_the_source, failed_there, left_behind
from godwit.domain.steps.words import came_too_late, hold_up, move, putting_back, tidying
from godwit.domain.task import Goal, Order, Task
from godwit.domain.vocabulary import (
    Outcome,
)

PHASE_OF = {
    End.SUCCEEDED: Phase.SUCCEEDED,
    End.FAILED: Phase.FAILED,
    End.CANCELLED: Phase.CANCELLED,
}
LIBVIRT_AWAY_SECONDS = 10.0
"""A restarted libvirtd is back sooner; one that is down longer owes, as a host that is down does."""
_HELD_UP_BY_LIBVIRT = frozenset({Reason.LIBVIRT_UNREACHABLE, Reason.OPERATION_TIMEOUT})
WAITS_TOLD_SECONDS = 2.0
"""Who is waited for is told when it takes longer: it would cost a write each time."""


def release(observation: Observation, _: Row, now: datetime) -> Decision:
    """After the commit: the source forgets the guest, the destination keeps it as it was at the source."""
    status = observation.migration.status
    tasks = _tasks(observation)
    acts = _release_acts(observation)
    open_ = [task for task in (*tasks, *observation.dismissed) if not is_paid(task)]
    patience_seconds = _patience(status.committed_at, now)
    waited_for = _may_pay_soon(observation, open_, patience_seconds)
    if waited_for or acts:
        waits = next((said for task in open_ if (said := hold_up(task))), tidying(observation))
        message = f"{waits}{came_too_late(observation)}"
        return Decision(status, Phase.FINALIZING, Reason.FINALIZING, message, acts, patience_seconds)
    message = f"{_arrived(observation)}{came_too_late(observation)}{_owed_text(open_)}"
    journal = _finished(status, now, open_)
    return Decision(journal, Phase.SUCCEEDED, Reason.SUCCEEDED, message, again_after_seconds=0)


def roll_back(observation: Observation, row: Row, now: datetime) -> Decision:
    """The source first, and alone once its job may have begun; then the destination."""
    status = observation.migration.status
    source, destination = observation.source, observation.destination
    ending = status.ending
    if ending is None:
        raise ValueError("nothing is rolled back without an ending")
    kept = status.verdict is Outcome.KEEP_SOURCE
    if source and source.status.too_late and status.verdict not in verdicts.TAKES_BACK:
        journal = replace(status, ending=None)
        message = "too late: the guest had left the source, so the migration goes on"
        return Decision(journal, Phase.SWITCHING_OVER, Reason.TOO_LATE, message, again_after_seconds=0)
    if source is None and destination and destination.spec.plan:
        return run.judge(observation, now)
    if waiting := _destination_first(observation, ending, destination, now):
        return waiting
    order = verdicts.SOURCE_ORDERS.get(status.verdict) if status.verdict else None
    acts = _move_back(source, order)
    source_back = source is None or source.status.reached is Goal.ROLLED_BACK
    # The goal was moved by a fenced write that saw no `Starting`: none can be written any more.
    never_started = source is None or (source.status.starting is None and not acts)
    if destination and (source_back or never_started):
        acts = (*acts, *_move_back(destination))
    if acts:
        return _rolling(status, ending, "", *acts)
    owed = kept and source is not None and not observation.answers(source)
    if source and not source_back and not never_started and not owed:
        return _wait_for_source(observation, source, ending, now)
    tasks = (*_tasks(observation), *observation.dismissed)
    open_ = [task for task in tasks if not is_paid(task)]
    patience_seconds = _patience(ending.at, now)
    if waited_for := _may_pay_soon(observation, open_, patience_seconds):
        untold_seconds = WAITS_TOLD_SECONDS - (now - ending.at).total_seconds()
        named = " and ".join(task.spec.node_name for task in waited_for)
        told = "" if untold_seconds > 0 else f"waiting for {named}"
        waiting = _rolling(status, ending, hold_up(waited_for[0]) or told)
        return replace(
            waiting, again_after_seconds=untold_seconds if untold_seconds > 0 else patience_seconds
        )
    journal = _finished(status, now, open_)
    message = f"{ending.message}{left_behind(_tasks(observation))}{_owed_text(open_)}"
    return Decision(journal, PHASE_OF[ending.outcome], ending.reason, message, again_after_seconds=0)


def close(observation: Observation, _: Row, now: datetime) -> Decision:
    """Nothing is decided any more: tasks that are paid go, then the claim, then the finalizer."""
    status = observation.migration.status
    outcome = status.ending.outcome if status.ending else End.SUCCEEDED
    reason = status.ending.reason if status.ending else Reason.SUCCEEDED
    tasks = (*_tasks(observation), *observation.dismissed)
    open_ = [task for task in tasks if not is_paid(task)]
    journal = replace(status, cleanup=Cleanup.PENDING if open_ else Cleanup.DONE)
    said = status.ending.message if status.ending else None
    told = f"{said}{left_behind(_tasks(observation))}" if said else _arrived(observation)
    message = f"{told}{_owed_text(open_)}"
    if not observation.migration.finalizer:
        return Decision(journal, PHASE_OF[outcome], reason, message)
    acts: list[Act] = [
        DeleteTask(task.name)
        for task in _tasks(observation)
        if is_paid(task) and not (open_ and _has_to_be_read(task))
    ]
    # Another operator may have made a task before it saw the end: it, too, has to come to one.
    end = Goal.ROLLED_BACK if status.ending else Goal.RELEASED
    acts.extend(act for task in open_ if task not in observation.dismissed for act in move(task, end))
    holder = observation.holder
    if status.vm and holder and holder.migration_uid == observation.migration.uid:
        acts.append(ReleaseClaim(status.vm.uuid))
    if not open_:
        acts.append(SetFinalizer(present=False))
    return Decision(journal, PHASE_OF[outcome], reason, message, tuple(acts))


def _has_to_be_read(task: Task) -> bool:
    """As long as the other host owes: the end tells of what both left behind, and a source that has yet to
    remove its images reads in the destination's task whether that one has lost its own.
    """
    failure = task.status.failure
    lost = failure is not None and failure.reason is Reason.IMAGE_MISSING
    return bool(task.status.left_behind) or (lost and task.spec.goal is Goal.RELEASED)


def _release_acts(observation: Observation) -> tuple[Act, ...]:
    """A source that was told to roll back is told that the other copy counts; it answers `TooLate` then."""
    verdict, source = observation.migration.status.verdict, observation.source
    order = verdicts.RELEASE_ORDERS.get(verdict) if verdict else None
    acts: tuple[Act, ...] = ()
    if source and source.spec.goal is Goal.ROLLED_BACK and not source.status.too_late:
        acts = move(source, Goal.ROLLED_BACK, order=order or Order.DESTROY_WAITING)
    elif source:
        acts = move(source, Goal.RELEASED, order=order)
    return (*acts, *(move(observation.destination, Goal.RELEASED) if observation.destination else ()))


def _destination_first(
    observation: Observation, ending: Ending, destination: Task | None, now: datetime
) -> Decision | None:
    """None once the destination's copy is gone, or a person lets a host that does not answer owe it.

    Where it stops answering in between, the table decides anew.
    """
    status = observation.migration.status
    verdict = status.verdict
    if destination is None or verdict is None or verdict not in verdicts.DESTINATION_FIRST:
        return None
    gone, silent = destination.status.reached is Goal.ROLLED_BACK, not observation.answers(destination)
    if silent and not gone and verdict is not Outcome.KEEP_SOURCE:
        return run.judge(observation, now)
    order = verdicts.DESTINATION_ORDERS.get(verdict)
    if acts := move(destination, Goal.ROLLED_BACK, order=order):
        return _rolling(status, ending, "", *acts)
    if gone or silent:
        return None
    host, owed = destination.spec.node_name, destination.status.owed
    # With KeepSource a person has been asked already.
    if owed and owed.reason is Reason.DESTINATION_RUNS and verdict is not Outcome.KEEP_SOURCE:
        return run.ask(observation, f"{host}: {owed.message}", now)
    return _rolling(status, ending, hold_up(destination) or f"waiting for {host}")


def _wait_for_source(observation: Observation, source: Task, ending: Ending, now: datetime) -> Decision:
    """Its job may have begun, so nothing ends before it has looked at libvirt."""
    status, host = observation.migration.status, source.spec.node_name
    waiting = source.status.waiting
    undecided = waiting is not None and waiting.reason is Reason.EVIDENCE_UNDECIDED
    if status.verdict is not Outcome.KEEP_SOURCE and (undecided or not observation.answers(source)):
        judged = run.judge(observation, now)
        if judged.journal != status or judged.again_after_seconds != 0:
            return judged
    return _rolling(status, ending, hold_up(source) or f"waiting for {host}")


def _finished(status: MigrationStatus, now: datetime, owing: list[Task]) -> MigrationStatus:
    return replace(status, finished_at=now, cleanup=Cleanup.PENDING if owing else Cleanup.DONE)


def _rolling(status: MigrationStatus, ending: Ending, waiting: str, *acts: Act) -> Decision:
    message = f"{putting_back(ending)}{f': {waiting}' if waiting else ''}"
    journal = replace(status, undecided_since=None)
    return Decision(journal, Phase.FINALIZING, Reason.ROLLING_BACK, message, acts)


def _move_back(task: Task | None, order: Order | None = None) -> tuple[Act, ...]:
    return () if task is None or only_looked(task) else move(task, Goal.ROLLED_BACK, order=order)


def _tasks(observation: Observation) -> list[Task]:
    return [task for task in (observation.source, observation.destination) if task]


def _patience(since: datetime | None, now: datetime) -> float | None:
    """How long a libvirt that does not answer is still waited for; None when that is over."""
    left = LIBVIRT_AWAY_SECONDS - (now - (since or now)).total_seconds()
    return left if left > 0 else None


def _may_pay_soon(observation: Observation, open_: list[Task], patience_seconds: float | None) -> list[Task]:
    return [
        task
        for task in open_
        if observation.ready(task.spec.node_name)
        and not task.status.owed
        and (patience_seconds is not None or not _libvirt_holds_it_up(task))
    ]


def _libvirt_holds_it_up(task: Task) -> bool:
    """It is away, or a job of its own has kept our call waiting for as long as libvirt waits."""
    waiting = task.status.waiting
    return waiting is not None and waiting.reason in _HELD_UP_BY_LIBVIRT


def _arrived(observation: Observation) -> str:
    """Where the guest is, and which images stay where it was."""
    images = f"{at_the_source(observation)}{left_behind(_tasks(observation))}"
    return f"{_where(observation)}{images}{failed_there(observation)}"


def _where(observation: Observation) -> str:
    """A guest that was paused before, or was ended after it had moved, does not run."""
    status, task = observation.migration.status, observation.destination
    to = status.destination.hypervisor if status.destination else "?"
    if task is None:
        return f"the guest is on {to}"
    evidence, plan = task.status.evidence, task.spec.plan
    if evidence and evidence.guest.state is DomainState.SHUTOFF:
        shut_down = evidence.guest.reason is StateReason.SHUTDOWN
        reason = Reason.GUEST_SHUT_DOWN if shut_down else Reason.GUEST_DESTROYED
        rebooted = ", as a VM is that is rebooted by ACPI while it is migrated" if shut_down else ""
        again = f"to go on, `virsh start {evidence.guest.name}` on {to}"
        return f"the guest moved to {to} and was ended there ({reason.value}{rebooted}): {again}"
    if plan and plan.paused_before:
        return f"the guest is on {to}, paused as it was before"
    if evidence and evidence.guest.state is DomainState.PAUSED:
        return f"the guest is on {to}, paused by its user"
    return f"the guest runs on {to}"


def _owed_text(owing: list[Task]) -> str:
    if not owing:
        return ""
    return f". Cleaning up is still owed by {' and '.join(_owed_by(task) for task in owing)}"


def _owed_by(task: Task) -> str:
    why = task.status.owed or task.status.waiting
    return f"{task.spec.node_name} ({why.message}{remedy(why.reason)})" if why else task.spec.node_name
