"""The job and the switchover: nothing irreversible is decided without both sides' word."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import WriteSpec
from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.limits import Limits, OnTimeout
from godwit.domain.migration import Phase
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.steps.run import ITS_OWN_MOMENT_SECONDS
from godwit.domain.task import Failure, Goal, StopDetail, Stopped, TaskStatus
from godwit.domain.vocabulary import Outcome

from ..builders import (
    ABSENT,
    DESTINATION_TASK,
    FAST,
    NOON,
    SOURCE_TASK,
    STRICT,
    VALIDATED,
    arrived,
    destination,
    guest,
    later,
    observation,
    source,
)
from .pairs import BEGUN, BUSY, FAILURE, LEFT, PREPARED, RUNS_THERE, STOPPED, WAITS_THERE, ended, pair

# before the start


def waiting_to_start(status: TaskStatus = PREPARED, goal: Goal = Goal.PREPARED) -> Observation:
    return observation(
        VALIDATED,
        source(goal, status, FAST),
        destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), FAST),
    )


def test_the_source_gets_its_goal_once() -> None:
    [act] = decide(waiting_to_start(), NOON).acts
    assert isinstance(act, WriteSpec)
    assert (act.task, act.spec.goal, act.spec.plan) == (SOURCE_TASK, Goal.MIGRATED, FAST)
    waiting = decide(waiting_to_start(goal=Goal.MIGRATED), later(10))
    assert (waiting.acts, waiting.phase, waiting.again_after_seconds) == ((), Phase.MIGRATING, 290)


def test_a_start_that_was_refused_or_never_came_ends_the_migration() -> None:
    refused = decide(waiting_to_start(replace(PREPARED, failure=FAILURE), Goal.MIGRATED), NOON)
    assert ended(refused) is Reason.TLS_FAILED
    assert "host1: certificate unknown" in refused.message
    assert ended(decide(waiting_to_start(goal=Goal.MIGRATED), later(300))) is Reason.START_TIMEOUT


def test_a_destination_task_that_somebody_deleted_during_the_job_needs_a_person() -> None:
    decision = decide(replace(pair(BUSY, ABSENT), destination=None), NOON)
    assert decision.phase is Phase.NEEDS_ATTENTION
    assert decision.journal.ending is None
    assert "destination's task was deleted" in decision.message


def test_a_source_task_that_somebody_deleted_during_the_job_needs_a_person() -> None:
    lost = replace(pair(BUSY, ABSENT), source=None)
    first = decide(lost, NOON)
    then = decide(replace(lost, migration=replace(lost.migration, status=first.journal)), NOON)
    assert then.phase is Phase.NEEDS_ATTENTION
    assert then.acts == ()
    assert "source's task was deleted" in then.message


# while the job runs


def test_a_job_that_runs_is_watched_and_nobody_is_asked() -> None:
    decision = decide(pair(BUSY, ABSENT, asked=False), NOON)
    assert (decision.phase, decision.acts) == (Phase.MIGRATING, ())
    assert "host1 sends the guest to host2" in decision.message


def test_a_job_that_hangs_on_something_says_so() -> None:
    observed = pair(BUSY, ABSENT)
    assert observed.source is not None
    waits = replace(observed.source.status, waiting=Failure(Reason.LIBVIRT_UNREACHABLE, "libvirtd is away"))
    decision = decide(replace(observed, source=replace(observed.source, status=waits)), NOON)
    assert "host1: libvirtd is away" in decision.message


def test_a_job_in_its_switchover_is_told_as_such_and_the_source_is_asked() -> None:
    decision = decide(pair(BUSY, RUNS_THERE, asked=False), NOON)
    assert decision.phase is Phase.SWITCHING_OVER
    challenges = {act.task: act.spec.challenge for act in decision.acts if isinstance(act, WriteSpec)}
    assert challenges == {SOURCE_TASK: "there.1"}


def test_nobody_is_asked_about_a_copy_that_waits_for_the_word_while_the_sources_job_ends() -> None:
    assert decide(pair(BUSY, WAITS_THERE, plan=STRICT, asked=False), NOON).acts == ()
    stays_paused = replace(STRICT, paused_before=True, resume_when=None)
    assert decide(pair(BUSY, WAITS_THERE, plan=stays_paused, asked=False), NOON).acts != ()


def test_a_destination_without_evidence_is_asked_about_the_sources() -> None:
    observed = pair(guest(), ABSENT, asked=False)
    silent = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), FAST)
    decision = decide(replace(observed, destination=silent), NOON)
    [act] = decision.acts
    assert isinstance(act, WriteSpec)
    assert (act.task, act.spec.challenge) == (DESTINATION_TASK, "here.1")
    assert decision.journal.ending is None


def test_a_source_whose_evidence_is_not_here_yet_counts_as_a_job() -> None:
    observed = pair(BUSY, ABSENT)
    unseen = replace(observed, source=source(Goal.MIGRATED, BEGUN, FAST))
    assert decide(unseen, NOON).phase is Phase.MIGRATING


def test_going_on_forgets_that_anything_was_undecided() -> None:
    observed = pair(BUSY, ABSENT)
    journal = replace(observed.migration.status, undecided_since=later(-5))
    going = replace(observed, migration=replace(observed.migration, status=journal))
    assert decide(going, NOON).journal.undecided_since is None


# the end of the job


def test_the_guest_that_runs_there_and_is_off_here_is_committed() -> None:
    decision = decide(pair(LEFT, RUNS_THERE, stopped=STOPPED), NOON)
    assert decision.journal.committed_at == NOON
    assert decision.phase is Phase.FINALIZING


@pytest.mark.parametrize("stale", ["source", "destination", "both"])
def test_nothing_irreversible_is_decided_before_both_sides_answered_each_other(stale: str) -> None:
    observed = pair(LEFT, RUNS_THERE, stopped=STOPPED)
    for task in (observed.source, observed.destination):
        assert task is not None
        side = "source" if task is observed.source else "destination"
        assert task.status.evidence is not None
        if stale in (side, "both"):
            old = replace(task.status, evidence=replace(task.status.evidence, challenge="former.1"))
            observed = replace(observed, **{side: replace(task, status=old)})
    decision = decide(observed, NOON)
    assert decision.journal.committed_at is None
    assert decision.journal.ending is None
    assert decision.phase is Phase.SWITCHING_OVER
    assert decision.phase is Phase.SWITCHING_OVER


def test_a_side_that_was_asked_already_is_not_asked_again() -> None:
    observed = pair(LEFT, RUNS_THERE, stopped=STOPPED)
    assert observed.source is not None
    assert observed.source.status.evidence is not None
    unanswered = replace(
        observed.source.status, evidence=replace(observed.source.status.evidence, challenge="")
    )
    decision = decide(replace(observed, source=replace(observed.source, status=unanswered)), NOON)
    assert decision.acts == ()
    assert decision.journal.committed_at is None


def test_a_guest_that_moved_and_was_ended_by_its_user_is_committed() -> None:
    observed = pair(LEFT, arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), stopped=STOPPED)
    assert observed.destination is not None
    ran = replace(observed.destination.status, resumed_at=NOON)
    decision = decide(replace(observed, destination=replace(observed.destination, status=ran)), NOON)
    assert decision.journal.committed_at == NOON


def test_a_strict_copy_that_waits_for_the_sources_word_is_left_to_its_agent() -> None:
    decision = decide(pair(LEFT, WAITS_THERE, stopped=STOPPED, plan=STRICT), NOON)
    assert decision.phase is Phase.SWITCHING_OVER
    assert decision.journal.committed_at is None
    assert decision.journal.ending is None


def just_left(there: GuestView, plan: Plan) -> Observation:
    """The source's word has come this very moment."""
    left = pair(LEFT, there, stopped=STOPPED, plan=plan, asked=False)
    fresh = replace(left.migration.status, undecided_since=None)
    return replace(left, migration=replace(left.migration, status=fresh))


