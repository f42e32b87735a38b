"""libvirt's job and the switchover: from here on both hosts' evidence decides, by the recovery table.

Nothing irreversible is decided unless both sides answered each other's present picture
(`godwit.domain.evidence`). A pair that fits no safe act must stand for 10 s before a person is asked, since
every good migration passes through such pairs for a moment.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.decision import Act, Decision, WriteSpec
from godwit.domain.evidence import fresh, picture_name
from godwit.domain.migration import Phase
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.recovery import IRREVERSIBLE, DestinationSays, Outcome, SourceSays, row_for
from godwit.domain.recovery import Row as Verdict
from godwit.domain.remedies import remedy
from godwit.domain.says import circumstances, destination_says, source_says
from godwit.domain.steps.words import (
    end,
    hold_up,
    inspecting,
    move,
    sending,
    switching,
    tidying,
    timed_out,
    wait,
)
from godwit.domain.task import Evidence, Goal, StopDetail, Task

UNDECIDED_SECONDS = 10.0
_QUIET = frozenset({DestinationSays.NONE, DestinationSays.INCOMING})
_ENDED_REASONS = {
    StopDetail.SHUTDOWN: Reason.GUEST_SHUT_DOWN,
    StopDetail.DESTROYED: Reason.GUEST_DESTROYED,
    StopDetail.CRASHED: Reason.GUEST_CRASHED,
}


def migrate(observation: Observation, row: Row, now: datetime) -> Decision:
    """Start it once, then watch what both hosts show until it can be committed or has failed."""
    source, destination = observation.source, observation.destination
    if source is None or destination is None:
        lost = "source" if source is None else "destination"
        return _attention(observation, f"the {lost}'s task was deleted by somebody: nobody looks there now")
    if source.status.starting is None:
        return _not_started(observation, row, source, now)
    says = source_says(observation), destination_says(observation)
    verdict = row_for(*says, circumstances(observation))
    acts = _challenges(source, destination, says)
    if verdict.then is Outcome.GO_ON:
        journal = replace(observation.migration.status, undecided_since=None)
        return Decision(journal, _phase(says), Reason(_phase(says).value), _shown(observation, says), acts)
    if verdict.then in IRREVERSIBLE and not _sure(source, destination, says):
        return _wait_for_evidence(observation, says, acts)
    return _decide(observation, says, verdict, acts, now)


def _not_started(observation: Observation, row: Row, source: Task, now: datetime) -> Decision:
    if failure := source.status.failure:
        return end(observation, failure.reason, f"{source.spec.node_name}: {failure.message}", now)
    if over := timed_out(observation, now, hold_up(source) or "The source's agent had not begun"):
        return over
    message = hold_up(source) or sending(source)
    return wait(observation, row, message, now, *move(source, Goal.MIGRATED))


def _decide(
    observation: Observation,
    says: tuple[SourceSays, DestinationSays],
    verdict: Verdict,
    acts: tuple[Act, ...],
    now: datetime,
) -> Decision:
    status = observation.migration.status
    match verdict.then:
        case Outcome.COMMIT:
            return _commit(observation, now)
        case Outcome.COMMIT_ENDED:
            return _commit(observation, now)
        case Outcome.RESUME_DESTINATION_AND_COMMIT:
            message = _shown(observation, says)
            return Decision(status, Phase.SWITCHING_OVER, Reason.SWITCHING_OVER, message, acts)
        case Outcome.ROLL_BACK | Outcome.ROLL_BACK_DESTINATION_FIRST | Outcome.FAIL_CLEANUP_OWED:
            return end(observation, *_why_failed(observation), now)
        case Outcome.GUEST_ENDED:
            return end(observation, *_how_ended(observation), now)
    return _undecided(observation, says, verdict.why, acts, now)


def _commit(observation: Observation, now: datetime) -> Decision:
    journal = replace(observation.migration.status, committed_at=now, undecided_since=None)
    message = tidying(observation)
    return Decision(journal, Phase.FINALIZING, Reason.FINALIZING, message, again_after_seconds=0)


def _undecided(
    observation: Observation,
    says: tuple[SourceSays, DestinationSays],
    why: str,
    acts: tuple[Act, ...],
    now: datetime,
) -> Decision:
    """Wait for 10 s, then ask for a person."""
    status = observation.migration.status
    since = status.undecided_since or now
    journal = replace(status, undecided_since=since)
    left = UNDECIDED_SECONDS - (now - since).total_seconds()
    if left > 0:
        message = f"source: {says[0].value}; destination: {says[1].value}. Waiting for them to settle"
        phase = _phase(says)
        return Decision(journal, phase, Reason(phase.value), message, acts, again_after_seconds=left)
    waiting = replace(observation, migration=replace(observation.migration, status=journal))
    message = f"source: {says[0].value}; destination: {says[1].value}: {why}. Nothing is touched"
    return _attention(waiting, message, acts)


def _attention(observation: Observation, message: str, acts: tuple[Act, ...] = ()) -> Decision:
    status = observation.migration.status
    return Decision(status, Phase.NEEDS_ATTENTION, Reason.EVIDENCE_UNDECIDED, message, acts)


def _wait_for_evidence(
    observation: Observation, says: tuple[SourceSays, DestinationSays], acts: tuple[Act, ...]
) -> Decision:
    phase = _phase(says)
    message = _shown(observation, says)
    return Decision(observation.migration.status, phase, Reason(phase.value), message, acts)


def _phase(says: tuple[SourceSays, DestinationSays]) -> Phase:
    quiet = says[0] is SourceSays.JOB and says[1] in _QUIET
    return Phase.MIGRATING if quiet else Phase.SWITCHING_OVER


def _challenges(
    source: Task, destination: Task, says: tuple[SourceSays, DestinationSays]
) -> tuple[WriteSpec, ...]:
    """Each side is asked about the other's present picture, as soon as there is anything to decide."""
    if says[0] is SourceSays.JOB and says[1] in _QUIET:
        return ()
    wanted = [(source, destination.status.evidence)]
    if says[0] is not SourceSays.JOB:  # as long as the source has a job, its picture is about to change
        wanted.append((destination, source.status.evidence))
    return tuple(
        WriteSpec(task.name, replace(task.spec, challenge=picture_name(other)))
        for task, other in wanted
        if other is not None and task.spec.challenge != picture_name(other)
    )


