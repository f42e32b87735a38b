"""The destination's agent: it resumes on the source's word, and removes only what is ours and never ran."""

from datetime import datetime

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, Marks, StateReason
from godwit.domain.hosts.destination import (
    IMAGES_EVERY_SECONDS,
    decide,
    may_resume,
    ours_waits,
    wants_disk_requests,
    wants_images,
    wants_peer,
)
from godwit.domain.hosts.view import HostAct, HostDecision
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.plan import Plan, ResumeWhen
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Order, StopDetail, Stopped, Task, TaskStatus

from ..builders import (
    ABSENT,
    FAST,
    NOON,
    SOURCE_TASK,
    STARTING,
    STRICT,
    arrived,
    destination,
    evidence,
    guest,
    later,
    source,
)
from .copied import COPY
from .views import view

INSPECTED = TaskStatus(reached=Goal.INSPECTED)
PREPARED = TaskStatus(reached=Goal.PREPARED)
FAILURE = Failure(Reason.LIBVIRT_ERROR, "no")
WAITS = arrived(DomainState.PAUSED, StateReason.USER)
RUNS = arrived(DomainState.RUNNING)
OFF = arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN)
INCOMING = replace(arrived(DomainState.PAUSED, StateReason.MIGRATION), job=Job.MIGRATION_IN)
FOREIGN = arrived(DomainState.RUNNING, mark="another/1")
LEFT = source(
    Goal.MIGRATED, TaskStatus(starting=STARTING, stopped=Stopped(StopDetail.MIGRATED, NOON)), STRICT
)
WHEN = ResumeWhen(SOURCE_TASK, 1)


def on(
    goal: Goal,
    status: TaskStatus,
    seen: GuestView,
    plan: Plan | None = STRICT,
    peer: Task | None = None,
    *,
    claimed: bool | None = True,
) -> HostDecision:
    return decide(view(destination(goal, status, plan), seen, claimed=claimed, peer=peer), NOON)


def test_a_new_task_inspects_once() -> None:
    assert on(Goal.INSPECTED, TaskStatus(), ABSENT).act is HostAct.INSPECT
    assert on(Goal.INSPECTED, INSPECTED, ABSENT) == HostDecision(INSPECTED)
    failed = TaskStatus(failure=FAILURE)
    assert on(Goal.INSPECTED, failed, ABSENT) == HostDecision(failed)


@pytest.mark.parametrize(
    ("goal", "status"), [(Goal.INSPECTED, TaskStatus()), (Goal.PREPARED, INSPECTED)], ids=str
)
def test_nothing_is_done_for_a_migration_that_does_not_hold_the_claim(goal: Goal, status: TaskStatus) -> None:
    decision = on(goal, status, ABSENT, claimed=False)
    assert decision.act is HostAct.NONE
    assert decision.status.reached is status.reached
    assert decision.status.failure is not None
    assert decision.status.failure.reason is Reason.CLAIMED_BY_ANOTHER


def test_a_plan_that_is_read_is_prepared() -> None:
    assert on(Goal.PREPARED, INSPECTED, ABSENT).status.reached is Goal.PREPARED


@pytest.mark.parametrize(
    ("status", "plan"), [(INSPECTED, None), (replace(INSPECTED, failure=FAILURE), STRICT)]
)
def test_without_a_plan_or_after_a_failure_nothing_is_prepared(status: TaskStatus, plan: Plan | None) -> None:
    assert on(Goal.PREPARED, status, ABSENT, plan) == HostDecision(status)


# the strict switchover


def test_the_guest_goes_on_when_the_source_recorded_that_it_left() -> None:
    decision = on(Goal.PREPARED, PREPARED, WAITS, peer=LEFT)
    assert decision.act is HostAct.RESUME
    assert decision.status.resuming_at == NOON


@pytest.mark.parametrize(
    "peer",
    [
        None,
        replace(LEFT, name="another-task"),
        replace(LEFT, status=replace(LEFT.status, starting=None)),
        replace(LEFT, status=replace(LEFT.status, starting=replace(STARTING, attempt=2))),
        replace(LEFT, status=replace(LEFT.status, stopped=None)),
        replace(LEFT, status=replace(LEFT.status, stopped=Stopped(StopDetail.DESTROYED, NOON))),
        replace(LEFT, status=replace(LEFT.status, reached=Goal.ROLLED_BACK)),
        replace(LEFT, status=replace(LEFT.status, evidence=evidence(guest(run=None), "source"))),
        replace(LEFT, status=replace(LEFT.status, brought_back_at=NOON)),
    ],
    ids=[
        "unread",
        "another task",
        "not begun",
        "another attempt",
        "not left",
        "destroyed",
        "rolled back",
        "started anew",
        "started anew and ended",
    ],
)
def test_each_condition_of_the_resume_alone_holds_the_guest_back(peer: Task | None) -> None:
    assert not may_resume(WHEN, peer)
    decision = on(Goal.PREPARED, PREPARED, WAITS, peer=peer)
    assert decision.act is HostAct.NONE
    assert decision.status.resuming_at is None
    assert decision.again_after_seconds is not None, "a watch that is cut must not hold the guest"


