"""libvirt's job and the switchover: from here on both hosts' evidence decides, by the recovery table.

Nothing irreversible is decided unless both sides answered each other's present picture
(`godwit.domain.evidence`). A verdict is written before any host is told. A pair that fits no safe act must
stand for 10 s before a person is asked, since every good migration passes through such pairs for a moment. It
must be of now, too: else a person would decide by what a host said before it fell silent.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.copies import copies_now
from godwit.domain.decision import Act, Decision
from godwit.domain.migration import Outcome as End
from godwit.domain.migration import Phase, Resolution
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.recovery import (
    Row as Verdict,
)
from godwit.domain.recovery import (
    row_for,
)
from godwit.domain.remedies import remedy
from godwit.domain.says import circumstances, destination_says, may_have_run, source_says
from godwit.domain.steps import verdicts
from godwit.domain.steps.asking import QUIET, Says, sure, unanswered, writes
from godwit.domain.steps.images import failed_there
from godwit.domain.steps.preflight import failure_of, silence
from godwit.domain.steps.words import (
    came_too_late,
    end,
    hold_up,
    move,
    sending,
    standing,
    stop_asked,
    switching,
    tidying,
    timed_out,
    wait,
    with_journal,
)
from godwit.domain.task import Goal, Order, Task
from godwit.domain.vocabulary import (
    IRREVERSIBLE,
    DestinationSays,
    Outcome,
    SourceSays,
)

UNDECIDED_SECONDS = 10.0
UNANSWERED_SECONDS = 45.0
"""A host that does not answer is known to be unreachable by then: its Lease lasts 40 s."""
_GONE_SOURCE = frozenset(
    {
        SourceSays.OFF_MIGRATED,
        SourceSays.OFF_ENDED,
        SourceSays.OFF_UNKNOWN,
        SourceSays.OFF_UNRECORDED,
        SourceSays.UNREACHABLE,
        SourceSays.FENCED,
    }
)
"""Off, or to be ended by a host that owes it."""
ITS_OWN_MOMENT_SECONDS = 1.0
"""At a strict switchover the destination's agent goes on by itself: a write to its task would delay it."""
_NOT_THERE_YET = QUIET | {DestinationSays.UNREACHABLE, DestinationSays.FENCED}


def migrate(observation: Observation, row: Row, now: datetime) -> Decision:
    """Start it once, then watch what both hosts show until it can be committed or has failed."""
    source = observation.source
    if source and source.status.starting is None and observation.destination:
        return _not_started(observation, row, source, now)
    return judge(observation, now)


def judge(observation: Observation, now: datetime) -> Decision:
    """What both hosts show, and the only safe acts then; also where a roll-back can't go on by itself."""
    source, destination = observation.source, observation.destination
    if source is None or destination is None:
        lost = "source" if source is None else "destination"
        return _attention(observation, _without_task(lost))
    says = source_says(observation), destination_says(observation)
    if observation.migration.status.verdict is Outcome.KEEP_DESTINATION:
        return _keep_destination(observation, source, destination, says, now)
    if waiting := _its_own_moment(observation, source, destination, says, now):
        return waiting
    verdict = row_for(*says, circumstances(observation))
    acts = writes(source, destination, says)
    if verdict.then is Outcome.GO_ON:
        return _go_on(observation, source, says, acts, now)
    if verdict.then in IRREVERSIBLE and not sure(source, destination, says):
        return _wait_for_evidence(observation, source, says, acts)
    return _decide(observation, source, destination, says, verdict, now)


def _its_own_moment(
    observation: Observation, source: Task, destination: Task, says: Says, now: datetime
) -> Decision | None:
    """It comes once: after it the destination has either gone on, or is asked, or told to."""
    plan, told, status = destination.spec.plan, destination.status, observation.migration.status
    if plan is None or plan.resume_when is None or told.resumed_at or told.suspending_at or status.verdict:
        return None
    if says[0] is not SourceSays.OFF_MIGRATED or says[1] not in QUIET | {DestinationSays.PAUSED_FINISHED}:
        return None
    since = status.undecided_since or now
    left = ITS_OWN_MOMENT_SECONDS - (now - since).total_seconds()
    if left <= 0:
        return None
    journal, phase = replace(status, undecided_since=since), Phase.SWITCHING_OVER
    return Decision(journal, phase, Reason.SWITCHING_OVER, _shown(source, says), again_after_seconds=left)


