"""How the recovery table's words are read off the tasks: evidence first, then what was recorded."""

from godwit.domain.guest import DomainState, Job, StateReason
from godwit.domain.observation import Observation
from godwit.domain.plan import Switchover
from godwit.domain.task import Evidence, Goal, StopDetail, Stopped, Task, TaskStatus
from godwit.domain.vocabulary import (
    Circumstances,
    DestinationSays,
    SourceSays,
)

_RUNNING = frozenset({DomainState.RUNNING, DomainState.BLOCKED})
_OFF = frozenset({DomainState.SHUTOFF, DomainState.ABSENT})
_PAUSED_AT_SOURCE = {
    StateReason.MIGRATION: SourceSays.PAUSED_MIGRATION,
    StateReason.API_ERROR: SourceSays.PAUSED_API_ERROR,
    StateReason.USER: SourceSays.PAUSED_USER,
    StateReason.POSTCOPY_FAILED: SourceSays.PAUSED_POSTCOPY_FAILED,
}
_NEVER_RAN = frozenset(
    {DestinationSays.NONE, DestinationSays.INCOMING, DestinationSays.PAUSED_FINISHED, DestinationSays.OFF}
)
"""What a copy that only arrived looks like."""
_ENDED = frozenset({StopDetail.SHUTDOWN, StopDetail.DESTROYED, StopDetail.CRASHED})


def source_journal_says(evidence: Evidence, status: TaskStatus) -> SourceSays:
    """What one look at the source's guest means, with all that its agent has written down."""
    back, destroying = status.brought_back_at, status.destroying_at
    destroyed = destroying is not None and (back is None or destroying >= back)
    return source_evidence_says(evidence, status.stopped, destroyed=destroyed, brought_back=back is not None)


def source_evidence_says(
    evidence: Evidence, stopped: Stopped | None, *, destroyed: bool = False, brought_back: bool = False
) -> SourceSays:
    """What one look at the source's guest means, with the STOPPED event that was recorded for it.

    `destroyed`: we ended a copy that only waited, so the guest has left as if libvirt had ended it.
    `brought_back`: somebody started it here after it had left, so it has run on here until it ended.
    """
    guest = evidence.guest
    if guest.active and (evidence.starting or guest.job is Job.MIGRATION_OUT):
        return SourceSays.JOB
    if guest.state in _RUNNING:
        return SourceSays.RUNNING
    if guest.state is DomainState.PAUSED:
        return _PAUSED_AT_SOURCE.get(guest.reason, SourceSays.OTHER)
    if guest.state not in _OFF:
        return SourceSays.OTHER
    if brought_back and not destroyed:
        return SourceSays.OFF_ENDED
    if destroyed or (stopped is not None and stopped.detail is StopDetail.MIGRATED):
        return SourceSays.OFF_MIGRATED
    if stopped is not None and stopped.detail in _ENDED:
        return SourceSays.OFF_ENDED
    if guest.state is DomainState.ABSENT or guest.reason is StateReason.MIGRATED:
        return SourceSays.OFF_UNRECORDED
    return SourceSays.OFF_UNKNOWN


def destination_evidence_says(evidence: Evidence, attempt_mark: str, *, resumed: bool) -> DestinationSays:
    """What one look at the destination means; a domain without this attempt's mark is none of ours."""
    guest = evidence.guest
    if guest.state is DomainState.ABSENT or guest.marks.attempt != attempt_mark:
        return DestinationSays.NONE
    if guest.state in _RUNNING:
        return DestinationSays.RUNNING
    if guest.state is DomainState.PAUSED:
        return _paused_at_destination(evidence)
    if guest.state is DomainState.CRASHED or guest.reason is StateReason.CRASHED:
        return DestinationSays.CRASHED
    if guest.state is not DomainState.SHUTOFF:
        return DestinationSays.OTHER
    ended = guest.reason in (StateReason.SHUTDOWN, StateReason.DESTROYED)
    return DestinationSays.OFF_BY_USER if resumed and ended else DestinationSays.OFF


