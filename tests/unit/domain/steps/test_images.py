"""Images after the end: kept where the guest may have run from them, and named where they were left."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import Decision, DeleteTask, WriteSpec
from godwit.domain.disks import Disk, DiskAction, DiskClass, SourceImages, Storage
from godwit.domain.guest import DiskKind, DomainState, GuestView, StateReason
from godwit.domain.image_journal import LeftBehind
from godwit.domain.migration import Cleanup, MigrationSpec, Phase
from godwit.domain.observation import Observation
from godwit.domain.orphans import settle
from godwit.domain.plan import Plan
from godwit.domain.steps.images import source_images
from godwit.domain.task import Goal, Order, Task, TaskSpec, TaskStatus
from godwit.domain.vocabulary import Outcome

from ..builders import (
    ABSENT,
    COPY,
    COPYING,
    DESTINATION_TASK,
    FAST,
    NOON,
    SOURCE_TASK,
    STRICT,
    arrived,
    destination,
    evidence,
    guest,
    later,
    observation,
    source,
)
from .ends import (
    COMMITTED,
    FAILING,
    FINISHED,
    OWED,
    PREPARED,
    RELEASED,
    ROLLED_BACK,
    SILENT_DESTINATION,
    STARTED,
)
from .pairs import LEFT, RUNS_THERE, WAITS_THERE, answering, pair

LEFT_THERE = LeftBehind("Image", "/images/vm1.img", "the guest may have run from it")
BACK = source(Goal.ROLLED_BACK, ROLLED_BACK, COPYING)
RAN = replace(PREPARED, resumed_at=NOON)


def told(decision: Decision, task: str = DESTINATION_TASK) -> TaskSpec:
    [spec] = [act.spec for act in decision.acts if isinstance(act, WriteSpec) and act.task == task]
    return spec


def failing(there: TaskStatus, goal: Goal = Goal.PREPARED, plan: Plan = COPYING) -> Observation:
    return observation(FAILING, BACK, destination(goal, there, plan))


# kept


def test_images_of_a_guest_that_never_ran_there_go() -> None:
    for there in (PREPARED, replace(PREPARED, evidence=evidence(WAITS_THERE, "there"))):
        spec = told(decide(failing(there), NOON))
        assert (spec.goal, spec.keep_images) == (Goal.ROLLED_BACK, False)


@pytest.mark.parametrize(
    "there",
    [
        replace(PREPARED, resuming_at=NOON),
        replace(PREPARED, resumed_at=NOON),
        replace(PREPARED, suspending_at=NOON),
        replace(PREPARED, evidence=evidence(RUNS_THERE, "there")),
        replace(PREPARED, evidence=evidence(arrived(DomainState.CRASHED), "there")),
        replace(PREPARED, evidence=evidence(arrived(DomainState.PAUSED, StateReason.IO_ERROR), "there")),
        replace(PREPARED, evidence=evidence(arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), "there")),
    ],
    ids=["let go on", "went on", "suspended by us", "runs", "crashed", "stopped by its disk", "shut down"],
)
def test_images_stay_where_the_guest_may_have_run_from_them(there: TaskStatus) -> None:
    spec = told(decide(failing(there), NOON))
    assert (spec.goal, spec.keep_images) == (Goal.ROLLED_BACK, True)


def test_of_a_guest_without_copied_disks_there_is_nothing_to_keep() -> None:
    assert not told(decide(failing(RAN, plan=FAST), NOON)).keep_images


def test_a_host_that_shows_later_that_the_guest_ran_there_is_told_once() -> None:
    seen = failing(replace(RAN, owed=OWED), Goal.ROLLED_BACK)
    spec = told(decide(seen, NOON))
    assert spec.keep_images
    assert seen.destination is not None
    after = decide(replace(seen, destination=replace(seen.destination, spec=spec)), NOON)
    assert not [act for act in after.acts if isinstance(act, WriteSpec)]


def test_what_was_told_once_is_never_taken_back() -> None:
    seen = failing(PREPARED)
    assert seen.destination is not None
    kept = replace(seen.destination, spec=replace(seen.destination.spec, keep_images=True))
    assert told(decide(replace(seen, destination=kept), NOON)).keep_images


def test_the_source_is_never_told_to_keep_images() -> None:
    seen = observation(
        FAILING, source(Goal.MIGRATED, STARTED, COPYING), destination(Goal.PREPARED, RAN, COPYING)
    )
    assert not told(decide(seen, NOON), SOURCE_TASK).keep_images


@pytest.mark.parametrize("ran", [True, False])
def test_a_persons_word_for_the_source_keeps_the_images_of_a_guest_that_ran(ran: bool) -> None:
    seen = pair(LEFT, WAITS_THERE, plan=COPYING)
    assert seen.destination is not None
    there = replace(seen.destination.status, resumed_at=NOON if ran else None)
    status = replace(seen.migration.status, ending=FAILING.ending, verdict=Outcome.KEEP_SOURCE)
    decided = replace(
        seen,
        destination=replace(seen.destination, status=there),
        migration=replace(seen.migration, status=status),
    )
    spec = told(decide(decided, NOON))
    assert (spec.goal, spec.order, spec.keep_images) == (Goal.ROLLED_BACK, Order.DESTROY, ran)


@pytest.mark.parametrize("there", [RUNS_THERE, WAITS_THERE], ids=["ran", "never ran"])
def test_who_has_to_decide_is_told_what_becomes_of_the_images(there: GuestView) -> None:
    died = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)
    shown = guest(run=None) if there is RUNS_THERE else died
    seen = answering(pair(shown, there, plan=COPYING, asked=False), NOON)
    if there is RUNS_THERE:
        assert seen.destination is not None
        paused = replace(seen.destination.status, suspending_at=NOON)
        seen = replace(seen, destination=replace(seen.destination, status=paused))
    status = replace(seen.migration.status, undecided_since=later(-60))
    message = decide(replace(seen, migration=replace(seen.migration, status=status)), NOON).message
    stay = "is destroyed but its images stay there, with what the guest wrote since"
    assert (stay if there is RUNS_THERE else "is destroyed with the images that were made for it") in message


@pytest.mark.parametrize("asked", [True, False])
def test_who_has_to_decide_is_told_that_the_sources_images_stay_though_they_were_to_go(asked: bool) -> None:
    died = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)
    plan = replace(COPYING, copies=(replace(COPY, delete_source=asked),))
    seen = answering(pair(died, WAITS_THERE, plan=plan, asked=False), NOON)
    status = replace(seen.migration.status, undecided_since=later(-60))
    message = decide(replace(seen, migration=replace(seen.migration, status=status)), NOON).message
    stay = "the copy on host1 is destroyed but its images stay there, whatever sourceImages says"
    assert "KeepDestination" in message
    assert (stay in message) is asked


def test_a_task_that_nobody_answers_for_keeps_them_too() -> None:
    [act] = settle(BACK, destination(Goal.PREPARED, RAN, COPYING))
    assert isinstance(act, WriteSpec)
    assert (act.spec.goal, act.spec.keep_images) == (Goal.ROLLED_BACK, True)


# orders of the table: a copy whose source is dead or silent


def test_nothing_is_removed_while_only_the_destination_can_have_the_guest() -> None:
    """Rows that need a person give no goal, so no image goes."""
    died = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)
    for here in (died, guest(run=None)):
        seen = answering(pair(here, WAITS_THERE, plan=COPYING, asked=False), NOON)
        status = replace(seen.migration.status, undecided_since=later(-60))
        decision = decide(replace(seen, migration=replace(seen.migration, status=status)), NOON)
        assert decision.phase is Phase.NEEDS_ATTENTION
        goals = {act.spec.goal for act in decision.acts if isinstance(act, WriteSpec)}
        assert Goal.ROLLED_BACK not in goals


def test_a_silent_destination_owes_the_removal_while_the_source_runs() -> None:
    silent = replace(pair(guest(), ABSENT, plan=COPYING, asked=False), hypervisors=SILENT_DESTINATION)
    decision = decide(answering(silent, NOON), NOON)
    assert decision.journal.verdict is Outcome.FAIL_CLEANUP_OWED
    ending = replace(silent, migration=replace(silent.migration, status=decision.journal), source=BACK)
    spec = told(decide(ending, NOON))
    assert (spec.goal, spec.keep_images) == (Goal.ROLLED_BACK, False)


# named at the end


def rolled_back(there: TaskStatus) -> Observation:
    return failing(there, Goal.ROLLED_BACK)


def test_the_end_names_what_a_roll_back_left_and_why() -> None:
    decision = decide(rolled_back(replace(ROLLED_BACK, left_behind=(LEFT_THERE,))), NOON)
    assert (decision.phase, decision.journal.cleanup) == (Phase.FAILED, Cleanup.DONE)
    assert decision.message == (
        "host1: certificate unknown. Left behind: image /images/vm1.img on host2 "
        "(the guest may have run from it)"
    )


def arrived_with(here: TaskStatus = RELEASED, plan: Plan = COPYING, asked: Storage | None = None) -> str:
    there = replace(RELEASED, evidence=evidence(RUNS_THERE, "there"))
    seen = observation(COMMITTED, source(Goal.RELEASED, here, plan), destination(Goal.RELEASED, there, plan))
    spec: MigrationSpec = replace(seen.migration.spec, storage=asked or Storage())
    decision = decide(replace(seen, migration=replace(seen.migration, spec=spec)), NOON)
    assert decision.phase is Phase.SUCCEEDED
    return decision.message


def test_a_source_that_keeps_its_images_says_where_they_are() -> None:
    assert arrived_with(plan=STRICT) == "the guest runs on host2"
    assert arrived_with() == (
        "the guest runs on host2. host1 keeps the images that were copied, /images/vm1.img: "
        "spec.storage.sourceImages is Keep"
    )


DELETING = replace(COPYING, copies=(replace(COPY, delete_source=True),))


def test_a_source_that_deleted_its_images_says_which() -> None:
    assert arrived_with(plan=DELETING, asked=Storage(source_images=SourceImages.DELETE)) == (
        "the guest runs on host2. host1 removed the images that were copied, /images/vm1.img "
        "(sourceImages: Delete)"
    )


LINES = tuple(
    Disk(target, DiskKind.FILE, DiskClass.LOCAL, DiskAction.COPY, source_image=said)
    for target, said in ((COPY.target, "goes after the commit"), ("vdz", "kept: it lies on nfs"))
)
STAYS = LeftBehind("Image", COPY.path, "VM other names it")


@pytest.mark.parametrize(
    ("here", "phase", "became"),
    [
        (PREPARED, Phase.MIGRATING, "goes after the commit"),
        (RELEASED, Phase.SUCCEEDED, "removed after the commit"),
        (replace(RELEASED, left_behind=(STAYS,)), Phase.SUCCEEDED, "kept: VM other names it"),
        (PREPARED, Phase.SUCCEEDED, "host1 has yet to remove it"),
        (ROLLED_BACK, Phase.FAILED, "kept: the migration ended as Failed"),
    ],
)
def test_each_disk_says_what_became_of_the_image_that_it_was_copied_from(
    here: TaskStatus, phase: Phase, became: str
) -> None:
    told = source_images(source(Goal.RELEASED, here, DELETING), LINES, phase)
    assert [line.source_image for line in told] == [became, "kept: it lies on nfs"]


def test_what_became_of_images_stays_when_the_tasks_are_gone() -> None:
    assert source_images(None, LINES, Phase.SUCCEEDED) == LINES


def test_an_image_that_was_to_be_deleted_and_stays_is_named_with_the_reason() -> None:
    asked = Storage(source_images=SourceImages.DELETE)
    kept = "host1 keeps the images that were copied, /images/vm1.img: nothing proves"
    assert kept in arrived_with(asked=asked)
    assert arrived_with(replace(RELEASED, left_behind=(STAYS,)), DELETING, asked) == (
        "the guest runs on host2. Left behind: image /images/vm1.img on host1 (VM other names it)"
    )


# and it is told to the end


def closing(here: Task, there: Task) -> Decision:
    return decide(observation(FINISHED, here, there), NOON)


def test_who_left_something_behind_stays_until_the_other_has_paid() -> None:
    here = source(Goal.ROLLED_BACK, PREPARED, COPYING)
    there = destination(Goal.ROLLED_BACK, replace(ROLLED_BACK, left_behind=(LEFT_THERE,)), COPYING)
    waiting = closing(here, there)
    assert [act for act in waiting.acts if isinstance(act, DeleteTask)] == []
    assert "image /images/vm1.img on host2" in waiting.message
    paid = closing(source(Goal.ROLLED_BACK, ROLLED_BACK, COPYING), there)
    assert {act.task for act in paid.acts if isinstance(act, DeleteTask)} == {SOURCE_TASK, DESTINATION_TASK}
    assert "image /images/vm1.img on host2" in paid.message


def test_who_left_nothing_goes_at_once() -> None:
    decision = closing(
        source(Goal.ROLLED_BACK, ROLLED_BACK, COPYING), destination(Goal.ROLLED_BACK, PREPARED, COPYING)
    )
    assert [act.task for act in decision.acts if isinstance(act, DeleteTask)] == [SOURCE_TASK]
