"""The ends: giving the guest to the destination for good, putting everything back, and closing the books.

A host that does not answer doesn't hold a migration open: what it owes stays on its task, the claim is given
back, and its agent pays before it takes any other goal for that VM.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.decision import Act, Decision, DeleteTask, ReleaseClaim, SetFinalizer
from godwit.domain.migration import Cleanup, Ending, MigrationStatus, Outcome, Phase
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.steps.words import hold_up, move
from godwit.domain.task import Goal, Task

PHASE_OF = {
    Outcome.SUCCEEDED: Phase.SUCCEEDED,
    Outcome.FAILED: Phase.FAILED,
    Outcome.CANCELLED: Phase.CANCELLED,
}
PAID = frozenset({Goal.RELEASED, Goal.ROLLED_BACK})


def release(observation: Observation, _: Row, now: datetime) -> Decision:
    """After the commit: the source forgets the guest, the destination keeps it as it was at the source."""
    status = observation.migration.status
    tasks = _tasks(observation)
    acts = tuple(act for task in tasks for act in move(task, Goal.RELEASED))
    open_ = [task for task in tasks if task.status.reached is not Goal.RELEASED]
    waited_for = [task for task in open_ if _answers(observation, task) and not task.status.owed]
    if waited_for or acts:
        message = next((said for task in open_ if (said := hold_up(task))), "tidying up on both hosts")
        return Decision(status, Phase.FINALIZING, Reason.FINALIZING, message, acts)
    to = status.destination.hypervisor if status.destination else "?"
    message = f"the guest runs on {to}{_owed_text(open_)}"
    journal = _finished(status, now, open_)
    return Decision(journal, Phase.SUCCEEDED, Reason.SUCCEEDED, message, again_after_seconds=0)


def roll_back(observation: Observation, row: Row, now: datetime) -> Decision:
    """The source first, and alone once its job may have begun; then the destination."""
    status = observation.migration.status
    source, destination = observation.source, observation.destination
    ending = status.ending
    if ending is None:
        raise ValueError("nothing is rolled back without an ending")
    if source and source.status.too_late:
        journal = replace(status, ending=None)
        message = "too late: the guest had left the source, so the migration goes on"
        return Decision(journal, Phase.SWITCHING_OVER, Reason.TOO_LATE, message, again_after_seconds=0)
    if source is None and destination and destination.spec.plan:
        message = "the source's task was deleted by somebody: nobody can say whether the guest has left"
        return Decision(status, Phase.NEEDS_ATTENTION, Reason.EVIDENCE_UNDECIDED, message)
    acts: tuple[Act, ...] = move(source, Goal.ROLLED_BACK) if source else ()
    source_back = source is None or source.status.reached is Goal.ROLLED_BACK
    # The goal was moved by a fenced write that saw no `Starting`: none can be written any more.
    never_started = source is None or (source.status.starting is None and not acts)
    if destination and (source_back or never_started):
        acts = (*acts, *move(destination, Goal.ROLLED_BACK))
    if acts:
        return _rolling(status, ending, "", *acts)
    if source and not source_back and not never_started:
        return _wait_for_source(observation, source, ending)
    open_ = [task for task in _tasks(observation) if task.status.reached is not Goal.ROLLED_BACK]
    if waited_for := [task for task in open_ if _answers(observation, task) and not task.status.owed]:
        named = " and ".join(task.spec.node_name for task in waited_for)
        return _rolling(status, ending, hold_up(waited_for[0]) or f"waiting for {named}")
    journal = _finished(status, now, open_)
    message = f"{ending.message}{_owed_text(open_)}"
    return Decision(journal, PHASE_OF[ending.outcome], ending.reason, message, again_after_seconds=0)


def close(observation: Observation, _: Row, now: datetime) -> Decision:
    """Nothing is decided any more: tasks that are paid go, then the claim, then the finalizer."""
    status = observation.migration.status
    outcome = status.ending.outcome if status.ending else Outcome.SUCCEEDED
    reason = status.ending.reason if status.ending else Reason.SUCCEEDED
    open_ = [task for task in _tasks(observation) if task.status.reached not in PAID]
    journal = replace(status, cleanup=Cleanup.PENDING if open_ else Cleanup.DONE)
    said = status.ending.message if status.ending else _where(status)
    message = f"{said}{_owed_text(open_)}"
    if not observation.migration.finalizer:
        return Decision(journal, PHASE_OF[outcome], reason, message)
    acts: list[Act] = [DeleteTask(task.name) for task in _tasks(observation) if task.status.reached in PAID]
    if status.vm:
        acts.append(ReleaseClaim(status.vm.uuid))
    if not open_:
        acts.append(SetFinalizer(present=False))
    return Decision(journal, PHASE_OF[outcome], reason, message, tuple(acts))


def _wait_for_source(observation: Observation, source: Task, ending: Ending) -> Decision:
    """Its job may have begun, so nothing ends before it has looked at libvirt."""
    status, host = observation.migration.status, source.spec.node_name
    undecided = source.status.waiting and source.status.waiting.reason is Reason.EVIDENCE_UNDECIDED
    if undecided or not _answers(observation, source):
        why = hold_up(source) or f"{host} does not answer, and its job may have begun"
        message = f"{ending.message}. {why}. Nothing is touched"
        return Decision(status, Phase.NEEDS_ATTENTION, Reason.EVIDENCE_UNDECIDED, message)
    return _rolling(status, ending, hold_up(source) or f"waiting for {host}")


def _finished(status: MigrationStatus, now: datetime, owing: list[Task]) -> MigrationStatus:
    return replace(status, finished_at=now, cleanup=Cleanup.PENDING if owing else Cleanup.DONE)


def _rolling(status: MigrationStatus, ending: Ending, waiting: str, *acts: Act) -> Decision:
    message = f"{ending.message}. Putting everything back{f': {waiting}' if waiting else ''}"
    return Decision(status, Phase.FINALIZING, Reason.ROLLING_BACK, message, acts)


def _tasks(observation: Observation) -> list[Task]:
    return [task for task in (observation.source, observation.destination) if task]


def _answers(observation: Observation, task: Task) -> bool:
    return observation.ready(task.spec.node_name)


def _where(status: MigrationStatus) -> str:
    return f"the guest runs on {status.destination.hypervisor}" if status.destination else "done"


def _owed_text(owing: list[Task]) -> str:
    if not owing:
        return ""
    told = " and ".join(
        f"{task.spec.node_name}{f' ({task.status.owed.message})' if task.status.owed else ''}"
        for task in owing
    )
    return f". Cleaning up is still owed by {told}"