def _without_task(lost: str) -> str:
    return (
        f"the {lost}'s task was deleted by somebody: nobody looks there now. Look on both hosts (`virsh list "
        "--all`), leave one copy of the guest, and remove the finalizer godwit.dev/migration from this object"
    )


def _not_started(observation: Observation, row: Row, source: Task, now: datetime) -> Decision:
    if failure := failure_of(observation):
        return end(observation, *failure, now)
    if silent := silence(observation):
        return end(observation, *silent, now)
    if by := stop_asked(observation):
        message = f"{by} before libvirt's job was seen to begin"
        return end(observation, Reason.CANCELLED, message, now, End.CANCELLED)
    if over := timed_out(observation, now, hold_up(source) or "The source's agent had not begun"):
        return over
    message = hold_up(source) or sending(source)
    copying = replace(row, phase=Phase.COPYING) if copies_now(source) else row
    return wait(observation, copying, message, now, *move(source, Goal.MIGRATED))


def _go_on(
    observation: Observation, source: Task, says: Says, acts: tuple[Act, ...], now: datetime
) -> Decision:
    status = observation.migration.status
    by = stop_asked(observation)
    may_end = status.ending is None and not source.status.too_late
    if by and may_end:
        message = f"{by} while libvirt's job ran; the guest stays at the source"
        return end(observation, Reason.CANCELLED, message, now, End.CANCELLED)
    if may_end and (failure := _failure_there(observation, says)):
        message = f"{failure[1]}{remedy(failure[0])}. The guest stays at the source"
        return end(observation, failure[0], message, now)
    journal = replace(status, undecided_since=None)
    phase = _phase(source, says)
    late = f" ({by}, but it is too late: the guest had left the source)" if by else ""
    return Decision(journal, phase, Reason(phase.value), _shown(source, says) + late, acts)


def _failure_there(observation: Observation, says: Says) -> tuple[Reason, str] | None:
    """An image that is gone, while the job runs; the source answers `TooLate` if the guest has left."""
    task = observation.destination
    failure = task.status.failure if task else None
    if task is None or failure is None or says[1] not in _NOT_THERE_YET or may_have_run(task):
        return None
    return failure.reason, f"{task.spec.node_name}: {failure.message}"


def _decide(
    observation: Observation,
    source: Task,
    destination: Task,
    says: Says,
    verdict: Verdict,
    now: datetime,
) -> Decision:
    match verdict.then:
        case Outcome.COMMIT | Outcome.COMMIT_CLEANUP_OWED:
            return _commit(observation, verdict.then, now)
        case Outcome.COMMIT_ENDED:
            return _commit(observation, verdict.then, now)
        case _ if verdict.then in verdicts.ENDINGS:
            reason, message = verdicts.why_ended(observation, verdict)
            return end(observation, reason, message, now, verdict=verdict.then)
        case Outcome.NEEDS_ATTENTION | Outcome.RESUME_POSTCOPY:
            return _undecided(observation, source, destination, says, verdict.why, now)
    orders = verdicts.orders(verdict.then, circumstances(observation))
    acts = writes(source, destination, says, orders)
    journal = replace(observation.migration.status, verdict=verdict.then, ending=None, undecided_since=None)
    return Decision(journal, Phase.SWITCHING_OVER, Reason.SWITCHING_OVER, switching(source), acts)


def _commit(observation: Observation, verdict: Outcome, now: datetime) -> Decision:
    journal = replace(
        observation.migration.status, committed_at=now, verdict=verdict, ending=None, undecided_since=None
    )
    message = tidying(observation) + failed_there(observation) + came_too_late(observation)
    return Decision(journal, Phase.FINALIZING, Reason.FINALIZING, message, again_after_seconds=0)


