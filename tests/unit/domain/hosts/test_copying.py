"""The job while it copies disks: what is told, what each may take, and what follows when nothing moves."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, Job, JobStats, StateReason
from godwit.domain.hosts import copying
from godwit.domain.hosts.source import decide, images_to_look_at
from godwit.domain.hosts.view import Call, HostAct, HostView
from godwit.domain.image import Mirror
from godwit.domain.image_journal import Copied
from godwit.domain.limits import MEBIBYTE, Limits
from godwit.domain.reasons import Reason
from godwit.domain.storage import Look
from godwit.domain.task import Goal, TaskStatus

from ..builders import FAST, NOON, guest, later, source
from .copied import BEGUN, COPY, INSPECTED, MIB, PLAN, image
from .views import view

BUSY = guest(job=Job.MIGRATION_OUT)
MIRROR = Mirror("vdb", MIB // 4, MIB)
LIMITS = Limits(bandwidth_mebibytes_per_second=100)
STATS = JobStats(elapsed_milliseconds=6000, data_total_bytes=MIB, data_remaining_bytes=MIB // 2)


def running(
    status: TaskStatus = BEGUN, *, limits: Limits | None = None, goal: Goal = Goal.MIGRATED, **seen: object
) -> HostView:
    task = source(goal, status, PLAN)
    limited = replace(task, spec=replace(task.spec, limits=limits))
    return replace(view(limited, BUSY, call=Call.RUNNING, mirrors=(MIRROR,), stats=STATS), **seen)


# what is told


def test_each_disks_copy_is_told_with_the_jobs_progress() -> None:
    status = decide(running(), NOON).status
    assert status.progress == STATS
    assert status.copied == (Copied("vdb", MIB // 4, MIB),)
    moved = running(status, mirrors=(replace(MIRROR, copied_bytes=MIB // 2),))
    assert decide(moved, NOON).status.copied == status.copied, "the next write has the next figure"


def test_the_first_figures_of_disks_are_told_after_five_seconds_and_the_next_ten_seconds_later() -> None:
    early = replace(STATS, elapsed_milliseconds=4999)
    assert decide(running(stats=early), NOON).status.progress is None
    first = replace(STATS, elapsed_milliseconds=5000)
    told = decide(running(stats=first), NOON).status
    assert (told.progress, told.copied) == (first, (Copied("vdb", MIB // 4, MIB),))
    for seconds, again in ((14, False), (15, True)):
        later_on = replace(STATS, elapsed_milliseconds=1000 * seconds, data_remaining_bytes=1)
        status = decide(running(told, stats=later_on), NOON).status
        assert (status.progress != first) is again


def test_a_disk_whose_mirror_has_not_counted_is_not_told_of() -> None:
    both = (MIRROR, Mirror("vdc"))
    status = decide(running(mirrors=both), NOON).status
    assert status.progress == STATS
    assert status.copied == (Copied("vdb", MIB // 4, MIB),)


def test_at_the_end_all_of_it_is_copied() -> None:
    begun = replace(BEGUN, copied=(Copied("vdb", MIB // 4, MIB),))
    off = guest(DomainState.SHUTOFF, StateReason.MIGRATED, run=None)
    over = running(begun, guest=off, mirrors=(), stats=None, completed=STATS, call=Call.RETURNED)
    assert decide(over, NOON).status.copied == (Copied("vdb", MIB, MIB),)


def test_a_job_that_failed_keeps_the_last_figure() -> None:
    begun = replace(BEGUN, copied=(Copied("vdb", MIB // 4, MIB),))
    over = running(begun, guest=guest(), mirrors=(), stats=None, completed=STATS, call=Call.RETURNED)
    assert decide(over, NOON).status.copied == begun.copied


# what each may take

IN_FORCE = replace(BEGUN, limits=LIMITS)


def balanced(memory_flows: bool = False) -> HostView:
    stats = replace(STATS, memory_total_bytes=1) if memory_flows else STATS
    seen = running(IN_FORCE, limits=LIMITS, stats=stats)
    shares = copying.wanted(seen)
    assert shares is not None
    mirrors = (replace(MIRROR, bandwidth_bytes_per_second=shares.mirrors[0].bytes_per_second),)
    return replace(seen, mirrors=mirrors, memory_bandwidth=shares.memory_mebibytes_per_second)


@pytest.mark.parametrize("memory_flows", [False, True])
def test_what_has_its_share_is_left_alone(memory_flows: bool) -> None:
    assert decide(balanced(memory_flows), NOON).act is HostAct.NONE


def test_a_mirror_or_a_memory_with_another_share_is_put_right() -> None:
    faster = (replace(MIRROR, bandwidth_bytes_per_second=1000 * MEBIBYTE),)
    for wrong in (replace(balanced(), mirrors=faster), replace(balanced(), memory_bandwidth=None)):
        assert decide(wrong, NOON).act is HostAct.TUNE


def test_when_the_memorys_turn_comes_the_mirrors_get_less() -> None:
    turned = replace(balanced(), stats=replace(STATS, memory_total_bytes=1))
    assert decide(turned, NOON).act is HostAct.TUNE
    assert copying.to_put_right(turned)[0].bytes_per_second < 100 * MEBIBYTE


def test_a_new_limit_reaches_mirrors_that_run() -> None:
    task = balanced().task
    asked = Limits(bandwidth_mebibytes_per_second=50)
    seen = replace(balanced(), task=replace(task, spec=replace(task.spec, limits=asked)))
    assert decide(seen, NOON).act is HostAct.TUNE
    assert [share.bytes_per_second for share in copying.to_put_right(seen)] == [50 * MEBIBYTE]


def test_a_limit_that_is_taken_back_leaves_the_mirrors_none() -> None:
    task = balanced().task
    seen = replace(balanced(), task=replace(task, spec=replace(task.spec, limits=None)))
    assert [share.bytes_per_second for share in copying.to_put_right(seen)] == [0]


def test_without_a_limit_nobody_touches_a_mirror() -> None:
    assert decide(running(), NOON).act is HostAct.NONE
    assert decide(running(replace(BEGUN, limits=Limits()), limits=Limits()), NOON).act is HostAct.NONE


# nothing moves


def test_a_job_that_moves_nothing_for_40_seconds_is_cut_off_and_why_is_told() -> None:
    assert decide(running(stalled_seconds=39.9), NOON).act is HostAct.NONE
    decision = decide(running(stalled_seconds=40), NOON)
    assert decision.act is HostAct.CUT_OFF
    assert decision.status.failure is not None
    assert decision.status.failure.reason is Reason.CONNECTION_FAILED
    assert "40 s" in decision.status.failure.message
    again = decide(running(decision.status, stalled_seconds=60), later(20))
    assert (again.act, again.status.failure) == (HostAct.CUT_OFF, decision.status.failure)


READY = Mirror("vdb", MIB, MIB)


@pytest.mark.parametrize(
    ("mirrors", "patience"),
    [
        ((READY,), 15),
        ((MIRROR, READY), 15),
        ((replace(MIRROR, bandwidth_bytes_per_second=100 * MEBIBYTE),), 15),
        ((replace(MIRROR, bandwidth_bytes_per_second=MEBIBYTE),), 21),
        ((replace(MIRROR, bandwidth_bytes_per_second=MEBIBYTE // 2), READY), 37),
        ((replace(READY, bandwidth_bytes_per_second=MEBIBYTE // 8),), 15),
    ],
    ids=["complete", "one complete", "fast limit", "slow limit", "slower", "a complete one's limit"],
)
def test_a_mirror_that_may_have_nothing_on_its_way_is_cut_off_before_libvirt_would_make_qemu_wait(
    mirrors: tuple[Mirror, ...], patience: float
) -> None:
    assert decide(running(mirrors=mirrors, stalled_seconds=patience - 0.1), NOON).act is HostAct.NONE
    assert decide(running(mirrors=mirrors, stalled_seconds=patience), NOON).act is HostAct.CUT_OFF


def test_a_job_without_mirrors_has_nothing_to_cut_off() -> None:
    assert decide(running(mirrors=(), stalled_seconds=100), NOON).act is HostAct.NONE


STALLED = running(stalled_seconds=100)


@pytest.mark.parametrize(
    "seen",
    [
        replace(STALLED, guest=guest()),
        replace(STALLED, guest=replace(BUSY, marks=guest(run="another").marks)),
        replace(STALLED, task=source(Goal.MIGRATED, BEGUN, FAST)),
    ],
    ids=["no job", "another's job", "no copies"],
)
def test_only_our_own_job_that_copies_is_cut_off(seen: HostView) -> None:
    assert decide(STALLED, NOON).act is HostAct.CUT_OFF
    assert decide(seen, NOON).act is not HostAct.CUT_OFF


def test_an_abort_that_waits_for_a_peer_that_is_gone_is_helped_along() -> None:
    assert decide(running(goal=Goal.ROLLED_BACK, stalled_seconds=2), NOON).act is HostAct.ABORT
    assert decide(running(goal=Goal.ROLLED_BACK, stalled_seconds=3), NOON).act is HostAct.CUT_OFF


# a guest that writes faster than its copy


def behind(status: TaskStatus = BEGUN, *, written: int = 8 * MEBIBYTE, **seen: object) -> HostView:
    """Eleven looks, a second apart: each second 10 MiB are sent, and so much is written anew."""
    sent = 10 * MEBIBYTE
    looks = tuple(
        Look(100.0 + at, (Mirror("vdb", (1 + at) * sent, 1000 * MEBIBYTE + at * written),))
        for at in range(11)
    )
    return replace(running(status, mirrors=looks[-1].mirrors, looks=looks), **seen)


def test_its_writes_wait_for_the_copy_from_then_on_and_the_intent_says_why() -> None:
    decision = decide(behind(), NOON)
    assert decision.act is HostAct.SYNCHRONIZE
    (meant,) = decision.status.synchronous
    assert (meant.target, meant.refused) == ("vdb", "")
    assert "8.0 MiB/s" in meant.why


def test_one_that_its_copy_can_follow_is_let_be() -> None:
    assert decide(behind(written=4 * MEBIBYTE), NOON).act is HostAct.NONE


def test_what_this_process_has_changed_is_not_changed_again_and_another_one_does_it_once_more() -> None:
    meant = decide(behind(), NOON).status
    done = behind(meant, synchronous=frozenset({"vdb"}))
    assert decide(done, NOON).act is HostAct.NONE
    adopted = replace(behind(meant), looks=())
    again = decide(adopted, NOON)
    assert (again.act, again.status.synchronous) == (HostAct.SYNCHRONIZE, meant.synchronous)


def test_a_qemu_that_can_not_is_not_asked_again_and_the_reason_stays() -> None:
    meant = decide(behind(), NOON).status
    told = copying.refused(meant, ("vdb",), "too old")
    assert told.synchronous[0].refused == "too old"
    assert decide(behind(told), NOON).act is HostAct.NONE


@pytest.mark.parametrize(
    "seen",
    [
        behind(mirrors=()),
        behind(guest=guest(), mirrors=()),
        behind(were_complete=frozenset({"vdb"}), looks=behind().looks[5:]),
        replace(
            behind(),
            task=source(Goal.MIGRATED, BEGUN, replace(PLAN, synchronous_writes=True)),
        ),
    ],
    ids=["no mirror", "no job", "too short", "synchronous from the start"],
)
def test_nothing_is_changed_where_nothing_can_be_behind(seen: HostView) -> None:
    assert decide(seen, NOON).act is HostAct.NONE


def test_a_roll_back_changes_no_mirror() -> None:
    assert decide(replace(behind(), task=running(goal=Goal.ROLLED_BACK).task), NOON).act is HostAct.ABORT


# the same image


EXISTING = replace(COPY, create=False, existing=image(modified=-100).fingerprint)


def with_existing(goal: Goal, status: TaskStatus, changed: float, now: float) -> HostView:
    """The destination's image was changed then, and the source's is looked at again now."""
    existing = replace(EXISTING, existing=image(modified=changed).fingerprint)
    task = source(goal, status, replace(PLAN, copies=(existing,)))
    own = (image(modified=now), image("/shared/vm1.img", modified=now))
    return view(task, guest(), images=own)


@pytest.mark.parametrize(
    ("goal", "status"),
    [(Goal.PREPARED, INSPECTED), (Goal.MIGRATED, replace(INSPECTED, reached=Goal.PREPARED))],
)
def test_an_image_that_may_be_the_sources_own_is_refused_at_prepare_and_at_the_start(
    goal: Goal, status: TaskStatus
) -> None:
    assert set(images_to_look_at(with_existing(goal, status, 0, 0))) == {COPY.path}
    for changed in (-1, 0, 3):  # the source's was changed a second before noon, and at three
        decision = decide(with_existing(goal, status, changed, 3), NOON)
        assert decision.status.failure is not None, changed
        assert decision.status.failure.reason is Reason.SAME_IMAGE
        assert decision.act is not HostAct.START
    for changed in (-2, 4):
        assert decide(with_existing(goal, status, changed, 3), NOON).status.failure is None


def test_images_that_are_created_need_no_second_look() -> None:
    assert images_to_look_at(view(source(Goal.PREPARED, INSPECTED, PLAN), guest())) == ()