@pytest.mark.parametrize("there", [ABSENT, WAITS_THERE])
def test_its_agent_has_a_moment_in_which_nobody_writes_its_task(there: GuestView) -> None:
    fresh = just_left(there, STRICT)
    decision = decide(fresh, NOON)
    assert (decision.phase, decision.acts) == (Phase.SWITCHING_OVER, ())
    assert decision.again_after_seconds == ITS_OWN_MOMENT_SECONDS
    since = replace(fresh, migration=replace(fresh.migration, status=decision.journal))
    assert decide(since, later(0.9)).acts == ()
    assert decide(since, later(ITS_OWN_MOMENT_SECONDS)).acts != ()


def test_the_moment_comes_once() -> None:
    told = just_left(WAITS_THERE, STRICT)
    journal = replace(told.migration.status, verdict=Outcome.RESUME_DESTINATION_AND_COMMIT)
    assert decide(replace(told, migration=replace(told.migration, status=journal)), NOON).acts != ()


@pytest.mark.parametrize(
    ("there", "plan"),
    [(RUNS_THERE, STRICT), (ABSENT, FAST), (WAITS_THERE, replace(STRICT, resume_when=None))],
    ids=["runs already", "fast", "nobody's word is waited for"],
)
def test_no_other_pair_waits_for_that(there: GuestView, plan: Plan) -> None:
    assert decide(just_left(there, plan), NOON).acts != ()