def _paused_at_destination(evidence: Evidence) -> DestinationSays:
    guest = evidence.guest
    if guest.job is Job.MIGRATION_IN or guest.reason in (StateReason.MIGRATION, StateReason.STARTING_UP):
        return DestinationSays.INCOMING
    if guest.reason is StateReason.POSTCOPY_FAILED:
        return DestinationSays.PAUSED_POSTCOPY_FAILED
    return DestinationSays.PAUSED_FINISHED if guest.reason is StateReason.USER else DestinationSays.OTHER


def attempt_mark(task: Task) -> str:
    """What the destination's definition bears in this attempt."""
    return f"{task.spec.migration_ref.uid}/{task.spec.attempt}"


def is_defined_there(source: Task | None, destination: Task | None) -> bool:
    """False where the source had a definition of the guest, and its copy at the destination has none."""
    plan = source.spec.plan if source else None
    evidence = destination.status.evidence if destination else None
    had = plan is None or plan.persistent
    return evidence is None or not had or evidence.guest.persistent


def may_have_run(destination: Task) -> bool:
    """The guest, at its destination: then what was copied there may be newer than what the source has."""
    status = destination.status
    if status.resuming_at or status.resumed_at or status.suspending_at:
        return True
    if status.evidence is None:
        return False
    says = destination_evidence_says(status.evidence, attempt_mark(destination), resumed=False)
    shut_down = says is DestinationSays.OFF and status.evidence.guest.reason is StateReason.SHUTDOWN
    return shut_down or says not in _NEVER_RAN


def source_says(observation: Observation) -> SourceSays:
    """Of the attempt's source now; evidence of an agent that is silent or blind is none."""
    task = observation.source
    if task is None:
        return SourceSays.OTHER
    if not observation.answers(task):
        fenced = task.spec.node_name in observation.fenced
        return SourceSays.FENCED if fenced else SourceSays.UNREACHABLE
    if task.status.evidence is None:
        return SourceSays.JOB
    return source_journal_says(task.status.evidence, task.status)


def destination_says(observation: Observation) -> DestinationSays:
    """Of the attempt's destination now."""
    task = observation.destination
    if task is None:
        return DestinationSays.OTHER
    if not observation.answers(task):
        fenced = task.spec.node_name in observation.fenced
        return DestinationSays.FENCED if fenced else DestinationSays.UNREACHABLE
    if task.status.evidence is None:
        return DestinationSays.NONE
    if task.status.reached is Goal.ROLLED_BACK:
        return DestinationSays.NONE
    resumed = task.status.resumed_at is not None
    return destination_evidence_says(task.status.evidence, attempt_mark(task), resumed=resumed)


def circumstances(observation: Observation) -> Circumstances:
    """What the journals add."""
    status = observation.migration.status
    source, destination = observation.source, observation.destination
    plan = source.spec.plan if source else None
    evidence = source.status.evidence if source else None
    same_qemu = bool(source and evidence and evidence.guest.marks.run == source.status.run_mark)
    return Circumstances(
        strict=bool(status.switchover and status.switchover.mode is Switchover.STRICT),
        paused_before=bool(plan and plan.paused_before),
        same_qemu=same_qemu,
        committed=status.committed_at is not None,
        suspended_by_us=bool(source and source.status.held_at),
        destroyed_source=bool(source and source.status.destroying_at),
        suspended_newcomer=any(task and task.status.suspending_at for task in (source, destination)),
        cancelled_at_source=bool(evidence and evidence.guest.reason is StateReason.MIGRATION_CANCELED),
        left_source=bool(source and source.status.was_seen_to_leave),
        persistent=plan is None or plan.persistent,
        ran_there=bool(destination and destination.status.resumed_at),
        defined_there=is_defined_there(source, destination),
    )