def _sure(source: Task, destination: Task, says: tuple[SourceSays, DestinationSays]) -> bool:
    """Both answered each other; where one can't answer, the table's row stands on the other's word alone."""
    ours: Evidence | None = source.status.evidence
    theirs = destination.status.evidence
    if says[1] in (DestinationSays.UNREACHABLE, DestinationSays.FENCED):
        return ours is not None
    if says[0] in (SourceSays.UNREACHABLE, SourceSays.FENCED):
        return theirs is not None
    return ours is not None and theirs is not None and fresh(ours, theirs)


def _why_failed(observation: Observation) -> tuple[Reason, str]:
    source = observation.source
    if source and source.status.failure:
        failure = source.status.failure
        return failure.reason, f"{source.spec.node_name}: {failure.message}{remedy(failure.reason)}"
    return Reason.LIBVIRT_ERROR, "libvirt's job ended without moving the guest, and said no reason"


def _how_ended(observation: Observation) -> tuple[Reason, str]:
    stopped = observation.source.status.stopped if observation.source else None
    reason = _ENDED_REASONS.get(stopped.detail, Reason.GUEST_DESTROYED) if stopped else Reason.GUEST_DESTROYED
    detail = stopped.detail.lower() if stopped else "ended"
    return (
        reason,
        f"the guest itself ended while it was being migrated ({detail}); nothing was lost by Godwit",
    )


def _shown(observation: Observation, says: tuple[SourceSays, DestinationSays]) -> str:
    """What an agent waits for, or the one sentence of the phase."""
    source = observation.source
    if source is None:
        return inspecting(observation)
    if waiting := hold_up(source):
        return waiting
    if says[0] is SourceSays.RUNNING:
        return "libvirt's job is over; asking both hosts what they show"
    return sending(source) if _phase(says) is Phase.MIGRATING else switching(source)
