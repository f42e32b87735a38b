"""Without a commit: the source first, and alone once its job may have begun; then the destination."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import Decision, WriteSpec
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.migration import Cleanup, Phase
from godwit.domain.observation import Observation
from godwit.domain.phases import ROLL_BACK
from godwit.domain.reasons import Reason
from godwit.domain.steps.finish import LIBVIRT_AWAY_SECONDS, roll_back
from godwit.domain.steps.run import UNDECIDED_SECONDS
from godwit.domain.task import Failure, Goal, Order, StopDetail, Stopped, Task, TaskStatus
from godwit.domain.vocabulary import Outcome

from ..builders import (
    ABSENT,
    BEGUN,
    DESTINATION_TASK,
    FAST,
    NOON,
    SOURCE_TASK,
    STRICT,
    VALIDATED,
    arrived,
    destination,
    evidence,
    guest,
    later,
    observation,
    source,
)
from .ends import (
    ENDING,
    FAILING,
    LIBVIRT_AWAY,
    OWED,
    PREPARED,
    ROLLED_BACK,
    SILENT_DESTINATION,
    SILENT_SOURCE,
    STARTED,
    UNDECIDED,
    goals,
)
from .pairs import WAITS_THERE, answering, pair


def failing(source_: Task | None, destination_: Task | None) -> Observation:
    return observation(FAILING, source_, destination_)


def test_the_source_is_rolled_back_first_and_alone() -> None:
    for status in (PREPARED, STARTED):
        observed = failing(source(Goal.MIGRATED, status, FAST), destination(Goal.PREPARED, PREPARED, FAST))
        assert goals(decide(observed, NOON)) == {SOURCE_TASK: Goal.ROLLED_BACK}


def test_where_no_job_can_have_begun_the_destination_follows_at_once() -> None:
    observed = failing(source(Goal.ROLLED_BACK, PREPARED, FAST), destination(Goal.PREPARED, PREPARED, FAST))
    assert goals(decide(observed, NOON)) == {DESTINATION_TASK: Goal.ROLLED_BACK}


def test_where_a_job_may_have_begun_the_destination_waits_for_the_sources_end() -> None:
    waiting = failing(source(Goal.ROLLED_BACK, STARTED, FAST), destination(Goal.PREPARED, PREPARED, FAST))
    decision = decide(waiting, NOON)
    assert decision.acts == ()
    assert (decision.phase, decision.reason) == (Phase.FINALIZING, Reason.ROLLING_BACK)
    assert "waiting for host1" in decision.message
    back = source(Goal.ROLLED_BACK, replace(STARTED, reached=Goal.ROLLED_BACK), FAST)
    assert goals(decide(replace(waiting, source=back), NOON)) == {DESTINATION_TASK: Goal.ROLLED_BACK}


def test_a_destination_that_was_only_asked_to_look_is_not_rolled_back() -> None:
    decision = decide(failing(None, destination(Goal.INSPECTED)), NOON)
    assert (decision.phase, decision.acts) == (Phase.FAILED, ())
    assert decision.journal.cleanup is Cleanup.DONE


def test_a_source_that_was_only_asked_to_look_is_rolled_back_until_it_has_left_nothing() -> None:
    looking = source(Goal.INSPECTED, TaskStatus())
    assert goals(decide(failing(looking, None), NOON)) == {SOURCE_TASK: Goal.ROLLED_BACK}
    token = CreatedResource("ProbeFile", "/images/.godwit-1", ResourceState.CREATED)
    wrote = source(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED, created_resources=(token,)))
    assert goals(decide(failing(wrote, None), NOON)) == {SOURCE_TASK: Goal.ROLLED_BACK}
    looked = source(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED))
    assert decide(failing(looked, None), NOON).journal.cleanup is Cleanup.DONE


def test_an_attempt_without_any_task_ends_at_once() -> None:
    decision = decide(observation(replace(BEGUN, ending=ENDING)), NOON)
    assert (decision.phase, decision.reason) == (Phase.FAILED, Reason.TLS_FAILED)
    assert decision.journal.cleanup is Cleanup.DONE


def test_a_prepared_destination_whose_sources_task_is_gone_needs_a_person() -> None:
    decision = decide(failing(None, destination(Goal.PREPARED, PREPARED, FAST)), NOON)
    assert (decision.phase, decision.acts) == (Phase.NEEDS_ATTENTION, ())


def test_too_late_takes_the_ending_back_and_the_migration_goes_on() -> None:
    late = source(Goal.ROLLED_BACK, replace(STARTED, too_late=True), FAST)
    decision = decide(failing(late, destination(Goal.PREPARED, PREPARED, FAST)), NOON)
    assert decision.journal.ending is None
    assert (decision.phase, decision.reason) == (Phase.SWITCHING_OVER, Reason.TOO_LATE)
    assert decision.acts == ()


def test_a_guest_that_left_too_late_is_committed_though_its_goal_is_the_roll_back() -> None:
    left = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)
    ours = replace(
        STARTED,
        too_late=True,
        stopped=Stopped(StopDetail.MIGRATED, NOON),
        evidence=evidence(left, "here", "there.1"),
    )
    theirs = replace(PREPARED, evidence=evidence(arrived(DomainState.RUNNING), "there", "here.1"))
    observed = observation(
        VALIDATED, source(Goal.ROLLED_BACK, ours, FAST), destination(Goal.PREPARED, theirs, FAST)
    )
    assert decide(observed, NOON).journal.committed_at == NOON


def after_ten_seconds(observed: Observation) -> Decision:
    journal = replace(observed.migration.status, undecided_since=later(-UNDECIDED_SECONDS))
    return decide(replace(observed, migration=replace(observed.migration, status=journal)), NOON)


def test_a_source_that_does_not_answer_after_its_start_needs_a_person() -> None:
    observed = failing(source(Goal.ROLLED_BACK, STARTED, FAST), destination(Goal.PREPARED, PREPARED, FAST))
    silent = replace(observed, hypervisors=SILENT_SOURCE)
    first, then = decide(silent, NOON), after_ten_seconds(answering(silent, NOON))
    assert (first.phase, first.journal.undecided_since) == (Phase.SWITCHING_OVER, NOON)
    assert (then.phase, then.journal.ending) == (Phase.NEEDS_ATTENTION, ENDING)
    assert goals(first) == {DESTINATION_TASK: Goal.PREPARED}
    assert goals(then) == {SOURCE_TASK: Goal.ROLLED_BACK}
    assert "host1 does not answer" in then.message


def test_a_source_that_cannot_tell_needs_a_person() -> None:
    unsafe = guest(DomainState.PAUSED, StateReason.IO_ERROR)
    ours = replace(STARTED, waiting=UNDECIDED, evidence=evidence(unsafe, "here", "there.1"))
    theirs = replace(PREPARED, evidence=evidence(ABSENT, "there", "here.1"))
    observed = failing(source(Goal.ROLLED_BACK, ours, FAST), destination(Goal.PREPARED, theirs, FAST))
    decision = after_ten_seconds(observed)
    assert (decision.phase, decision.journal.ending) == (Phase.NEEDS_ATTENTION, ENDING)
    assert "source: anything else" in decision.message


def rolled_back(source_: TaskStatus, destination_: TaskStatus) -> Observation:
    return failing(source(Goal.ROLLED_BACK, source_, FAST), destination(Goal.ROLLED_BACK, destination_, FAST))


def test_the_failure_is_told_when_both_are_rolled_back() -> None:
    decision = decide(rolled_back(ROLLED_BACK, ROLLED_BACK), NOON)
    assert (decision.phase, decision.reason, decision.message) == (
        Phase.FAILED,
        Reason.TLS_FAILED,
        "host1: certificate unknown",
    )
    assert (decision.journal.finished_at, decision.journal.cleanup) == (NOON, Cleanup.DONE)


def test_hosts_that_answer_are_waited_for_by_name() -> None:
    decision = decide(rolled_back(PREPARED, PREPARED), later(2))
    assert decision.journal.finished_at is None
    assert "waiting for host1 and host2" in decision.message


def test_a_wait_of_a_moment_is_told_by_no_write_of_its_own() -> None:
    seen = rolled_back(PREPARED, PREPARED)
    decision = decide(seen, later(0.5))
    assert decision.again_after_seconds == 1.5
    begun = decide(failing(source(Goal.PREPARED, PREPARED), destination(Goal.PREPARED, PREPARED)), NOON)
    assert decision.message == begun.message


def test_what_an_agent_waits_for_is_told_at_once() -> None:
    waits = replace(PREPARED, waiting=Failure(Reason.LIBVIRT_UNREACHABLE, "libvirtd is away"))
    assert "libvirtd is away" in decide(rolled_back(ROLLED_BACK, waits), NOON).message


def test_a_silent_destination_owes_its_clean_up() -> None:
    decision = decide(replace(rolled_back(ROLLED_BACK, PREPARED), hypervisors=SILENT_DESTINATION), NOON)
    assert (decision.phase, decision.journal.cleanup) == (Phase.FAILED, Cleanup.PENDING)
    assert "owed by host2" in decision.message


def test_a_destination_whose_libvirt_stays_away_owes_its_clean_up() -> None:
    waiting = decide(rolled_back(ROLLED_BACK, LIBVIRT_AWAY), later(4))
    assert waiting.journal.finished_at is None
    assert waiting.again_after_seconds == LIBVIRT_AWAY_SECONDS - 4
    over = decide(rolled_back(ROLLED_BACK, LIBVIRT_AWAY), later(LIBVIRT_AWAY_SECONDS))
    assert (over.phase, over.journal.cleanup) == (Phase.FAILED, Cleanup.PENDING)


def test_a_destination_whose_libvirt_can_not_end_the_copy_owes_it_and_says_what_to_do() -> None:
    """libvirt may hold a domain for ever that its own restart has left half started."""
    stuck = replace(PREPARED, waiting=Failure(Reason.OPERATION_TIMEOUT, "destroy: cannot acquire the lock"))
    over = decide(rolled_back(ROLLED_BACK, stuck), later(LIBVIRT_AWAY_SECONDS))
    assert (over.phase, over.journal.cleanup) == (Phase.FAILED, Cleanup.PENDING)
    assert "owed by host2 (destroy: cannot acquire the lock. Libvirt itself is busy" in over.message


def test_a_destination_that_runs_the_guest_owes_its_clean_up_with_the_reason() -> None:
    decision = decide(rolled_back(ROLLED_BACK, replace(PREPARED, owed=OWED)), NOON)
    assert decision.journal.cleanup is Cleanup.PENDING
    assert "host2 (VM vm1 runs here)" in decision.message


def test_nothing_is_rolled_back_without_an_ending() -> None:
    with pytest.raises(ValueError, match="without an ending"):
        roll_back(observation(VALIDATED), ROLL_BACK, NOON)


def test_a_guest_that_was_started_anew_at_the_source_is_no_reason_to_remove_the_copy_that_waits() -> None:
    anew, stopped = guest(run=None), Stopped(StopDetail.MIGRATED, NOON)
    observed = pair(anew, WAITS_THERE, stopped=stopped, plan=STRICT)
    assert after_ten_seconds(answering(observed, NOON)).phase is Phase.NEEDS_ATTENTION
    alone = decide(pair(anew, ABSENT, stopped=stopped, plan=STRICT), NOON)
    assert alone.journal.verdict is Outcome.ROLL_BACK
    assert alone.journal.ending is not None


def test_a_source_that_answered_too_late_is_told_that_what_runs_there_is_the_guest() -> None:
    late = source(Goal.ROLLED_BACK, replace(STARTED, too_late=True), FAST)
    observed = failing(late, destination(Goal.PREPARED, PREPARED, FAST))
    decided = replace(observed.migration.status, verdict=Outcome.ROLL_BACK)
    decision = decide(replace(observed, migration=replace(observed.migration, status=decided)), NOON)
    assert decision.journal.ending == ENDING
    [act] = decision.acts
    assert isinstance(act, WriteSpec)
    assert (act.task, act.spec.goal, act.spec.order) == (SOURCE_TASK, Goal.ROLLED_BACK, Order.STAY)
