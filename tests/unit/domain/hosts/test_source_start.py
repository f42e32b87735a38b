"""The start fence of the source's agent: one call per attempt, and only after it is written down."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.hosts.source import LOOK_AGAIN_SECONDS, decide
from godwit.domain.hosts.view import NO_JOB_SECONDS, Call, HostAct
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, StopDetail, Stopped, TaskStatus

from ..builders import ABSENT, FACTS, FAST, NOON, RUN_MARK, STARTING, evidence, guest, later, source
from .views import AGENT, view

PREPARED = TaskStatus(reached=Goal.PREPARED, facts=FACTS, run_mark=RUN_MARK)
BEGUN = replace(PREPARED, starting=STARTING)
READY = source(Goal.MIGRATED, PREPARED, FAST)
BUSY = guest(job=Job.MIGRATION_OUT)
LEFT = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)


def test_the_call_follows_a_write_of_starting_in_the_same_decision() -> None:
    decision = decide(view(READY, guest()), NOON)
    assert decision.act is HostAct.START
    assert decision.status.starting == STARTING
    assert decision.status.evidence is not None
    assert decision.status.evidence.starting


def test_starting_names_the_devices_that_were_inspected() -> None:
    changed = source(Goal.MIGRATED, replace(PREPARED, facts=replace(FACTS, devices_digest="two nics")), FAST)
    starting = decide(view(changed, guest()), NOON).status.starting
    assert starting is not None
    assert starting.devices_digest == "two nics"


@pytest.mark.parametrize(
    ("then", "now", "word"),
    [
        (DomainState.RUNNING, DomainState.PAUSED, "paused"),
        (DomainState.PAUSED, DomainState.RUNNING, "resumed"),
    ],
)
def test_a_guest_that_was_paused_or_resumed_since_its_inspection_is_another_one(
    then: DomainState, now: DomainState, word: str
) -> None:
    facts = replace(FACTS, view=replace(FACTS.view, state=then))
    task = source(Goal.MIGRATED, replace(PREPARED, facts=facts), FAST)
    decision = decide(view(task, replace(guest(), state=now)), NOON)
    assert decision.act is HostAct.NONE
    assert decision.status.failure is not None
    assert decision.status.failure.reason is Reason.GUEST_CHANGED
    assert f"was {word} after it was inspected" in decision.status.failure.message


@pytest.mark.parametrize("call", list(Call))
@pytest.mark.parametrize("seen", [guest(), BUSY, LEFT, ABSENT], ids=["runs", "busy", "left", "absent"])
@pytest.mark.parametrize("quiet_seconds", [0.0, NO_JOB_SECONDS * 2])
def test_an_agent_that_finds_starting_written_never_starts_again(
    call: Call, seen: GuestView, quiet_seconds: float
) -> None:
    looked = view(source(Goal.MIGRATED, BEGUN, FAST), seen, call=call, quiet_seconds=quiet_seconds)
    assert decide(looked, NOON).act is HostAct.NONE


@pytest.mark.parametrize("goal", [goal for goal in Goal if goal is not Goal.MIGRATED])
def test_no_other_goal_starts_a_job(goal: Goal) -> None:
    assert decide(view(source(goal, PREPARED, FAST), guest()), NOON).act is not HostAct.START


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (ABSENT, Reason.VM_NOT_FOUND),
        (guest(DomainState.SHUTOFF, StateReason.SHUTDOWN, run=None), Reason.GUEST_CHANGED),
        (guest(run=None), Reason.GUEST_CHANGED),
        (guest(run="another QEMU"), Reason.GUEST_CHANGED),
        (BUSY, Reason.GUEST_BUSY),
        (guest(job=Job.OTHER), Reason.GUEST_BUSY),
    ],
)
def test_a_guest_that_is_not_as_it_was_prepared_is_not_started_and_the_reason_is_told(
    seen: GuestView, reason: Reason
) -> None:
    decision = decide(view(READY, seen), NOON)
    assert decision.act is HostAct.NONE
    assert decision.status.starting is None
    assert decision.status.failure is not None
    assert decision.status.failure.reason is reason
    assert "vm1" in decision.status.failure.message


def test_a_claim_of_another_migration_forbids_the_start() -> None:
    decision = decide(view(READY, guest(), claimed=False), NOON)
    assert decision.act is HostAct.NONE
    assert decision.status.failure is not None
    assert decision.status.failure.reason is Reason.CLAIMED_BY_ANOTHER


def test_a_failure_that_is_written_forbids_the_start() -> None:
    failed = replace(PREPARED, failure=Failure(Reason.LIBVIRT_ERROR, "no"))
    decision = decide(view(source(Goal.MIGRATED, failed, FAST), guest()), NOON)
    assert decision.act is HostAct.NONE
    assert decision.status == failed


def test_a_task_without_its_facts_is_not_started() -> None:
    decision = decide(view(source(Goal.MIGRATED, replace(PREPARED, facts=None), FAST), guest()), NOON)
    assert decision.act is HostAct.NONE
    assert decision.status.failure is not None


def test_a_call_that_came_back_with_an_error_tells_libvirts_reason() -> None:
    failure = Failure(Reason.TLS_FAILED, "certificate unknown")
    looked = view(source(Goal.MIGRATED, BEGUN, FAST), guest(), call=Call.RETURNED, call_failure=failure)
    assert decide(looked, NOON).status.failure == failure


def test_a_call_that_came_back_with_success_while_the_guest_is_here_is_a_failure() -> None:
    looked = view(source(Goal.MIGRATED, BEGUN, FAST), guest(), call=Call.RETURNED)
    failure = decide(looked, NOON).status.failure
    assert failure is not None
    assert failure.reason is Reason.LIBVIRT_ERROR


def test_a_call_that_came_back_for_a_guest_that_ended_is_left_to_the_evidence() -> None:
    ended = guest(DomainState.SHUTOFF, StateReason.SHUTDOWN, run=None)
    decision = decide(view(source(Goal.MIGRATED, BEGUN, FAST), ended, call=Call.RETURNED), NOON)
    assert decision.status.failure is None
    assert decision.again_after_seconds is None


@pytest.mark.parametrize(
    ("call", "seen", "quiet_seconds", "again"),
    [
        (Call.RUNNING, guest(), 0.0, LOOK_AGAIN_SECONDS),
        (Call.RUNNING, guest(), NO_JOB_SECONDS * 9, LOOK_AGAIN_SECONDS),
        (Call.NONE, guest(), NO_JOB_SECONDS - 0.1, LOOK_AGAIN_SECONDS),
        (Call.NONE, guest(), NO_JOB_SECONDS, None),
        (Call.NONE, BUSY, NO_JOB_SECONDS, LOOK_AGAIN_SECONDS),
    ],
)
def test_as_long_as_a_job_may_begin_or_runs_the_agent_looks_again(
    call: Call, seen: GuestView, quiet_seconds: float, again: float | None
) -> None:
    looked = view(source(Goal.MIGRATED, BEGUN, FAST), seen, call=call, quiet_seconds=quiet_seconds)
    assert decide(looked, NOON).again_after_seconds == again


def test_a_guest_that_has_left_reaches_the_goal_and_its_stop_is_recorded() -> None:
    seen = Stopped(StopDetail.MIGRATED, later(-1))
    status = decide(view(source(Goal.MIGRATED, BEGUN, FAST), LEFT, stopped=seen), NOON).status
    assert status.reached is Goal.MIGRATED
    assert status.stopped == seen
    assert status.evidence == evidence(LEFT, AGENT, starting=True)


def test_a_stop_whose_event_was_lost_is_read_from_the_state() -> None:
    status = decide(view(source(Goal.MIGRATED, BEGUN, FAST), LEFT), NOON).status
    assert status.stopped == Stopped(StopDetail.MIGRATED, NOON)


def test_a_stop_is_recorded_only_while_the_guest_is_off() -> None:
    again = view(source(Goal.MIGRATED, BEGUN, FAST), guest(), stopped=Stopped(StopDetail.MIGRATED, NOON))
    assert decide(again, NOON).status.stopped is None


def test_a_stop_of_a_guest_that_libvirt_forgot_is_the_event_that_was_seen() -> None:
    task = source(Goal.MIGRATED, BEGUN, FAST)
    seen = Stopped(StopDetail.CRASHED, NOON)
    assert decide(view(task, ABSENT, stopped=seen), NOON).status.stopped == seen
    assert decide(view(task, ABSENT), NOON).status.stopped is None


def test_a_stop_that_was_recorded_stays_as_it_is() -> None:
    first = Stopped(StopDetail.MIGRATED, later(-5))
    task = source(Goal.MIGRATED, replace(BEGUN, stopped=first), FAST)
    again = view(task, LEFT, stopped=Stopped(StopDetail.DESTROYED, NOON))
    assert decide(again, NOON).status.stopped == first


@pytest.mark.parametrize(
    ("reason", "told", "detail"),
    [
        (StateReason.CRASHED, StopDetail.FAILED, StopDetail.CRASHED),
        (StateReason.CRASHED, None, StopDetail.CRASHED),
        (StateReason.SHUTDOWN, None, StopDetail.SHUTDOWN),
        (StateReason.DESTROYED, None, StopDetail.DESTROYED),
        (StateReason.UNKNOWN, StopDetail.FAILED, StopDetail.CRASHED),
        (StateReason.UNKNOWN, StopDetail.SHUTDOWN, StopDetail.SHUTDOWN),
        (StateReason.UNKNOWN, None, None),
    ],
)
def test_how_the_guest_stopped_is_libvirts_reason_or_what_its_event_told(
    reason: StateReason, told: StopDetail | None, detail: StopDetail | None
) -> None:
    off = guest(DomainState.SHUTOFF, reason, run=None)
    seen = Stopped(told, NOON) if told else None
    stopped = decide(view(source(Goal.MIGRATED, BEGUN, FAST), off, stopped=seen), NOON).status.stopped
    assert (stopped.detail if stopped else None) is detail


def test_a_transient_guest_whose_qemu_died_has_crashed() -> None:
    seen = Stopped(StopDetail.FAILED, NOON)
    stopped = decide(view(source(Goal.MIGRATED, BEGUN, FAST), ABSENT, stopped=seen), NOON).status.stopped
    assert stopped == Stopped(StopDetail.CRASHED, NOON)