@pytest.mark.parametrize(
    "seen", [ABSENT, INCOMING, OFF, FOREIGN, replace(WAITS, marks=Marks(attempt="another/1"))], ids=str
)
def test_only_our_own_guest_that_arrived_and_waits_is_resumed(seen: GuestView) -> None:
    assert on(Goal.PREPARED, PREPARED, seen, peer=LEFT).act is HostAct.NONE


@pytest.mark.parametrize("plan", [FAST, replace(STRICT, resume_when=None)], ids=["fast", "paused before"])
def test_a_plan_without_a_word_to_wait_for_resumes_nothing(plan: Plan) -> None:
    assert on(Goal.PREPARED, PREPARED, WAITS, plan, LEFT).act is HostAct.NONE


@pytest.mark.parametrize("goal", [Goal.INSPECTED, Goal.RELEASED, Goal.ROLLED_BACK])
def test_a_task_with_another_goal_resumes_nothing(goal: Goal) -> None:
    assert on(goal, PREPARED, WAITS, peer=LEFT).act is not HostAct.RESUME


def test_whoever_follows_an_agent_that_died_after_its_intent_asks_again() -> None:
    intended = replace(PREPARED, resuming_at=later(-5))
    decision = on(Goal.PREPARED, intended, WAITS, peer=LEFT)
    assert decision.act is HostAct.RESUME
    assert decision.status.resuming_at == later(-5)
    back = replace(LEFT, status=replace(LEFT.status, brought_back_at=NOON))
    for peer in (None, back):
        assert on(Goal.PREPARED, intended, WAITS, peer=peer).act is HostAct.NONE


def test_a_guest_that_ran_and_was_paused_by_its_user_stays_paused() -> None:
    ran = replace(PREPARED, resuming_at=NOON, resumed_at=NOON)
    assert on(Goal.PREPARED, ran, WAITS, peer=LEFT).act is HostAct.NONE


def test_the_moment_when_the_guest_went_on_is_recorded_once() -> None:
    task = destination(Goal.PREPARED, PREPARED, STRICT)
    seen, unseen = view(task, RUNS, resumed_at=later(-2)), view(task, RUNS)
    assert decide(seen, NOON).status.resumed_at == later(-2)
    assert decide(unseen, NOON).status.resumed_at == NOON
    told = replace(PREPARED, resumed_at=later(-9))
    assert on(Goal.PREPARED, told, RUNS).status.resumed_at == later(-9)


def test_the_peer_is_read_only_while_its_word_is_waited_for() -> None:
    waiting = destination(Goal.PREPARED, PREPARED, STRICT)
    assert ours_waits(view(waiting, WAITS))
    assert not ours_waits(view(waiting, INCOMING))
    assert wants_peer(waiting, True)
    assert not wants_peer(waiting, False)
    assert not wants_peer(destination(Goal.PREPARED, PREPARED, FAST), True)
    assert not wants_peer(destination(Goal.PREPARED, PREPARED), True)
    assert not wants_peer(destination(Goal.RELEASED, PREPARED, STRICT), True)
    assert wants_peer(replace(waiting, status=replace(PREPARED, resuming_at=NOON)), True)
    assert not wants_peer(replace(waiting, status=replace(PREPARED, resumed_at=NOON)), True)


# roll back


def test_with_nothing_of_ours_here_it_is_rolled_back() -> None:
    for seen in (ABSENT, FOREIGN):
        decision = on(Goal.ROLLED_BACK, replace(PREPARED, owed=FAILURE), seen)
        assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.ROLLED_BACK)
        assert decision.status.owed is None


