"""Cancelled or deleted: before the job nobody is asked; while it runs the source is; too late is too late."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from godwit.domain.decide import BEFORE_THE_JOB, decide
from godwit.domain.decision import Decision
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import MigrationStatus, Outcome, Phase
from godwit.domain.observation import Observation
from godwit.domain.phases import current
from godwit.domain.reasons import Reason
from godwit.domain.report import report
from godwit.domain.task import Goal, TaskStatus
from godwit.domain.vocabulary import (
    Outcome as Verdict,
)

from ..builders import (
    ABSENT,
    BEGUN,
    DESTINATION_TASK,
    FAST,
    NOON,
    RESOLVED,
    SOURCE_TASK,
    STRICT,
    VALIDATED,
    destination,
    evidence,
    guest,
    later,
    observation,
    source,
)
from .ends import COMMITTED, ENDING, UNDECIDED, goals
from .pairs import BUSY, LEFT, PREPARED, RUNS_THERE, STOPPED, WAITS_THERE, answering, pair

INSPECTED = replace(PREPARED, reached=Goal.INSPECTED)
LOOKED_AT = TaskStatus(reached=Goal.INSPECTED)
READY = TaskStatus(reached=Goal.PREPARED)
EARLY = {
    "nothing is known yet": observation(MigrationStatus()),
    "the claim is waited for": observation(RESOLVED),
    "the source is not inspected yet": observation(BEGUN),
    "the source is being inspected": observation(BEGUN, source(Goal.INSPECTED)),
    "the destination is to be chosen": observation(
        replace(BEGUN, destination=None), source(Goal.INSPECTED, INSPECTED)
    ),
    "the destination is being inspected": observation(
        BEGUN, source(Goal.INSPECTED, INSPECTED), destination(Goal.INSPECTED)
    ),
    "everything is inspected": observation(
        BEGUN, source(Goal.INSPECTED, INSPECTED), destination(Goal.INSPECTED, LOOKED_AT)
    ),
    "both prepare": observation(
        VALIDATED, source(Goal.PREPARED, INSPECTED, FAST), destination(Goal.PREPARED, LOOKED_AT, FAST)
    ),
    "the source was not told to start": observation(
        VALIDATED, source(Goal.PREPARED, PREPARED, FAST), destination(Goal.PREPARED, READY, FAST)
    ),
    "the source was told to start": observation(
        VALIDATED, source(Goal.MIGRATED, PREPARED, FAST), destination(Goal.PREPARED, READY, FAST)
    ),
}


def cancelled(observed: Observation) -> Observation:
    spec = replace(observed.migration.spec, cancel=True)
    return replace(observed, migration=replace(observed.migration, spec=spec))


def deleted(observed: Observation) -> Observation:
    return replace(observed, migration=replace(observed.migration, deleting=True))


def after(observed: Observation, decision: Decision) -> Observation:
    """As the next operator finds it, which remembers nothing."""
    status = report(observed, decision, NOON)
    return replace(observed, migration=replace(observed.migration, status=status))


Stop = Callable[[Observation], Observation]
STOPS = pytest.mark.parametrize(
    ("stop", "words"), [(cancelled, "cancelled by spec.cancel"), (deleted, "was deleted")]
)


@STOPS
@pytest.mark.parametrize("observed", EARLY.values(), ids=EARLY.keys())
def test_before_the_job_a_stop_ends_it_at_once_and_asks_nobody(
    observed: Observation, stop: Stop, words: str
) -> None:
    decision = decide(stop(observed), NOON)
    ending = decision.journal.ending
    assert ending is not None
    assert (ending.outcome, ending.reason) == (Outcome.CANCELLED, Reason.CANCELLED)
    assert words in ending.message
    assert decision.acts == ()
    assert (decision.journal.finished_at is None) == bool(observed.migration.status.attempts)


def test_every_step_before_the_job_was_tried() -> None:
    assert {current(observed).step for observed in EARLY.values()} >= BEFORE_THE_JOB


@STOPS
def test_a_job_that_runs_is_rolled_back_at_the_source_first(stop: Stop, words: str) -> None:
    observed = stop(pair(BUSY, ABSENT))
    first = decide(observed, NOON)
    assert first.journal.ending is not None
    assert first.journal.ending.outcome is Outcome.CANCELLED
    assert words in first.journal.ending.message
    assert goals(decide(after(observed, first), NOON)) == {SOURCE_TASK: Goal.ROLLED_BACK}


@STOPS
@pytest.mark.parametrize("observed", EARLY.values(), ids=EARLY.keys())
def test_a_stop_that_is_written_is_not_decided_again_after_a_restart(
    observed: Observation, stop: Stop, words: str
) -> None:
    first = decide(stop(observed), NOON)
    again = decide(after(stop(observed), first), later(60))
    assert again.journal.ending == first.journal.ending


def test_a_roll_back_after_a_cancel_ends_as_cancelled() -> None:
    back = TaskStatus(reached=Goal.ROLLED_BACK)
    journal = replace(VALIDATED, ending=replace(ENDING, outcome=Outcome.CANCELLED, reason=Reason.CANCELLED))
    observed = observation(
        journal, source(Goal.ROLLED_BACK, back, FAST), destination(Goal.ROLLED_BACK, back, FAST)
    )
    decision = decide(cancelled(observed), NOON)
    assert (decision.phase, decision.reason) == (Phase.CANCELLED, Reason.CANCELLED)


# too late


def too_late(observed: Observation) -> Observation:
    assert observed.source is not None
    told = replace(observed.source.spec, goal=Goal.ROLLED_BACK)
    late = replace(observed.source.status, too_late=True)
    return replace(observed, source=replace(observed.source, spec=told, status=late))


@STOPS
def test_a_stop_that_comes_too_late_lets_it_complete_and_says_so(stop: Stop, words: str) -> None:
    left = too_late(pair(LEFT, RUNS_THERE, stopped=STOPPED))
    journal = replace(left.migration.status, ending=ENDING)
    observed = stop(replace(left, migration=replace(left.migration, status=journal)))
    back = decide(observed, NOON)
    assert (back.journal.ending, back.reason) == (None, Reason.TOO_LATE)
    committed = decide(after(observed, back), NOON)
    assert committed.journal.committed_at == NOON
    assert words in committed.message
    assert "too late" in committed.message


@STOPS
def test_the_end_says_so_too(stop: Stop, words: str) -> None:
    released = TaskStatus(reached=Goal.RELEASED)
    moved = observation(
        COMMITTED,
        source(Goal.RELEASED, released, FAST),
        destination(Goal.RELEASED, replace(released, evidence=evidence(RUNS_THERE, "there")), FAST),
    )
    assert "too late" not in decide(moved, NOON).message
    decision = decide(stop(moved), NOON)
    assert decision.phase is Phase.SUCCEEDED
    assert decision.message.startswith("the guest runs on host2 (")
    assert f"{words}, but it was too late" in decision.message


@STOPS
def test_after_too_late_it_is_not_stopped_again_while_the_destination_is_waited_for(
    stop: Stop, words: str
) -> None:
    observed = stop(too_late(pair(LEFT, WAITS_THERE, stopped=STOPPED, plan=STRICT)))
    decision = decide(observed, NOON)
    assert (decision.journal.ending, decision.journal.committed_at) == (None, None)
    assert decision.journal.verdict is Verdict.RESUME_DESTINATION_AND_COMMIT


@STOPS
def test_a_guest_that_has_left_when_the_stop_is_seen_is_committed(stop: Stop, words: str) -> None:
    decision = decide(stop(pair(LEFT, RUNS_THERE, stopped=STOPPED)), NOON)
    assert (decision.journal.ending, decision.journal.committed_at) == (None, NOON)
    assert words in decision.message


@STOPS
def test_a_stop_changes_nothing_of_a_verdict_that_is_written(stop: Stop, words: str) -> None:
    waiting = guest(DomainState.PAUSED, StateReason.MIGRATION)
    observed = stop(pair(waiting, RUNS_THERE))
    first = decide(observed, NOON)
    assert first.journal.verdict is Verdict.DESTROY_SOURCE_AND_COMMIT
    assert decide(after(observed, first), NOON).journal.ending is None


@STOPS
def test_a_cancelled_roll_back_that_finds_the_guest_over_there_commits(stop: Stop, words: str) -> None:
    """The source only waits, and the destination runs: what the source cannot tell, the table can."""
    waiting = pair(guest(DomainState.PAUSED, StateReason.MIGRATION), RUNS_THERE)
    assert waiting.source is not None
    told = replace(waiting.source.spec, goal=Goal.ROLLED_BACK)
    undecided = replace(waiting.source.status, waiting=UNDECIDED)
    journal = replace(waiting.migration.status, ending=ENDING)
    observed = stop(
        replace(
            waiting,
            migration=replace(waiting.migration, status=journal),
            source=replace(waiting.source, spec=told, status=undecided),
        )
    )
    decision = decide(answering(observed, NOON), NOON)
    assert decision.journal.ending is None
    assert decision.journal.verdict is Verdict.DESTROY_SOURCE_AND_COMMIT


@pytest.mark.parametrize("stop", [cancelled, deleted])
def test_after_the_commit_a_stop_is_nothing(stop: Stop) -> None:
    observed = pair(LEFT, RUNS_THERE, stopped=STOPPED)
    journal = replace(observed.migration.status, committed_at=NOON)
    committed = stop(replace(observed, migration=replace(observed.migration, status=journal)))
    assert goals(decide(committed, NOON)) == {
        SOURCE_TASK: Goal.RELEASED,
        DESTINATION_TASK: Goal.RELEASED,
    }
