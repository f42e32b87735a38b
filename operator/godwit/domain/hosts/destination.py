"""The destination's agent: what to do for its task, from one look.

In the strict switchover it lets the guest go on by itself, without the operator: only after it read from
the API server, and not from a cache, that the source recorded STOPPED(migrated) in this attempt and did not
roll back. Its own goal is checked by the fence of the write that records the intent. It removes only what
bears the mark of its attempt, and never what runs.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.guest import DomainState
from godwit.domain.hosts import images, kept, orders
from godwit.domain.hosts.claim import not_ours
from godwit.domain.hosts.evidence import destination_now, of_destination
from godwit.domain.hosts.orders import LOOK_AGAIN_SECONDS
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.plan import Plan, ResumeWhen
from godwit.domain.reasons import Reason
from godwit.domain.says import attempt_mark
from godwit.domain.task import Failure, Goal, Order, Task, TaskStatus
from godwit.domain.vocabulary import (
    DestinationSays,
)

IMAGES_EVERY_SECONDS = 5.0
_BEFORE_ITS_ARRIVAL = frozenset({DestinationSays.NONE, DestinationSays.INCOMING})


def decide(view: HostView, now: datetime) -> HostDecision:
    """The status as it shall be, and the act that may follow."""
    status = _recorded(view, now)
    match view.task.spec.goal:
        case Goal.INSPECTED:
            return _inspect(view, status)
        case Goal.PREPARED | Goal.MIGRATED:
            return _wait_for_guest(view, status, now)
        case Goal.ROLLED_BACK:
            return _roll_back(view, status, now)
        case Goal.RELEASED:
            return _release(view, status)


def wants_peer(task: Task, guest_is_ours_and_waits: bool) -> bool:
    """Whether this pass must read the other host's task from the API server."""
    plan = task.spec.plan
    waits = task.spec.goal is Goal.PREPARED and task.status.resumed_at is None
    return waits and guest_is_ours_and_waits and plan is not None and plan.resume_when is not None


def wants_images(view: HostView) -> bool:
    """Whether this pass looks whether the images are there: as long as the guest is on its way to them."""
    status = view.task.status
    waits = view.task.spec.goal is Goal.PREPARED and status.reached is Goal.PREPARED
    if not waits or status.failure or status.resumed_at or not images.copies(view.task):
        return False
    return destination_now(view, resumed=False) in _BEFORE_ITS_ARRIVAL


def wants_disk_requests(view: HostView) -> bool:
    """Whether this pass asks if the guest has run here: nobody may have looked when it did."""
    rolls_back = view.task.spec.goal is Goal.ROLLED_BACK and view.task.status.reached is not Goal.ROLLED_BACK
    return rolls_back and ours_waits(view) and not _stopped_by_us(view)


def ours_waits(view: HostView) -> bool:
    """The guest arrived, bears our mark, and is paused."""
    return destination_now(view, resumed=False) is DestinationSays.PAUSED_FINISHED


def may_resume(when: ResumeWhen, peer: Task | None) -> bool:
    """The source's own record says that the guest has left it, in this attempt, for good.

    Somebody may have started it there again since: then nobody but a person knows which copy counts.
    """
    if peer is None or peer.name != when.task:
        return False
    status = peer.status
    if status.brought_back_at or (status.evidence is not None and status.evidence.guest.active):
        return False
    began = status.starting is not None and status.starting.attempt == when.attempt
    return began and status.was_seen_to_leave and status.reached is not Goal.ROLLED_BACK


def _recorded(view: HostView, now: datetime) -> TaskStatus:
    status = replace(view.task.status, waiting=None, blind=False)
    if status.reached in (None, Goal.INSPECTED, Goal.ROLLED_BACK, Goal.RELEASED):
        return status
    runs = destination_now(view, resumed=False) is DestinationSays.RUNNING
    if status.resumed_at is None and (runs or view.resumed_at):
        status = replace(status, resumed_at=view.resumed_at or now)
    return replace(status, evidence=of_destination(view, status, now))


def _inspect(view: HostView, status: TaskStatus) -> HostDecision:
    if status.reached and status.contact and status.contact.look < view.task.spec.looks:
        return HostDecision(status, HostAct.LOOK_OUT)
    if status.reached or status.failure:
        return HostDecision(status)
    if failure := not_ours(view):
        return HostDecision(replace(status, failure=failure))
    return HostDecision(status, HostAct.INSPECT)