@pytest.mark.parametrize("seen", [WAITS, INCOMING, OFF], ids=["waits", "incoming", "off"])
def test_a_copy_of_ours_that_never_ran_is_removed(seen: GuestView) -> None:
    assert on(Goal.ROLLED_BACK, PREPARED, seen).act is HostAct.REMOVE


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        (PREPARED, RUNS),
        (replace(PREPARED, resuming_at=NOON), WAITS),
        (replace(PREPARED, resuming_at=NOON), OFF),
    ],
    ids=["runs", "was to go on", "was to go on and is off"],
)
def test_what_runs_or_may_have_run_is_never_removed_but_owed(status: TaskStatus, seen: GuestView) -> None:
    decision = on(Goal.ROLLED_BACK, status, seen)
    assert decision.act is HostAct.NONE
    assert decision.status.reached is not Goal.ROLLED_BACK
    assert decision.status.owed is not None
    assert decision.status.owed.reason is Reason.DESTINATION_RUNS


RAN = replace(PREPARED, resumed_at=later(-9))
OWED = Failure(Reason.DESTINATION_RUNS, "it runs")


def rolling_back(
    status: TaskStatus,
    seen: GuestView,
    order: Order | None = None,
    *,
    resumed_at: datetime | None = None,
    disk_requests: int | None = None,
) -> HostDecision:
    task = destination(Goal.ROLLED_BACK, status, STRICT)
    ordered = replace(task, spec=replace(task.spec, order=order))
    looked = view(ordered, seen, resumed_at=resumed_at)
    return decide(replace(looked, disk_requests=disk_requests), NOON)


def test_a_copy_that_ran_is_not_removed_because_somebody_has_paused_it() -> None:
    for decision in (
        rolling_back(RAN, WAITS),
        rolling_back(PREPARED, WAITS, resumed_at=later(-2)),
        rolling_back(replace(PREPARED, owed=OWED), WAITS),
    ):
        assert decision.act is HostAct.NONE
        assert decision.status.owed is not None
        assert decision.status.owed.reason is Reason.DESTINATION_RUNS


def test_a_copy_that_has_used_its_disks_ran_although_nobody_saw_it() -> None:
    decision = rolling_back(PREPARED, WAITS, disk_requests=1)
    assert decision.act is HostAct.NONE
    assert decision.status.owed is not None
    assert decision.status.resumed_at == NOON, "its images stay, whoever ends it"
    for requests in (0, None):
        assert rolling_back(PREPARED, WAITS, disk_requests=requests).act is HostAct.REMOVE


def test_disks_are_asked_only_where_a_copy_that_waits_would_be_removed() -> None:
    rolls_back = destination(Goal.ROLLED_BACK, PREPARED, STRICT)
    assert wants_disk_requests(view(rolls_back, WAITS))
    assert not wants_disk_requests(view(destination(Goal.PREPARED, PREPARED, STRICT), WAITS))
    assert not wants_disk_requests(view(rolls_back, RUNS))
    assert not wants_disk_requests(view(replace(rolls_back, status=STOPPED_BY_US), WAITS))


STOPPED_BY_US = replace(RAN, suspending_at=later(-5))


def test_a_copy_that_we_stopped_ourselves_is_removed_unless_it_went_on_after_that() -> None:
    assert rolling_back(STOPPED_BY_US, WAITS, resumed_at=later(-9)).act is HostAct.REMOVE
    assert rolling_back(STOPPED_BY_US, WAITS).act is HostAct.REMOVE
    assert rolling_back(STOPPED_BY_US, WAITS, resumed_at=later(-2)).act is HostAct.NONE


def test_a_copy_that_ran_is_removed_once_a_person_says_so_or_has_ended_it() -> None:
    assert rolling_back(RAN, WAITS, Order.DESTROY).act is HostAct.REMOVE
    assert rolling_back(replace(RAN, owed=OWED), OFF).act is HostAct.REMOVE


def test_a_rolled_back_task_does_nothing_any_more() -> None:
    over = replace(PREPARED, reached=Goal.ROLLED_BACK)
    assert on(Goal.ROLLED_BACK, over, RUNS) == HostDecision(over)


# release


@pytest.mark.parametrize("seen", [RUNS, OFF], ids=["runs", "ended"])
def test_our_marks_go_and_autostart_comes_back(seen: GuestView) -> None:
    assert on(Goal.RELEASED, PREPARED, seen).act is HostAct.SETTLE


def test_marks_that_are_away_without_autostart_are_settled_again() -> None:
    unsettled = replace(RUNS, marks=Marks())
    assert on(Goal.RELEASED, PREPARED, unsettled).act is HostAct.SETTLE


@pytest.mark.parametrize(
    ("seen", "plan"),
    [
        (ABSENT, STRICT),
        (replace(RUNS, marks=Marks(), autostart=True), STRICT),
        (replace(RUNS, marks=Marks()), replace(STRICT, autostart=False)),
        (replace(RUNS, marks=Marks(), persistent=False), STRICT),
        (replace(FOREIGN, autostart=False), STRICT),
    ],
    ids=["absent", "autostart", "no autostart", "transient", "another attempt's"],
)
def test_what_is_settled_or_not_ours_is_released(seen: GuestView, plan: Plan) -> None:
    decision = on(Goal.RELEASED, replace(PREPARED, owed=FAILURE), seen, plan)
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.RELEASED)
    assert decision.status.owed is None


