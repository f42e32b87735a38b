"""What a guest that has left leaves at its source goes only as long as nobody has brought it back."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, StateReason
from godwit.domain.hosts import departed
from godwit.domain.hosts.source import decide, images_to_look_at
from godwit.domain.hosts.view import HostAct, HostDecision
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Order, StopDetail, Stopped, Task, TaskStatus

from ..builders import ABSENT, NOON, destination, evidence, guest, later, source
from .copied import BEGUN, COPY, DELETING, LEFT, LOCAL, PLAN, image
from .views import view

OFF = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)
FORGOTTEN = replace(OFF, reason=StateReason.UNKNOWN)
ANEW = guest(run=None)
RESOURCE = CreatedResource("Image", COPY.path, ResourceState.INTENDED, "fs:1")


def on(
    seen: GuestView,
    status: TaskStatus = LEFT,
    plan: Plan = PLAN,
    *,
    order: Order | None = None,
    stopped: Stopped | None = None,
    images: tuple[ImageFacts, ...] = (),
) -> HostDecision:
    task = source(Goal.RELEASED, status, plan)
    ordered = replace(task, spec=replace(task.spec, order=order))
    return decide(view(ordered, seen, stopped=stopped, images=images), later(60))


def stays(decision: HostDecision) -> bool:
    """The definition, and the source says so."""
    owed = decision.status.owed
    return decision.act is HostAct.NONE and owed is not None and owed.reason is Reason.EVIDENCE_UNDECIDED


@pytest.mark.parametrize(
    "seen", [OFF, FORGOTTEN, replace(OFF, reason=StateReason.FAILED)], ids=["migrated", "forgotten", "a try"]
)
def test_a_definition_that_nobody_has_touched_is_dropped(seen: GuestView) -> None:
    assert on(seen).act is HostAct.UNDEFINE


@pytest.mark.parametrize(
    "reason", [StateReason.SHUTDOWN, StateReason.DESTROYED, StateReason.CRASHED, StateReason.OTHER]
)
def test_one_that_has_run_since_stays_by_libvirts_own_word(reason: StateReason) -> None:
    decision = on(replace(OFF, reason=reason))
    assert stays(decision)
    assert decision.status.brought_back_at == later(60)
    assert decision.status.owed is not None
    assert "virsh undefine vm1" in decision.status.owed.message


def test_one_that_was_seen_running_stays_also_when_it_is_off_and_libvirt_has_forgotten_why() -> None:
    running = on(ANEW)
    assert stays(running)
    assert stays(on(FORGOTTEN, running.status))
    assert stays(on(OFF, running.status))


def test_one_that_stopped_once_more_between_two_looks_stays() -> None:
    again = Stopped(StopDetail.SHUTDOWN, later(30))
    assert stays(on(FORGOTTEN, stopped=again))
    same, failed = Stopped(StopDetail.MIGRATED, later(30)), Stopped(StopDetail.FAILED, later(30))
    for seen in (same, failed, Stopped(StopDetail.SHUTDOWN, later(-30))):
        assert on(FORGOTTEN, stopped=seen).act is HostAct.UNDEFINE


def test_a_definition_where_there_was_none_is_somebodys() -> None:
    assert stays(on(FORGOTTEN, plan=replace(PLAN, persistent=False)))
    gone = replace(LEFT, evidence=evidence(ABSENT, "agent-1"))
    assert stays(on(FORGOTTEN, gone))


def test_images_that_were_written_after_it_had_left_keep_a_definition_whose_reason_is_forgotten() -> None:
    assert on(FORGOTTEN, images=(image(modified=4, changed=90),)).act is HostAct.UNDEFINE
    decision = on(FORGOTTEN, images=(image(modified=7),))
    assert stays(decision)
    assert decision.status.owed is not None
    assert COPY.path in decision.status.owed.message


def test_images_are_only_looked_at_where_libvirt_has_forgotten_the_reason() -> None:
    task = source(Goal.RELEASED, LEFT, PLAN)
    assert images_to_look_at(view(task, FORGOTTEN)) == (COPY.path,)
    for seen in (OFF, ANEW, ABSENT):
        assert images_to_look_at(view(task, seen)) == ()
    over = source(Goal.RELEASED, replace(LEFT, reached=Goal.RELEASED), PLAN)
    assert images_to_look_at(view(over, FORGOTTEN)) == ()


def test_a_person_who_gave_this_copy_up_has_said_so_for_the_definition_too() -> None:
    back = replace(LEFT, brought_back_at=later(30), destroying_at=later(40))
    destroyed = replace(OFF, reason=StateReason.DESTROYED)
    assert on(destroyed, back, order=Order.DESTROY).act is HostAct.UNDEFINE


def test_our_own_destroy_of_a_source_that_waited_brings_nobody_back() -> None:
    destroyed = replace(BEGUN, destroying_at=NOON, stopped=Stopped(StopDetail.DESTROYED, NOON))
    assert on(replace(OFF, reason=StateReason.DESTROYED), destroyed).act is HostAct.UNDEFINE
    assert stays(on(replace(OFF, reason=StateReason.SHUTDOWN), destroyed))


def test_a_guest_that_godwit_itself_has_started_was_not_brought_back() -> None:
    ours = replace(LEFT, starting_anew_at=later(10))
    task = source(Goal.ROLLED_BACK, ours, PLAN)
    assert decide(view(task, ANEW), later(20)).status.brought_back_at is None


def test_the_moment_is_kept_from_the_first_look_on() -> None:
    first = on(ANEW).status
    assert on(ANEW, first).status.brought_back_at == first.brought_back_at == later(60)


# the images


def test_images_follow_the_definition_the_intent_first() -> None:
    assert on(OFF, plan=DELETING).act is HostAct.UNDEFINE
    decision = on(ABSENT, plan=DELETING)
    assert decision.act is HostAct.REMOVE_IMAGES
    assert decision.status.removing == (RESOURCE,)
    assert decision.status.reached is not Goal.RELEASED


def test_images_that_nobody_asked_to_delete_are_no_ones_business() -> None:
    decision = on(ABSENT)
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.RELEASED)


def why(status: TaskStatus, there: ImageFacts, resource: CreatedResource = RESOURCE, **change: object) -> str:
    task = source(Goal.RELEASED, status, DELETING)
    seen = view(task, ABSENT)
    return departed.why_it_stays(replace(seen, **change), resource, there)


LATE, EARLY = image(modified=6), image(modified=4)
IMAGE_LOST = Failure(Reason.IMAGE_MISSING, "gone")


def test_an_image_that_only_the_guest_had_written_may_go() -> None:
    assert why(LEFT, image()) == why(LEFT, EARLY) == ""
    assert why(LEFT, ImageFacts(COPY.path, FileKind.ABSENT)) == ""


@pytest.mark.parametrize(
    ("status", "there", "words"),
    [
        (replace(LEFT, brought_back_at=NOON), image(), "brought back"),
        (replace(LEFT, stopped=None), image(), "when the guest left"),
        (LEFT, LATE, "after the guest had left"),
        (LEFT, image(modified=-1, changed=6), "after the guest had left"),
        (LEFT, replace(image(), used_by=("another",)), "another"),
        (LEFT, replace(image(), kind=FileKind.SYMLINK), "symlink"),
        (LEFT, replace(image(), fingerprint=None), "when"),
    ],
    ids=["brought back", "no record", "written", "changed", "named", "symlink", "no times"],
)
def test_each_doubt_alone_keeps_it(status: TaskStatus, there: ImageFacts, words: str) -> None:
    assert words in why(status, there)


def test_one_that_nobody_can_tell_from_another_file_stays() -> None:
    assert why(LEFT, image(), replace(RESOURCE, identity="")) != ""


def test_the_last_image_of_a_guest_stays() -> None:
    lost: Task = destination(Goal.RELEASED, TaskStatus(failure=IMAGE_LOST))
    assert "last copy" in why(LEFT, image(), peer=lost)
    assert why(LEFT, image(), peer=replace(lost, status=TaskStatus())) == ""
    asks = view(source(Goal.RELEASED, LEFT, DELETING), ABSENT)
    assert departed.wants_peer(asks)
    assert not departed.wants_peer(replace(asks, guest=OFF))
    assert not departed.wants_peer(view(source(Goal.RELEASED, LEFT, PLAN), ABSENT))


def test_a_guest_that_is_defined_here_again_keeps_its_images() -> None:
    assert why(LEFT, image(), guest=FORGOTTEN) != ""


def test_a_guest_that_is_only_defined_anew_before_its_images_went_keeps_all_of_it() -> None:
    off = replace(OFF, domain_id=None)  # by its evidence it can't be told from one that is gone
    before = replace(LEFT, evidence=evidence(off, "agent-1"))
    going = on(ABSENT, before, DELETING).status
    assert stays(on(FORGOTTEN, going, DELETING))


def test_images_of_a_copy_that_a_person_gave_up_stay_since_they_may_be_newer() -> None:
    ended = replace(BEGUN, destroying_at=NOON, stopped=Stopped(StopDetail.DESTROYED, NOON))
    for status in (ended, LEFT):
        task = source(Goal.RELEASED, status, DELETING)
        by_word = replace(task, spec=replace(task.spec, order=Order.DESTROY))
        by_table = replace(task, spec=replace(task.spec, order=Order.DESTROY_WAITING))
        assert departed.why_it_stays(view(by_table, ABSENT), RESOURCE, image()) == ""
        assert "a person" in departed.why_it_stays(view(by_word, ABSENT), RESOURCE, image())
        assert departed.may_delete_nvram(by_table)
        assert not departed.may_delete_nvram(by_word)


def test_the_firmwares_file_goes_only_when_it_is_known_that_the_guest_has_left() -> None:
    assert departed.may_delete_nvram(source(Goal.RELEASED, LEFT, DELETING))
    for status in (BEGUN, replace(LEFT, brought_back_at=NOON)):
        assert not departed.may_delete_nvram(source(Goal.RELEASED, status, DELETING))
    assert not departed.may_delete_nvram(source(Goal.RELEASED, LEFT, PLAN))


def test_without_the_facts_of_the_inspection_nothing_is_removed() -> None:
    decision = on(ABSENT, replace(LEFT, facts=None), DELETING)
    assert (decision.act, decision.status.reached) == (HostAct.NONE, Goal.RELEASED)


def test_an_image_that_the_inspection_could_not_tell_apart_is_told_as_left() -> None:
    facts = LEFT.facts
    assert facts is not None
    blind = replace(facts, disks=(replace(LOCAL, image=None),))
    assert on(ABSENT, replace(LEFT, facts=blind), DELETING).status.removing[0].identity == ""


def test_a_guest_that_runs_without_the_mark_of_the_very_qemu_was_started_by_somebody() -> None:
    for goal, back in ((Goal.MIGRATED, True), (Goal.ROLLED_BACK, False)):
        decision = decide(view(source(goal, BEGUN, PLAN), ANEW), later(60))
        assert bool(decision.status.brought_back_at) is back
    stands_still = guest(DomainState.PAUSED, StateReason.MIGRATION, run=None)
    decision = decide(view(source(Goal.MIGRATED, BEGUN, PLAN), stands_still), later(60))
    assert decision.status.brought_back_at is None, "its end may have been under way while it was looked at"


def test_a_roll_back_does_not_take_a_guest_that_was_started_anew_for_the_one_that_was_to_leave() -> None:
    anew = replace(guest(), domain_id=2)
    undecided = decide(view(source(Goal.ROLLED_BACK, BEGUN, PLAN), anew, quiet_seconds=60), later(60))
    assert undecided.status.reached is not Goal.ROLLED_BACK
    assert undecided.status.waiting is not None
    assert undecided.status.waiting.reason is Reason.EVIDENCE_UNDECIDED
    told = source(Goal.ROLLED_BACK, BEGUN, PLAN)
    told = replace(told, spec=replace(told.spec, order=Order.STAY))
    assert decide(view(told, anew, quiet_seconds=60), later(60)).act is HostAct.RESTORE