def _wait_for_guest(view: HostView, status: TaskStatus, now: datetime) -> HostDecision:
    plan = view.task.spec.plan
    if plan is None:
        return HostDecision(status)
    if status.reached is not Goal.PREPARED:
        return _prepare(view, status, plan)
    if view.missing_images:
        status = _without(view, status)
    says = destination_now(view, resumed=status.resumed_at is not None)
    if ordered := orders.at_destination(view, status, says, now):
        return ordered
    if plan.resume_when is None or status.resumed_at is not None or not ours_waits(view):
        looks = wants_images(view) or _lacks_its_definition(view, plan, says)
        return HostDecision(status, again_after_seconds=IMAGES_EVERY_SECONDS if looks else None)
    # Also where an agent that died had the intent: somebody may have started the guest at its source since.
    if may_resume(plan.resume_when, view.peer):
        return HostDecision(replace(status, resuming_at=status.resuming_at or now), HostAct.RESUME)
    # The guest stands still: it does not wait for a watch that may have to be opened anew.
    return HostDecision(status, again_after_seconds=LOOK_AGAIN_SECONDS)


def _lacks_its_definition(view: HostView, plan: Plan, says: DestinationSays) -> bool:
    """Somebody was asked to define it. libvirt's event wakes nobody: it comes with each arrival."""
    arrived = says in (DestinationSays.RUNNING, DestinationSays.PAUSED_FINISHED)
    return arrived and plan.persistent and not view.guest.persistent


def _prepare(view: HostView, status: TaskStatus, plan: Plan) -> HostDecision:
    if status.failure or status.reached is not Goal.INSPECTED:
        return HostDecision(status)
    if failure := not_ours(view):
        return HostDecision(replace(status, failure=failure))
    if plan.copies or kept.paths(view.task) or plan.memory:
        return HostDecision(status, HostAct.PREPARE)
    return HostDecision(replace(status, reached=Goal.PREPARED, host=None))


def _without(view: HostView, status: TaskStatus) -> TaskStatus:
    """The operator ends the job by it. A guest that has left its source all the same goes on here."""
    gone = " and ".join(view.missing_images)
    why = f"{gone} was removed while the guest was being copied into it"
    return replace(status, failure=status.failure or Failure(Reason.IMAGE_MISSING, why))


def _roll_back(view: HostView, status: TaskStatus, now: datetime) -> HostDecision:
    if status.reached is Goal.ROLLED_BACK:
        return HostDecision(status)
    says = destination_now(view, resumed=status.resumed_at is not None)
    if says is DestinationSays.NONE:
        if status.created_resources:
            return HostDecision(status, HostAct.REMOVE_IMAGES)
        return HostDecision(replace(status, reached=Goal.ROLLED_BACK, owed=None))
    status = replace(status, resumed_at=status.resumed_at or (now if view.disk_requests else None))
    if view.task.spec.order is not Order.DESTROY and _may_be_the_guest(view, status, says):
        name = view.task.spec.vm.name
        why = (
            f"VM {name} runs or has run here, so nothing is removed: end it here if the source's copy counts"
        )
        return HostDecision(replace(status, owed=Failure(Reason.DESTINATION_RUNS, why)))
    return HostDecision(status, HostAct.REMOVE)


def _may_be_the_guest(view: HostView, status: TaskStatus, says: DestinationSays) -> bool:
    """It runs, or has run: then a pause alone does not make it a copy that nobody needs.

    One that we stopped ourselves, since two ran, is judged by the table; not so once it went on after that.
    """
    if says is DestinationSays.RUNNING or status.resuming_at is not None:
        return True
    owed = status.owed is not None and status.owed.reason is Reason.DESTINATION_RUNS
    return view.guest.active and (owed or (status.resumed_at is not None and not _stopped_by_us(view)))


def _stopped_by_us(view: HostView) -> bool:
    """And nobody was seen to let it go on since."""
    suspending_at = view.task.status.suspending_at
    return suspending_at is not None and (view.resumed_at is None or view.resumed_at <= suspending_at)


def _release(view: HostView, status: TaskStatus) -> HostDecision:
    if status.reached is Goal.RELEASED:
        return HostDecision(status)
    plan, guest = view.task.spec.plan, view.guest
    # From the commit on the images are the guest's, and nothing but a roll-back removes any.
    released = replace(status, reached=Goal.RELEASED, owed=None, created_resources=())
    if _stands_still_by_our_hand(view, status):
        return HostDecision(status, HostAct.RESUME, LOOK_AGAIN_SECONDS)
    ours = guest.marks.attempt == attempt_mark(view.task)
    wanted = bool(plan and plan.autostart and guest.persistent)
    if guest.state is DomainState.ABSENT or (not ours and guest.autostart == wanted):
        return HostDecision(released)
    if not ours and guest.marks.attempt is not None:
        return HostDecision(released)
    return HostDecision(status, HostAct.SETTLE)


def _stands_still_by_our_hand(view: HostView, status: TaskStatus) -> bool:
    """We stopped it while two copies ran; it is the guest, and nobody else lets it go on."""
    plan = view.task.spec.plan
    paused_before = plan is not None and plan.paused_before
    return status.suspending_at is not None and not paused_before and ours_waits(view)
