"""The source's agent: what to do for its task, from one look.

The start fence: `starting` is written with the resourceVersion at which the goal was read, and the call
follows only a write of this very pass that succeeded. Whoever finds `starting` written never calls again:
it reports what libvirt shows. STOPPED(migrated) is recorded only while the domain is inactive, and never
after RolledBack.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.guest import DomainState, Job, JobStats, StateReason
from godwit.domain.hosts import copying, departed, orders, tuning
from godwit.domain.hosts.claim import not_ours
from godwit.domain.hosts.evidence import may_still_begin, of_source, source_now
from godwit.domain.hosts.images import copies
from godwit.domain.hosts.view import Call, HostAct, HostDecision, HostView
from godwit.domain.image import ImageFacts
from godwit.domain.owing import may_bear_ours
from godwit.domain.reasons import Reason
from godwit.domain.storage.likeness import same_image
from godwit.domain.task import (
    ORDERS_TAKING_BACK,
    Failure,
    Goal,
    JobResult,
    Order,
    Starting,
    StopDetail,
    Stopped,
    TaskStatus,
)
from godwit.domain.vocabulary import (
    SourceSays,
)

LOOK_AGAIN_SECONDS = 1.0
PROGRESS_FIRST_MILLISECONDS = 5_000
PROGRESS_EVERY_MILLISECONDS = 10_000
_OFF = frozenset({DomainState.SHUTOFF, DomainState.ABSENT})
_STOPPED_BY = {
    StateReason.MIGRATED: StopDetail.MIGRATED,
    StateReason.SHUTDOWN: StopDetail.SHUTDOWN,
    StateReason.DESTROYED: StopDetail.DESTROYED,
    StateReason.CRASHED: StopDetail.CRASHED,
}
_LEFT_INTACT = frozenset({SourceSays.RUNNING, SourceSays.PAUSED_USER})


def decide(view: HostView, now: datetime) -> HostDecision:
    """The status as it shall be, and the act that may follow."""
    status = _recorded(view, now)
    match view.task.spec.goal:
        case Goal.INSPECTED:
            return _inspect(view, status)
        case Goal.PREPARED:
            return _prepare(view, status)
        case Goal.MIGRATED:
            return _migrate(view, status, now)
        case Goal.ROLLED_BACK:
            return _roll_back(view, status, now)
        case Goal.RELEASED:
            return _release(view, status, now)


def images_to_look_at(view: HostView) -> tuple[str, ...]:
    """Paths of the guest's images that this pass has to look at; mostly none."""
    task, status = view.task, view.task.status
    preparing = task.spec.goal is Goal.PREPARED and status.reached is Goal.INSPECTED
    starting = task.spec.goal is Goal.MIGRATED and status.starting is None
    if (preparing or starting) and not status.failure and any(not copy.create for copy in copies(task)):
        return tuple(image.path for image in _own_images(status))
    return departed.images_to_look_at(view)


def _own_images(status: TaskStatus) -> tuple[ImageFacts, ...]:
    """As the inspection saw them."""
    facts = status.facts
    if facts is None:
        return ()
    images = [disk.image for disk in facts.disks if disk.image]
    return (*images, facts.nvram) if facts.nvram else tuple(images)


def _recorded(view: HostView, now: datetime) -> TaskStatus:
    """What was seen since `starting`, whatever the goal is now."""
    status = replace(view.task.status, waiting=None, blind=False)
    if status.starting is None or status.reached in (Goal.ROLLED_BACK, Goal.RELEASED):
        return status
    stopped = status.stopped or _seen_stop(view, now)
    status = departed.noticed(view, replace(status, stopped=stopped), now)
    status = replace(status, evidence=of_source(view, status, now))
    if view.guest.active and view.stats and _worth_telling(view, status.progress, view.stats):
        status = copying.told(view, replace(status, progress=view.stats))
    over = stopped or not may_still_begin(view)
    if view.completed and status.result is None and over and not _only_the_result_is_new(view, status):
        status = copying.told(view, replace(status, result=JobResult(view.completed, view.suspended_at)))
    return status


def _only_the_result_is_new(view: HostView, status: TaskStatus) -> bool:
    """libvirt tells it a moment after the guest has left; until the release there are further writes."""
    left = view.task.status.stopped is not None and view.task.spec.goal is Goal.MIGRATED
    return left and status == view.task.status


def _seen_stop(view: HostView, now: datetime) -> Stopped | None:
    """libvirt's reason, or what its event told. A QEMU that dies is `Failed` in the event: it has crashed."""
    guest, told = view.guest, view.stopped
    if guest.state not in _OFF:
        return None
    if guest.state is DomainState.SHUTOFF and (detail := _STOPPED_BY.get(guest.reason)):
        return told if told and told.detail is detail else Stopped(detail, told.at if told else now)
    if told and told.detail is StopDetail.FAILED:
        return replace(told, detail=StopDetail.CRASHED)
    return told