def _undecided(
    observation: Observation, source: Task, destination: Task, says: Says, why: str, now: datetime
) -> Decision:
    """Wait until it stands and everybody has answered, then ask for a person, and do what they say."""
    status = observation.migration.status
    since = status.undecided_since or now
    acts = writes(source, destination, says)
    journal = replace(status, undecided_since=since)
    asked = " and ".join(unanswered(source, destination, says))
    left = (UNANSWERED_SECONDS if asked else UNDECIDED_SECONDS) - (now - since).total_seconds()
    shown = f"source: {says[0].value}; destination: {says[1].value}"
    if left > 0:
        phase = _phase(source, says)
        message = f"waiting for the answer of {asked}" if asked else f"{shown}. Waiting for them to settle"
        return Decision(journal, phase, Reason(phase.value), message, acts, again_after_seconds=left)
    waiting = with_journal(observation, journal)
    if asked:  # nobody can decide by that, not even a person
        late = f"{shown}, but no answer comes from {asked}: see the agent's pod. Nothing is touched"
        return _attention(waiting, late, acts)
    resolution = observation.migration.spec.resolution
    if resolution is Resolution.KEEP_SOURCE and verdicts.can_keep_source(source, says):
        message = "resolved by spec.resolution: the source's copy is kept"
        return end(observation, Reason.RESOLVED, message, now, verdict=Outcome.KEEP_SOURCE)
    if resolution is Resolution.KEEP_DESTINATION and verdicts.can_keep_destination(destination, says):
        kept = replace(journal, verdict=Outcome.KEEP_DESTINATION, ending=None, undecided_since=None)
        message = "resolved by spec.resolution: the destination's copy is kept"
        return Decision(kept, Phase.SWITCHING_OVER, Reason.RESOLVED, message, again_after_seconds=0)
    message = f"{shown}: {why}. Nothing is touched. {verdicts.choices(source, destination, says)}"
    return _attention(waiting, message, acts)


def ask(observation: Observation, why: str, now: datetime) -> Decision:
    """A person, about what neither the table nor an agent decides."""
    source, destination = observation.source, observation.destination
    if source is None or destination is None:
        return judge(observation, now)
    says = source_says(observation), destination_says(observation)
    return _undecided(observation, source, destination, says, why, now)


def _keep_destination(
    observation: Observation, source: Task, destination: Task, says: Says, now: datetime
) -> Decision:
    """A person's word: the source's copy goes, then the destination's goes on."""
    shown = f"source: {says[0].value}; destination: {says[1].value}"
    if not verdicts.can_keep_destination(destination, says):
        message = f"{shown}: the copy that spec.resolution keeps can't be seen. Nothing is touched"
        return _attention(observation, message, writes(source, destination, says))
    gone, message = says[0] in _GONE_SOURCE, f"keeping the destination's copy. {shown}"
    stays_paused = bool(source.spec.plan and source.spec.plan.paused_before)
    is_as_before = says[1] is DestinationSays.RUNNING or stays_paused
    asked = Decision(
        observation.migration.status,
        Phase.SWITCHING_OVER,
        Reason.RESOLVED,
        message,
        writes(
            source, destination, says, (Order.DESTROY, Order.RESUME if gone and not is_as_before else None)
        ),
    )
    if not gone or not is_as_before or not sure(source, destination, says):
        return asked
    return _commit(observation, Outcome.KEEP_DESTINATION, now)


def _attention(observation: Observation, message: str, acts: tuple[Act, ...] = ()) -> Decision:
    status = observation.migration.status
    return Decision(status, Phase.NEEDS_ATTENTION, Reason.EVIDENCE_UNDECIDED, message, acts)


def _wait_for_evidence(observation: Observation, source: Task, says: Says, acts: tuple[Act, ...]) -> Decision:
    phase = _phase(source, says)
    status = observation.migration.status
    return Decision(status, phase, Reason(phase.value), _shown(source, says), acts)


def _phase(source: Task, says: Says) -> Phase:
    """A job that has failed was no switchover."""
    here = says[0] in (SourceSays.JOB, SourceSays.RUNNING)
    if not here or says[1] not in QUIET:
        return Phase.SWITCHING_OVER
    return Phase.COPYING if copies_now(source) else Phase.MIGRATING


def _shown(source: Task, says: Says) -> str:
    """What an agent waits for, or the one sentence of the phase."""
    if waiting := hold_up(source):
        return waiting
    if says[0] is SourceSays.RUNNING:
        return "libvirt's job is over; asking both hosts what they show"
    if _phase(source, says) is Phase.SWITCHING_OVER:
        return switching(source)
    return standing(source) if source.status.held_at else sending(source)
