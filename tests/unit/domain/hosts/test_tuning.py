"""The limits of a job: put in force before it and while it runs, and what follows when its time is over."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, JobStats, StateReason
from godwit.domain.hosts.source import decide
from godwit.domain.hosts.view import Call, HostAct, HostView
from godwit.domain.limits import Limits, OnTimeout
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal

from ..builders import FAST, NOON, guest, source
from .test_source import BEGUN, BUSY
from .views import view

ABORT = Limits(timeout_seconds=60)
SUSPEND = Limits(timeout_seconds=60, on_timeout=OnTimeout.SUSPEND)


def running(asked: Limits | None, in_force: Limits | None, elapsed_seconds: float = 1) -> HostView:
    task = source(Goal.MIGRATED, replace(BEGUN, limits=in_force), FAST)
    stats = JobStats(elapsed_milliseconds=int(1000 * elapsed_seconds))
    limited = replace(task, spec=replace(task.spec, limits=asked))
    return view(limited, BUSY, call=Call.RUNNING, stats=stats)


def test_a_limit_that_is_not_in_force_is_put_in_force() -> None:
    assert decide(running(ABORT, None), NOON).act is HostAct.TUNE


def test_what_is_in_force_is_left_alone() -> None:
    assert decide(running(ABORT, ABORT), NOON).act is HostAct.NONE


def test_a_limit_that_is_taken_back_is_put_back() -> None:
    assert decide(running(Limits(), ABORT), NOON).act is HostAct.TUNE


def test_a_limit_that_was_taken_back_before_anybody_recorded_it_is_put_back_too() -> None:
    assert decide(running(Limits(), None), NOON).act is HostAct.TUNE


def test_where_no_limit_was_ever_asked_for_nothing_is_tuned() -> None:
    assert decide(running(None, None), NOON).act is HostAct.NONE


def test_a_job_whose_time_is_over_is_aborted_and_says_why() -> None:
    decision = decide(running(ABORT, ABORT, 60), NOON)
    assert decision.act is HostAct.ABORT
    assert decision.status.failure is not None
    assert decision.status.failure.reason is Reason.TIMEOUT
    assert "60 s" in decision.status.failure.message


def test_a_guest_whose_jobs_time_is_over_stands_still_after_the_intent() -> None:
    decision = decide(running(SUSPEND, SUSPEND, 60), NOON)
    assert (decision.act, decision.status.held_at) == (HostAct.SUSPEND, NOON)
    assert decision.status.failure is None


def test_a_guest_that_stands_still_is_not_stopped_again() -> None:
    still = replace(running(SUSPEND, SUSPEND, 60), guest=replace(BUSY, state=DomainState.PAUSED))
    assert decide(still, NOON).act is HostAct.NONE


@pytest.mark.parametrize("limits", [ABORT, SUSPEND])
def test_a_job_that_has_time_goes_on(limits: Limits) -> None:
    assert decide(running(limits, limits, 59), NOON).act is HostAct.NONE


def test_a_guest_without_a_job_is_not_out_of_time() -> None:
    over = replace(running(SUSPEND, SUSPEND, 60), guest=guest(), call=Call.RETURNED)
    assert decide(over, NOON).act is HostAct.NONE


@pytest.mark.parametrize("recorded", [ABORT, None], ids=["recorded", "its agent was killed before that"])
def test_former_limits_are_put_back_before_the_roll_back_is_reached(recorded: Limits | None) -> None:
    back = running(ABORT, recorded)
    task = replace(back.task, spec=replace(back.task.spec, goal=Goal.ROLLED_BACK))
    failed = replace(back, task=task, guest=guest(reason=StateReason.MIGRATION_CANCELED), call=Call.RETURNED)
    assert decide(failed, NOON).act is HostAct.RESTORE


def test_a_guest_that_has_left_has_no_limits_to_put_in_force() -> None:
    left = replace(running(ABORT, None), guest=guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None))
    assert decide(left, NOON).act is not HostAct.TUNE