def _worth_telling(view: HostView, told: JobStats | None, stats: JobStats) -> bool:
    """Every 10 s at most, only when it moved, and not of a job that is over in a moment.

    But at once when the memory follows the disks: that is another phase.
    """
    if told is None:
        return stats.elapsed_milliseconds >= PROGRESS_FIRST_MILLISECONDS
    late = stats.elapsed_milliseconds - told.elapsed_milliseconds >= PROGRESS_EVERY_MILLISECONDS
    turned = told.memory_total_bytes == 0 and stats.memory_total_bytes > 0
    return turned or (late and stats.data_remaining_bytes != told.data_remaining_bytes)


def _inspect(view: HostView, status: TaskStatus) -> HostDecision:
    if status.reached and status.outlook and status.outlook.look < view.task.spec.looks:
        return HostDecision(status, HostAct.LOOK_OUT)
    if status.reached or status.failure:
        return HostDecision(status)
    if failure := not_ours(view) or _gone(view):
        return HostDecision(replace(status, failure=failure))
    return HostDecision(status, HostAct.INSPECT)


def _prepare(view: HostView, status: TaskStatus) -> HostDecision:
    if status.reached is not Goal.INSPECTED or status.failure:
        return HostDecision(status)
    if failure := not_ours(view) or _gone(view) or _onto_itself(view):
        return HostDecision(replace(status, failure=failure))
    ready = not view.guest.autostart and view.guest.marks.run == status.run_mark
    if ready and not status.created_resources:
        return HostDecision(replace(status, reached=Goal.PREPARED))
    return HostDecision(status, HostAct.PREPARE)


def _migrate(view: HostView, status: TaskStatus, now: datetime) -> HostDecision:
    if status.starting is not None and (hung := copying.hung(view, status)):
        return hung
    if tuned := tuning.tune(view, status):
        return tuned
    if status.starting is None:
        return _start(view, status, now)
    if over := tuning.out_of_time(view, status, now):
        return over
    if ordered := orders.at_source(view, status, source_now(view, status), now):
        return ordered
    if status.was_seen_to_leave:
        return _has_left(view, replace(status, reached=Goal.MIGRATED))
    if view.call is Call.RETURNED and status.failure is None:
        failed = view.call_failure or Failure(
            Reason.LIBVIRT_ERROR, "libvirt reported success, but the guest is still here"
        )
        if view.guest.active:
            return HostDecision(replace(status, failure=failed))
    if behind := copying.fallen_behind(view, status):
        return behind
    return HostDecision(status, again_after_seconds=LOOK_AGAIN_SECONDS if _is_busy(view) else None)


def _has_left(view: HostView, status: TaskStatus) -> HostDecision:
    """Somebody may have started the guest here again: then what it is doing is told, too."""
    again = LOOK_AGAIN_SECONDS if view.guest.active and _is_busy(view) else None
    return HostDecision(status, again_after_seconds=again)


def _is_busy(view: HostView) -> bool:
    return may_still_begin(view) or view.guest.job is Job.MIGRATION_OUT


def _start(view: HostView, status: TaskStatus, now: datetime) -> HostDecision:
    if status.failure:
        return HostDecision(status)
    facts = status.facts
    failure = not_ours(view) or _gone(view) or _changed(view) or _onto_itself(view)
    if failure or facts is None:
        lost = Failure(Reason.LIBVIRT_ERROR, "the facts of the inspection are missing from the task")
        return HostDecision(replace(status, failure=failure or lost))
    starting = Starting(view.task.spec.attempt, facts.devices_digest, now)
    written = replace(view.task, status=replace(status, starting=starting))
    begun = replace(view, task=written, call=Call.RUNNING)
    evidence = of_source(begun, written.status, now)
    return HostDecision(replace(status, starting=starting, evidence=evidence), HostAct.START)


