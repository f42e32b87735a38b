"""Orders: the agent looks once more, writes its intent first, and does nothing where one does not fit."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.hosts import destination as at_destination
from godwit.domain.hosts import source as at_source
from godwit.domain.hosts.view import NO_JOB_SECONDS, HostAct, HostDecision
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Order, StopDetail, Stopped, TaskStatus

from ..builders import (
    ABSENT,
    FACTS,
    FAST,
    NOON,
    RUN_MARK,
    STARTING,
    STRICT,
    arrived,
    destination,
    guest,
    later,
    source,
)
from .views import view

BEGUN = TaskStatus(reached=Goal.PREPARED, facts=FACTS, run_mark=RUN_MARK, starting=STARTING)
PREPARED = TaskStatus(reached=Goal.PREPARED)
RUNS, BUSY, ANEW = guest(), guest(job=Job.MIGRATION_OUT), guest(run=None)
WAITS = guest(DomainState.PAUSED, StateReason.MIGRATION)
BY_USER = guest(DomainState.PAUSED, StateReason.USER)
UNSAFE = guest(DomainState.PAUSED, StateReason.IO_ERROR)
DIED = replace(guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None), autostart=True)
LEFT = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)
ENDED = Stopped(StopDetail.SHUTDOWN, NOON)
PAUSED = replace(STRICT, paused_before=True, resume_when=None)
RUNS_THERE = arrived(DomainState.RUNNING)
WAITS_THERE = arrived(DomainState.PAUSED, StateReason.USER)
NONE, RESUME, DESTROY = HostAct.NONE, HostAct.RESUME, HostAct.DESTROY


def here(
    goal: Goal, order: Order | None, seen: GuestView, status: TaskStatus = BEGUN, plan: Plan = FAST
) -> HostDecision:
    task = source(goal, status, plan)
    told = replace(task, spec=replace(task.spec, order=order))
    return at_source.decide(view(told, seen, quiet_seconds=NO_JOB_SECONDS), NOON)


def there(goal: Goal, order: Order | None, seen: GuestView, status: TaskStatus = PREPARED) -> HostDecision:
    task = destination(goal, status, FAST)
    return at_destination.decide(view(replace(task, spec=replace(task.spec, order=order)), seen), NOON)


@pytest.mark.parametrize(
    ("order", "seen", "act"),
    [
        (Order.DESTROY_WAITING, WAITS, DESTROY),
        (Order.DESTROY_WAITING, guest(DomainState.PAUSED, StateReason.API_ERROR), DESTROY),
        (Order.DESTROY_WAITING, replace(WAITS, marks=ANEW.marks), NONE),
        (Order.DESTROY_WAITING, RUNS, NONE),
        (Order.DESTROY_WAITING, BY_USER, NONE),
        (Order.DESTROY_WAITING, BUSY, NONE),
        (Order.DESTROY, RUNS, DESTROY),
        (Order.DESTROY, ANEW, DESTROY),
        (Order.DESTROY, UNSAFE, DESTROY),
        (Order.DESTROY, BUSY, NONE),
        (Order.DESTROY, LEFT, NONE),
        (Order.SUSPEND, RUNS, HostAct.SUSPEND),
        (Order.SUSPEND, BY_USER, NONE),
        (Order.SUSPEND, BUSY, NONE),
        (Order.RESUME, WAITS, NONE),
        (None, WAITS, NONE),
    ],
)
def test_at_the_source_an_order_fits_only_what_it_was_given_for(
    order: Order | None, seen: GuestView, act: HostAct
) -> None:
    decision = here(Goal.MIGRATED, order, seen)
    assert decision.act is act
    assert (decision.status.destroying_at == NOON) == (act is DESTROY)
    assert (decision.status.suspending_at == NOON) == (act is HostAct.SUSPEND)


@pytest.mark.parametrize(("picture", "act"), [("agent-1.1", DESTROY), ("agent-1.2", NONE), ("gone.1", NONE)])
def test_an_order_is_carried_out_only_on_the_picture_that_it_was_decided_from(
    picture: str, act: HostAct
) -> None:
    """An agent that was away, or another that follows it, has another picture."""
    task = source(Goal.MIGRATED, BEGUN, FAST)
    told = replace(task, spec=replace(task.spec, order=Order.DESTROY_WAITING, order_evidence=picture))
    assert at_source.decide(view(told, WAITS, quiet_seconds=NO_JOB_SECONDS), NOON).act is act


@pytest.mark.parametrize(("picture", "act"), [("agent-1.1", HostAct.SUSPEND), ("agent-1.2", NONE)])
def test_the_destination_keeps_to_the_picture_too(picture: str, act: HostAct) -> None:
    task = destination(Goal.PREPARED, PREPARED, FAST)
    told = replace(task, spec=replace(task.spec, order=Order.SUSPEND, order_evidence=picture))
    assert at_destination.decide(view(told, RUNS_THERE), NOON).act is act


@pytest.mark.parametrize(
    ("plan", "suspended", "act"),
    [(FAST, True, RESUME), (FAST, False, HostAct.SETTLE), (PAUSED, True, HostAct.SETTLE)],
)
def test_a_guest_that_we_stopped_while_two_ran_goes_on_once_it_is_committed(
    plan: Plan, suspended: bool, act: HostAct
) -> None:
    status = replace(PREPARED, resumed_at=NOON, suspending_at=NOON if suspended else None)
    task = destination(Goal.RELEASED, status, plan)
    assert at_destination.decide(view(task, WAITS_THERE), NOON).act is act


@pytest.mark.parametrize(
    ("order", "seen", "act"),
    [
        (Order.RESUME, WAITS, RESUME),
        (Order.RESUME, BY_USER, RESUME),
        (Order.RESUME, UNSAFE, NONE),
        (Order.RESUME, DIED, HostAct.START_ANEW),
        (Order.RESUME_OR_START, WAITS, RESUME),
        (Order.RESUME_OR_START, UNSAFE, RESUME),
        (Order.RESUME_OR_START, LEFT, HostAct.START_ANEW),
        (Order.RESUME_OR_START, RUNS, HostAct.RESTORE),
        (Order.RESUME_OR_START, ABSENT, NONE),
        (Order.START_IF_AUTOSTART, DIED, HostAct.START_ANEW),
        (Order.START_IF_AUTOSTART, LEFT, HostAct.RESTORE),
        (Order.DESTROY_WAITING, WAITS, DESTROY),
        (Order.DESTROY, RUNS, DESTROY),
    ],
)
def test_a_roll_back_carries_its_order_out_first(order: Order, seen: GuestView, act: HostAct) -> None:
    assert here(Goal.ROLLED_BACK, order, seen).act is act


def test_a_job_is_aborted_before_any_order_is_looked_at() -> None:
    for order in Order:
        assert here(Goal.ROLLED_BACK, order, BUSY).act is HostAct.ABORT


@pytest.mark.parametrize("order", [Order.RESUME, Order.RESUME_OR_START])
def test_a_guest_that_its_user_had_paused_is_put_back_paused(order: Order) -> None:
    assert here(Goal.ROLLED_BACK, order, WAITS, plan=PAUSED).act is HostAct.RESTORE


def test_a_guest_without_autostart_is_not_started_after_its_host_died() -> None:
    facts = replace(FACTS, view=replace(FACTS.view, autostart=False))
    status = replace(BEGUN, facts=facts)
    assert here(Goal.ROLLED_BACK, Order.START_IF_AUTOSTART, DIED, status).act is HostAct.RESTORE


def test_a_guest_that_ended_by_itself_is_not_started() -> None:
    status = replace(BEGUN, stopped=ENDED)
    decision = here(Goal.ROLLED_BACK, Order.START_IF_AUTOSTART, DIED, status)
    assert (decision.act, decision.status.reached) == (NONE, Goal.ROLLED_BACK)


@pytest.mark.parametrize("order", [Order.DESTROY, Order.DESTROY_WAITING])
@pytest.mark.parametrize("seen", [LEFT, DIED, ABSENT], ids=["left", "died", "absent"])
def test_a_source_whose_copy_was_given_up_and_is_off_answers_too_late(order: Order, seen: GuestView) -> None:
    decision = here(Goal.ROLLED_BACK, order, seen, replace(BEGUN, stopped=ENDED))
    assert decision.status.too_late
    assert decision.status.reached is not Goal.ROLLED_BACK


def test_a_source_that_runs_although_the_other_copy_counts_says_so_and_is_left_alone() -> None:
    decision = here(Goal.ROLLED_BACK, Order.DESTROY_WAITING, RUNS)
    assert decision.act is NONE
    assert decision.status.owed is not None
    assert "end it on one of the hosts" in decision.status.owed.message


def test_a_source_that_was_too_late_still_obeys() -> None:
    late = replace(BEGUN, too_late=True)
    assert here(Goal.ROLLED_BACK, Order.SUSPEND, ANEW, late).act is HostAct.SUSPEND
    assert here(Goal.ROLLED_BACK, Order.RESUME_OR_START, LEFT, late).act is HostAct.START_ANEW
    assert here(Goal.ROLLED_BACK, None, LEFT, late).act is NONE


@pytest.mark.parametrize(
    ("order", "seen", "act"),
    [
        (Order.DESTROY, RUNS, DESTROY),
        (Order.DESTROY_WAITING, WAITS, DESTROY),
        (Order.DESTROY_WAITING, RUNS, NONE),
        (None, WAITS, NONE),
        (Order.DESTROY, LEFT, HostAct.UNDEFINE),
    ],
)
def test_a_source_pays_what_it_owes_before_it_is_released(
    order: Order | None, seen: GuestView, act: HostAct
) -> None:
    decision = here(Goal.RELEASED, order, seen)
    assert decision.act is act
    assert (decision.status.owed is not None) == (act is NONE)


def test_the_moment_of_an_intent_is_written_once() -> None:
    first = replace(BEGUN, destroying_at=later(-9), suspending_at=later(-9), starting_anew_at=later(-9))
    assert here(Goal.MIGRATED, Order.DESTROY, RUNS, first).status.destroying_at == later(-9)
    assert here(Goal.MIGRATED, Order.SUSPEND, RUNS, first).status.suspending_at == later(-9)
    again = replace(BEGUN, starting_anew_at=later(-9))
    started = here(Goal.ROLLED_BACK, Order.RESUME_OR_START, LEFT, again)
    assert started.status.starting_anew_at == later(-9)


def test_a_guest_that_somebody_ends_after_it_was_started_anew_stays_off() -> None:
    off = guest(DomainState.SHUTOFF, StateReason.DESTROYED, run=None)
    for stopped_at, starts in ((later(-10), True), (later(-8), False)):
        status = replace(BEGUN, stopped=ENDED, starting_anew_at=later(-9))
        task = source(Goal.ROLLED_BACK, status, FAST)
        task = replace(task, spec=replace(task.spec, order=Order.RESUME_OR_START))
        seen = replace(view(task, off), stopped=Stopped(StopDetail.DESTROYED, stopped_at))
        assert (at_source.decide(seen, NOON).act is HostAct.START_ANEW) is starts


def test_a_guest_is_started_anew_only_after_the_intent() -> None:
    decision = here(Goal.ROLLED_BACK, Order.RESUME_OR_START, LEFT)
    assert (decision.act, decision.status.starting_anew_at) == (HostAct.START_ANEW, NOON)


@pytest.mark.parametrize("goal", [Goal.MIGRATED, Goal.ROLLED_BACK])
def test_a_guest_that_was_started_again_after_it_left_is_watched_until_that_is_told(goal: Goal) -> None:
    left = replace(BEGUN, stopped=Stopped(StopDetail.MIGRATED, NOON), too_late=goal is Goal.ROLLED_BACK)
    task = source(goal, left, FAST)
    unsure = at_source.decide(view(task, ANEW, quiet_seconds=1.0), NOON)
    assert unsure.again_after_seconds is not None
    sure = at_source.decide(view(task, ANEW, quiet_seconds=NO_JOB_SECONDS), NOON)
    assert sure.status.evidence is not None
    assert not sure.status.evidence.starting


# the destination


@pytest.mark.parametrize(
    ("order", "seen", "act"),
    [
        (Order.RESUME, WAITS_THERE, RESUME),
        (Order.RESUME, RUNS_THERE, NONE),
        (Order.RESUME, arrived(DomainState.PAUSED, StateReason.USER, mark="another/1"), NONE),
        (Order.SUSPEND, RUNS_THERE, HostAct.SUSPEND),
        (Order.SUSPEND, WAITS_THERE, NONE),
        (Order.SUSPEND, arrived(DomainState.RUNNING, mark="another/1"), NONE),
        (Order.DESTROY, RUNS_THERE, NONE),
    ],
)
def test_at_the_destination_an_order_fits_only_our_own_copy(
    order: Order, seen: GuestView, act: HostAct
) -> None:
    decision = there(Goal.PREPARED, order, seen)
    assert decision.act is act
    assert (decision.status.resuming_at == NOON) == (act is RESUME)
    assert (decision.status.suspending_at == NOON) == (act is HostAct.SUSPEND)


def test_only_an_order_removes_a_copy_that_runs() -> None:
    assert there(Goal.ROLLED_BACK, Order.DESTROY, RUNS_THERE).act is HostAct.REMOVE
    kept = there(Goal.ROLLED_BACK, None, RUNS_THERE)
    assert kept.act is NONE
    assert isinstance(kept.status.owed, Failure)
    assert kept.status.owed.reason is Reason.DESTINATION_RUNS


def test_a_copy_that_ran_between_two_looks_is_known_to_have_run() -> None:
    off = arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN)
    seen = view(destination(Goal.PREPARED, PREPARED, FAST), off, resumed_at=later(-3))
    assert at_destination.decide(seen, NOON).status.resumed_at == later(-3)
