"""The source's agent besides the start: what it prepares, tells, puts back and lets go."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, JobStats, StateReason
from godwit.domain.hosts.source import LOOK_AGAIN_SECONDS, decide
from godwit.domain.hosts.view import NO_JOB_SECONDS, Call, HostAct, HostDecision
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, JobResult, Order, StopDetail, Stopped, TaskStatus

from ..builders import ABSENT, FACTS, FAST, NOON, OUTLOOK, RUN_MARK, STARTING, guest, source
from .views import view

NEW = guest(run=None)
INSPECTED = TaskStatus(reached=Goal.INSPECTED, facts=FACTS, run_mark=RUN_MARK)
PREPARED = replace(INSPECTED, reached=Goal.PREPARED)
BEGUN = replace(PREPARED, starting=STARTING)
FAILURE = Failure(Reason.LIBVIRT_ERROR, "no")
FILE = CreatedResource("ProbeFile", "/shared/.godwit-1", ResourceState.CREATED)
BUSY = guest(job=Job.MIGRATION_OUT)
LEFT = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)


def on(goal: Goal, status: TaskStatus, seen: GuestView, *, claimed: bool | None = True) -> HostDecision:
    return decide(view(source(goal, status, FAST), seen, claimed=claimed, quiet_seconds=NO_JOB_SECONDS), NOON)


def test_a_new_task_inspects() -> None:
    assert on(Goal.INSPECTED, TaskStatus(), NEW).act is HostAct.INSPECT


@pytest.mark.parametrize("status", [INSPECTED, TaskStatus(failure=FAILURE)])
def test_what_is_inspected_or_failed_is_not_inspected_again(status: TaskStatus) -> None:
    assert on(Goal.INSPECTED, status, NEW) == HostDecision(status)


@pytest.mark.parametrize(
    ("goal", "status"), [(Goal.INSPECTED, TaskStatus()), (Goal.PREPARED, INSPECTED)], ids=str
)
def test_a_guest_that_is_gone_or_another_migrations_is_not_touched(goal: Goal, status: TaskStatus) -> None:
    gone, taken = on(goal, status, ABSENT), on(goal, status, NEW, claimed=False)
    assert (gone.act, taken.act) == (HostAct.NONE, HostAct.NONE)
    assert gone.status.failure is not None
    assert gone.status.failure.reason is Reason.VM_NOT_FOUND
    assert taken.status.failure is not None
    assert taken.status.failure.reason is Reason.CLAIMED_BY_ANOTHER


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (INSPECTED, NEW),
        (INSPECTED, replace(guest(), autostart=True)),
        (replace(INSPECTED, created_resources=(FILE,)), guest()),
    ],
    ids=["no run mark", "autostart", "token left"],
)
def test_what_is_not_prepared_yet_is_prepared(status: TaskStatus, seen: GuestView) -> None:
    assert on(Goal.PREPARED, status, seen).act is HostAct.PREPARE


def test_a_guest_that_bears_the_mark_and_does_not_start_by_itself_is_prepared() -> None:
    decision = on(Goal.PREPARED, INSPECTED, guest())
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.PREPARED)


@pytest.mark.parametrize("status", [TaskStatus(), PREPARED, replace(INSPECTED, failure=FAILURE)])
def test_only_what_is_inspected_and_did_not_fail_is_prepared(status: TaskStatus) -> None:
    assert on(Goal.PREPARED, status, NEW) == HostDecision(status)


def test_what_was_waited_for_is_forgotten_when_the_agent_looks_again() -> None:
    assert on(Goal.PREPARED, replace(PREPARED, waiting=FAILURE), guest()).status.waiting is None


# progress and result


def told(before: JobStats | None, now: JobStats, seen: GuestView = BUSY) -> JobStats | None:
    task = source(Goal.MIGRATED, replace(BEGUN, progress=before), FAST)
    return decide(view(task, seen, call=Call.RUNNING, stats=now), NOON).status.progress


def stats(elapsed_seconds: float, remaining_bytes: int = 50) -> JobStats:
    return JobStats(int(elapsed_seconds * 1000), data_total_bytes=100, data_remaining_bytes=remaining_bytes)


def test_a_job_that_is_over_in_a_moment_tells_no_progress() -> None:
    assert told(None, stats(4.9)) is None
    assert told(None, stats(5)) == stats(5)


def test_progress_is_told_every_ten_seconds_and_only_when_it_moved() -> None:
    before = stats(2)
    assert told(before, stats(11.9, 40)) == before
    assert told(before, stats(12, 40)) == stats(12, 40)
    assert told(before, stats(60, 50)) == before


def test_no_progress_is_told_of_a_guest_that_is_off() -> None:
    assert told(None, stats(60), LEFT) is None


def test_the_result_is_recorded_once_the_job_is_certainly_over() -> None:
    task = source(Goal.MIGRATED, BEGUN, FAST)
    running = view(task, BUSY, call=Call.RUNNING, completed=stats(9))
    left = replace(running, guest=LEFT, suspended_at=NOON)
    returned = replace(running, guest=guest(), call=Call.RETURNED)
    assert decide(running, NOON).status.result is None
    assert decide(left, NOON).status.result == JobResult(stats(9), NOON)
    assert decide(returned, NOON).status.result == JobResult(stats(9))


def test_a_result_that_comes_after_the_guest_has_left_waits_for_the_next_write() -> None:
    running = view(source(Goal.MIGRATED, BEGUN, FAST), BUSY, call=Call.RUNNING)
    told_off = replace(running.task, status=decide(replace(running, guest=LEFT), NOON).status)
    late = view(told_off, LEFT, completed=stats(9), suspended_at=NOON)
    assert told_off.status.stopped
    assert decide(late, NOON).status == told_off.status
    asked = replace(told_off.spec, challenge="anew")
    released = replace(told_off.spec, goal=Goal.RELEASED)
    for spec in (asked, released):
        seen = replace(late, task=replace(told_off, spec=spec))
        assert decide(seen, NOON).status.result == JobResult(stats(9), NOON)


# roll back


def test_before_the_start_everything_is_put_back_at_once() -> None:
    assert on(Goal.ROLLED_BACK, PREPARED, guest()).act is HostAct.RESTORE


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (PREPARED, replace(guest(run=None), autostart=False)),
        (PREPARED, replace(guest(), autostart=True)),
        (replace(PREPARED, created_resources=(FILE,)), replace(NEW, autostart=True)),
        (replace(PREPARED, created_resources=(FILE,)), ABSENT),
    ],
    ids=["autostart", "mark", "token", "token of an absent guest"],
)
def test_each_thing_that_is_not_as_it_was_is_restored(status: TaskStatus, seen: GuestView) -> None:
    assert on(Goal.ROLLED_BACK, status, seen).act is HostAct.RESTORE


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (PREPARED, replace(NEW, autostart=True)),
        (PREPARED, replace(NEW, persistent=False)),
        (PREPARED, ABSENT),
        (TaskStatus(), NEW),
        (TaskStatus(), guest(run="somebody else's")),
    ],
    ids=["as it was", "transient", "absent", "never inspected", "never ours"],
)
def test_what_is_as_it_was_is_rolled_back(status: TaskStatus, seen: GuestView) -> None:
    decision = on(Goal.ROLLED_BACK, replace(status, owed=FAILURE), seen)
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.ROLLED_BACK)
    assert decision.status.owed is None


@pytest.mark.parametrize(
    "seen",
    [
        guest(run="another's"),
        replace(guest(), autostart=False),
        replace(BUSY, autostart=False),
    ],
    ids=["marked", "without autostart", "on its way"],
)
def test_a_task_that_was_only_asked_to_look_puts_nothing_of_the_guest_back(seen: GuestView) -> None:
    looked = replace(INSPECTED, facts=replace(FACTS, view=replace(FACTS.view, autostart=True)))
    decision = decide(view(source(Goal.ROLLED_BACK, looked), seen, claimed=None), NOON)
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.ROLLED_BACK)
    token = replace(looked, created_resources=(FILE,))
    assert decide(view(source(Goal.ROLLED_BACK, token), seen), NOON).act is HostAct.RESTORE


def test_nor_does_it_start_a_guest_that_has_left_and_whose_host_was_off_since() -> None:
    looked = replace(INSPECTED, facts=replace(FACTS, view=replace(FACTS.view, autostart=True)))
    off = replace(guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None), autostart=False)
    assert decide(view(source(Goal.ROLLED_BACK, looked), off), NOON).act is HostAct.NONE
    prepared = decide(view(source(Goal.ROLLED_BACK, looked, FAST), off), NOON)
    assert prepared.act is HostAct.START_ANEW


def test_a_job_that_runs_is_aborted_and_looked_at_again() -> None:
    decision = on(Goal.ROLLED_BACK, BEGUN, BUSY)
    assert (decision.act, decision.again_after_seconds) == (HostAct.ABORT, LOOK_AGAIN_SECONDS)
    assert decision.status.waiting is not None


@pytest.mark.parametrize(
    ("call", "quiet_seconds", "waits"),
    [
        (Call.RUNNING, NO_JOB_SECONDS * 9, True),
        (Call.NONE, NO_JOB_SECONDS - 0.1, True),
        (Call.NONE, NO_JOB_SECONDS, False),
        (Call.RETURNED, 0.0, False),
    ],
)
def test_nothing_is_rolled_back_while_the_call_may_still_begin_a_job(
    call: Call, quiet_seconds: float, waits: bool
) -> None:
    looked = view(source(Goal.ROLLED_BACK, BEGUN, FAST), guest(), call=call, quiet_seconds=quiet_seconds)
    decision = decide(looked, NOON)
    assert (decision.act is HostAct.NONE) == waits
    assert (decision.again_after_seconds == LOOK_AGAIN_SECONDS) == waits
    assert decision.status.reached is not Goal.ROLLED_BACK


def test_a_guest_that_has_left_is_too_late_for_a_roll_back() -> None:
    decision = on(Goal.ROLLED_BACK, BEGUN, LEFT)
    assert decision.act is HostAct.NONE
    assert decision.status.too_late
    assert decision.status.reached is not Goal.ROLLED_BACK


def test_a_guest_that_left_and_was_started_anew_here_is_not_taken_for_one_that_stayed() -> None:
    left = replace(BEGUN, stopped=Stopped(StopDetail.MIGRATED, NOON))
    anew = on(Goal.ROLLED_BACK, left, guest(run=None))
    assert (anew.act, anew.status.too_late, anew.status.reached) == (HostAct.NONE, True, Goal.PREPARED)
    task = source(Goal.ROLLED_BACK, anew.status, FAST)
    told = replace(task, spec=replace(task.spec, order=Order.STAY))
    autostarted = replace(guest(run=None), autostart=not FACTS.view.autostart)
    stays = decide(view(told, autostarted, quiet_seconds=NO_JOB_SECONDS), NOON)
    assert (stays.act, stays.status.too_late) == (HostAct.RESTORE, False)


def test_once_too_late_it_stays_so_and_evidence_goes_on() -> None:
    late = replace(BEGUN, too_late=True, stopped=Stopped(StopDetail.MIGRATED, NOON))
    decision = on(Goal.ROLLED_BACK, late, LEFT)
    assert decision.act is HostAct.NONE
    assert decision.status.too_late
    assert decision.status.evidence is not None


@pytest.mark.parametrize("reason", [StateReason.MIGRATION, StateReason.API_ERROR, StateReason.IO_ERROR])
def test_a_guest_that_the_other_host_may_have_is_left_alone_by_name(reason: StateReason) -> None:
    decision = on(Goal.ROLLED_BACK, BEGUN, guest(DomainState.PAUSED, reason))
    assert decision.act is HostAct.NONE
    assert decision.status.reached is not Goal.ROLLED_BACK
    assert decision.status.waiting is not None
    assert decision.status.waiting.reason is Reason.EVIDENCE_UNDECIDED


@pytest.mark.parametrize(
    "seen",
    [guest(), guest(DomainState.PAUSED, StateReason.USER)],
    ids=["runs", "paused by its user"],
)
def test_a_guest_that_stayed_is_restored_after_the_job(seen: GuestView) -> None:
    assert on(Goal.ROLLED_BACK, BEGUN, seen).act is HostAct.RESTORE


def test_a_guest_that_its_user_ended_is_restored_once_the_other_host_was_asked() -> None:
    ended = replace(BEGUN, stopped=Stopped(StopDetail.SHUTDOWN, NOON))
    off = replace(guest(DomainState.SHUTOFF, StateReason.SHUTDOWN, run=None), autostart=False)
    waiting = on(Goal.ROLLED_BACK, ended, off)
    assert waiting.act is HostAct.NONE
    assert waiting.status.waiting is not None
    assert waiting.status.waiting.reason is Reason.EVIDENCE_UNDECIDED
    told = source(Goal.ROLLED_BACK, ended, FAST)
    told = replace(told, spec=replace(told.spec, order=Order.START_IF_AUTOSTART))
    assert decide(view(told, off, quiet_seconds=NO_JOB_SECONDS), NOON).act is HostAct.RESTORE


@pytest.mark.parametrize("goal", [Goal.ROLLED_BACK, Goal.RELEASED])
def test_a_task_that_is_over_takes_no_more_evidence(goal: Goal) -> None:
    over = replace(BEGUN, reached=goal)
    assert on(goal, over, LEFT) == HostDecision(over)


# release


def test_an_inactive_definition_is_dropped_and_then_the_source_is_released() -> None:
    left = replace(BEGUN, reached=Goal.MIGRATED, stopped=Stopped(StopDetail.MIGRATED, NOON))
    assert on(Goal.RELEASED, left, LEFT).act is HostAct.UNDEFINE
    done = on(Goal.RELEASED, replace(left, owed=FAILURE), ABSENT)
    assert (done.act, done.status.reached, done.status.owed) == (HostAct.NONE, Goal.RELEASED, None)


def test_a_source_that_is_active_again_is_never_undefined() -> None:
    decision = on(Goal.RELEASED, replace(BEGUN, reached=Goal.MIGRATED), guest())
    assert decision.act is HostAct.NONE
    assert decision.status.owed is not None
    assert "active here again" in decision.status.owed.message


DIED = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)


@pytest.mark.parametrize(
    ("seen", "act"),
    [
        (DIED, HostAct.START_ANEW),
        (replace(DIED, autostart=True), HostAct.NONE),
        (replace(DIED, reason=StateReason.SHUTDOWN), HostAct.RESTORE),
        (replace(DIED, persistent=False), HostAct.NONE),
    ],
    ids=["its boot did not", "its boot does", "its user ended it", "it has no definition"],
)
def test_a_guest_that_died_with_its_host_while_we_kept_it_from_starting_is_started(
    seen: GuestView, act: HostAct
) -> None:
    decision = on(Goal.ROLLED_BACK, PREPARED, seen)
    assert decision.act is act
    assert (decision.status.starting_anew_at == NOON) == (act is HostAct.START_ANEW)


def test_the_road_is_looked_down_again_as_often_as_it_is_asked() -> None:
    status = replace(INSPECTED, outlook=OUTLOOK)
    task = source(Goal.INSPECTED, status)
    asked = replace(task, spec=replace(task.spec, looks=1))
    answered = replace(asked, status=replace(status, outlook=replace(OUTLOOK, look=1)))
    acts = [decide(view(each, NEW), NOON).act for each in (task, asked, answered)]
    assert acts == [HostAct.NONE, HostAct.LOOK_OUT, HostAct.NONE]