def test_a_released_task_does_nothing_any_more() -> None:
    over = replace(PREPARED, reached=Goal.RELEASED)
    assert on(Goal.RELEASED, over, RUNS) == HostDecision(over)


@pytest.mark.parametrize("seen", [RUNS, WAITS])
def test_a_copy_that_arrived_without_its_definition_is_looked_at_again(seen: GuestView) -> None:
    """Somebody is asked to define it, and libvirt's event of that wakes nobody."""
    bare = replace(seen, persistent=False)
    arrived_here = replace(PREPARED, resumed_at=NOON)
    assert on(Goal.PREPARED, arrived_here, bare).again_after_seconds == IMAGES_EVERY_SECONDS
    assert on(Goal.PREPARED, arrived_here, seen).again_after_seconds is None
    transient = replace(STRICT, persistent=False)
    assert on(Goal.PREPARED, arrived_here, bare, transient).again_after_seconds is None


# images of copied disks


COPIES = replace(STRICT, copies=(COPY,))
MADE = replace(
    PREPARED, created_resources=(CreatedResource("Image", COPY.path, ResourceState.CREATED, "fs:1"),)
)


def watching(status: TaskStatus, seen: GuestView, missing: tuple[str, ...] = ()) -> HostDecision:
    return decide(view(destination(Goal.PREPARED, status, COPIES), seen, missing_images=missing), NOON)


def test_what_is_copied_is_prepared_by_an_act() -> None:
    assert on(Goal.PREPARED, INSPECTED, ABSENT, COPIES).act is HostAct.PREPARE
    failed = replace(INSPECTED, failure=FAILURE)
    assert on(Goal.PREPARED, failed, ABSENT, COPIES) == HostDecision(failed)


def test_images_are_watched_until_the_guest_has_arrived() -> None:
    for seen in (ABSENT, INCOMING):
        assert wants_images(view(destination(Goal.PREPARED, MADE, COPIES), seen))
        assert watching(MADE, seen).again_after_seconds == IMAGES_EVERY_SECONDS
    for status, plan, seen in (
        (MADE, COPIES, WAITS),
        (MADE, COPIES, RUNS),
        (MADE, STRICT, INCOMING),
        (INSPECTED, COPIES, ABSENT),
        (replace(MADE, failure=FAILURE), COPIES, INCOMING),
    ):
        assert not wants_images(view(destination(Goal.PREPARED, status, plan), seen))


def test_an_image_that_went_away_under_the_copy_is_told_as_a_failure() -> None:
    failure = watching(MADE, INCOMING, (COPY.path,)).status.failure
    assert failure is not None
    assert failure.reason is Reason.IMAGE_MISSING
    assert COPY.path in failure.message


def test_a_guest_that_has_left_its_source_goes_on_also_without_its_image() -> None:
    lost = replace(MADE, failure=FAILURE)
    decision = decide(view(destination(Goal.PREPARED, lost, COPIES), WAITS, peer=LEFT), NOON)
    assert decision.act is HostAct.RESUME


def test_images_go_once_the_guest_has_gone() -> None:
    assert on(Goal.ROLLED_BACK, MADE, WAITS, COPIES).act is HostAct.REMOVE
    decision = on(Goal.ROLLED_BACK, MADE, ABSENT, COPIES)
    assert (decision.act, decision.status.reached) == (HostAct.REMOVE_IMAGES, Goal.PREPARED)
    assert on(Goal.ROLLED_BACK, PREPARED, ABSENT, COPIES).status.reached is Goal.ROLLED_BACK


def test_a_guest_that_runs_here_keeps_its_images() -> None:
    decision = on(Goal.ROLLED_BACK, MADE, RUNS, COPIES)
    assert decision.act is HostAct.NONE
    assert decision.status.created_resources == MADE.created_resources


def test_from_the_release_on_images_are_the_guests() -> None:
    """None is removed, and the task knows none once its marks are gone."""
    assert on(Goal.RELEASED, MADE, RUNS, COPIES).act is HostAct.SETTLE
    settled = replace(RUNS, marks=Marks(), autostart=COPIES.autostart)
    decision = on(Goal.RELEASED, MADE, settled, COPIES)
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.RELEASED)
    assert decision.status.created_resources == ()