def test_a_guest_that_was_paused_before_is_committed_while_it_is_paused() -> None:
    paused = replace(STRICT, paused_before=True, resume_when=None)
    assert decide(pair(LEFT, WAITS_THERE, stopped=STOPPED, plan=paused), NOON).journal.committed_at == NOON


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (guest(), ABSENT),
        (guest(), arrived(DomainState.PAUSED, StateReason.MIGRATION)),
        (guest(), WAITS_THERE),
        (guest(), arrived(DomainState.SHUTOFF, StateReason.FAILED)),
    ],
    ids=["none", "incoming", "arrived and waits", "off"],
)
def test_a_guest_that_stayed_here_ends_the_migration_with_libvirts_reason(
    here: GuestView, there: GuestView
) -> None:
    decision = decide(pair(here, there, failure=FAILURE), NOON)
    assert ended(decision) is Reason.TLS_FAILED
    assert "host1: certificate unknown" in decision.message


def test_a_job_that_ended_without_a_word_says_so() -> None:
    assert ended(decide(pair(guest(), ABSENT), NOON)) is Reason.JOB_LOST


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        (StopDetail.SHUTDOWN, Reason.GUEST_SHUT_DOWN),
        (StopDetail.DESTROYED, Reason.GUEST_DESTROYED),
        (StopDetail.CRASHED, Reason.GUEST_CRASHED),
    ],
)
def test_a_guest_that_ended_by_itself_is_not_called_a_failed_migration(
    detail: StopDetail, reason: Reason
) -> None:
    off = guest(DomainState.SHUTOFF, StateReason.SHUTDOWN, run=None)
    decision = decide(pair(off, ABSENT, stopped=Stopped(detail, NOON)), NOON)
    assert ended(decision) is reason
    assert detail.lower() in decision.message


def test_a_guest_that_is_held_because_its_time_is_over_is_told_so() -> None:
    seen = pair(guest(DomainState.PAUSED, StateReason.MIGRATION, job=Job.MIGRATION_OUT), ABSENT)
    assert seen.source is not None
    limits = Limits(timeout_seconds=3, on_timeout=OnTimeout.SUSPEND)
    held = replace(
        seen.source,
        spec=replace(seen.source.spec, limits=limits),
        status=replace(seen.source.status, held_at=NOON),
    )
    decision = decide(replace(seen, source=held), NOON)
    assert decision.phase is Phase.MIGRATING
    assert "stands still until then: tuning.timeout (3 s) is over" in decision.message


def test_a_job_that_failed_is_no_switchover() -> None:
    assert decide(pair(guest(), ABSENT, asked=False, failure=FAILURE), NOON).phase is Phase.MIGRATING