def _roll_back(view: HostView, status: TaskStatus, now: datetime) -> HostDecision:
    if status.reached is Goal.ROLLED_BACK:
        return HostDecision(status)
    if status.too_late and view.task.spec.order not in ORDERS_TAKING_BACK:
        ordered = orders.at_source(view, status, source_now(view, status), now)
        return ordered or _has_left(view, status)
    status = replace(status, too_late=False)
    if status.starting is not None:
        says = source_now(view, status)
        if ordered := orders.at_source_rolling_back(view, status, says, now):
            return ordered
        if says is SourceSays.JOB:
            runs = view.guest.job is Job.MIGRATION_OUT
            act = copying.how_to_abort(view) if runs else HostAct.NONE
            waiting = Failure(Reason.ROLLING_BACK, "waiting until libvirt's job has certainly ended")
            return HostDecision(replace(status, waiting=waiting), act, LOOK_AGAIN_SECONDS)
        order = view.task.spec.order
        # Where it was seen to leave, whatever runs here now was started anew: nobody but both hosts can tell.
        left = order is None and (says is SourceSays.OFF_MIGRATED or status.was_seen_to_leave)
        if left or (order in orders.GIVING_UP and says in orders.OFF):
            return HostDecision(replace(status, too_late=True, owed=None))
        if order in orders.GIVING_UP:
            why = f"the guest is {says.value}, but the other host's copy counts: end it on one of the hosts"
            return HostDecision(replace(status, owed=Failure(Reason.EVIDENCE_UNDECIDED, why)))
        knows = order not in (None, Order.STAY)
        told_so = knows and (says in orders.OFF or orders.stays_paused(view, says))
        anew = order is None and departed.is_another_qemu(view, status)
        if anew or (says not in _LEFT_INTACT and not told_so):
            why = f"the guest is {says.value}: what the other host has decides"
            return HostDecision(replace(status, waiting=Failure(Reason.EVIDENCE_UNDECIDED, why)))
    elif may_bear_ours(view.task) and _lost_its_host(view, status):
        started = replace(status, starting_anew_at=status.starting_anew_at or now)
        return HostDecision(started, HostAct.START_ANEW, LOOK_AGAIN_SECONDS)
    wanted = bool(status.facts and status.facts.view.autostart and view.guest.persistent)
    restored = view.guest.state is DomainState.ABSENT or (
        view.guest.autostart == wanted and view.guest.marks.run is None
    )
    if may_bear_ours(view.task) and _inspected(status) and not restored:
        return HostDecision(status, HostAct.RESTORE)
    tuned = view.guest.active and tuning.has_to_be_put_back(view.task)
    if status.created_resources or tuned:
        return HostDecision(status, HostAct.RESTORE)
    return HostDecision(replace(status, reached=Goal.ROLLED_BACK, owed=None))


def _lost_its_host(view: HostView, status: TaskStatus) -> bool:
    """Its host would have started it at the boot, had we not cleared its autostart."""
    guest, facts = view.guest, status.facts
    cleared = facts is not None and facts.view.autostart and guest.persistent and not guest.autostart
    off = guest.state is DomainState.SHUTOFF and guest.reason is StateReason.UNKNOWN
    return cleared and off and view.stopped is None


def _release(view: HostView, status: TaskStatus, now: datetime) -> HostDecision:
    if status.reached is Goal.RELEASED:
        return HostDecision(status)
    if view.guest.state is DomainState.ABSENT:
        return departed.let_go(view, status)
    if ordered := orders.at_source(view, status, source_now(view, status), now):
        return ordered
    if view.guest.active:
        why = "the guest is active here again, so its definition stays: end it on one of the hosts"
        return HostDecision(replace(status, owed=Failure(Reason.EVIDENCE_UNDECIDED, why)))
    if theirs := departed.is_theirs(view, status):
        return HostDecision(replace(status, owed=theirs))
    return HostDecision(status, HostAct.UNDEFINE)


def _inspected(status: TaskStatus) -> bool:
    """Autostart and marks were only ever touched after the facts had been written."""
    return status.facts is not None


def _gone(view: HostView) -> Failure | None:
    vm = view.task.spec.vm
    if view.guest.state is DomainState.ABSENT:
        return Failure(Reason.VM_NOT_FOUND, f"VM {vm.name} (uuid {vm.uuid}) is not here any more")
    return None


def _changed(view: HostView) -> Failure | None:
    name = view.task.spec.vm.name
    if not view.guest.active:
        state = view.guest.state.lower()
        return Failure(Reason.GUEST_CHANGED, f"VM {name} is {state}: it ended after it was inspected")
    if view.guest.marks.run != view.task.status.run_mark:
        return Failure(Reason.GUEST_CHANGED, f"VM {name} was started anew after it was inspected")
    facts = view.task.status.facts
    if facts and (facts.view.state is DomainState.PAUSED) != (view.guest.state is DomainState.PAUSED):
        now = "paused" if view.guest.state is DomainState.PAUSED else "resumed"
        return Failure(Reason.GUEST_CHANGED, f"VM {name} was {now} after it was inspected")
    if view.guest.job is not Job.NONE:
        return Failure(Reason.GUEST_BUSY, f"libvirt runs another job on VM {name} now")
    return None


def _onto_itself(view: HostView) -> Failure | None:
    """An image that must exist may be the guest's own, by another way: asked again, it shows its inode."""
    wrong = same_image(copies(view.task), _own_images(view.task.status), view.images)
    return Failure(Reason.SAME_IMAGE, wrong[1]) if wrong else None
