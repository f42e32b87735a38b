"""What a guest that has left leaves at its source: a definition, and images that may be asked to go.

Both go only while nobody has brought the guest back. That is known by what was seen (it was active, it
stopped once more, a definition came where none was), by libvirt's reason for its last stop, and, where a
restart of libvirtd made it forget that reason, by images that were written after the guest had left. What is
somebody's stays for good.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from msgspec.structs import replace

from godwit.domain.guest import DomainState, StateReason
from godwit.domain.hosts.images import IMAGE, copies
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Order, StopDetail, Stopped, Task, TaskStatus

_GOING = frozenset({Goal.MIGRATED, Goal.RELEASED})
"""Until then, and in a roll-back, the agent itself takes the mark of the very QEMU away."""
_RUNNING = frozenset({DomainState.RUNNING, DomainState.BLOCKED})
LATE_SECONDS = 5
"""QEMU closes its images, and libvirt gives them back to root, when the guest has stopped."""
_RAN_ON = {
    StateReason.SHUTDOWN: StopDetail.SHUTDOWN,
    StateReason.DESTROYED: StopDetail.DESTROYED,
    StateReason.CRASHED: StopDetail.CRASHED,
    StateReason.OTHER: StopDetail.SAVED,
}
"""Of a domain that is off: reasons that only a QEMU that has run can leave. A start that failed is none."""


def left_at(status: TaskStatus) -> datetime | None:
    """When this host's copy ceased to be the guest; None when nobody has written that down."""
    return status.stopped.at if status.stopped and status.was_seen_to_leave else status.destroying_at


def noticed(view: HostView, status: TaskStatus, now: datetime) -> TaskStatus:
    """With the moment when it was first seen that somebody has brought the guest back."""
    if status.brought_back_at or not _is_brought_back(view, status):
        return status
    return replace(status, brought_back_at=now)


def is_another_qemu(view: HostView, status: TaskStatus) -> bool:
    """Not the one that was inspected, also where a roll-back has taken its mark away."""
    inspected = status.facts.view.domain_id if status.facts else None
    return view.guest.active and inspected is not None and view.guest.domain_id != inspected


def images_to_look_at(view: HostView) -> tuple[str, ...]:
    """A definition whose last stop libvirt has forgotten is judged by the images, too."""
    if not _is_releasing(view.task):
        return ()
    forgotten = view.guest.state is DomainState.SHUTOFF and view.guest.reason is StateReason.UNKNOWN
    return tuple(copy.path for copy in copies(view.task)) if forgotten else ()


def wants_peer(view: HostView) -> bool:
    """Before an image is removed: the destination may have lost its own."""
    removes = _is_releasing(view.task) and view.guest.state is DomainState.ABSENT
    return removes and any(copy.delete_source for copy in copies(view.task))


def _is_releasing(task: Task) -> bool:
    return task.spec.goal is Goal.RELEASED and task.status.reached is not Goal.RELEASED


def is_theirs(view: HostView, status: TaskStatus) -> Failure | None:
    """Why the definition stays; None where it is ours to drop, or a person gave this copy up."""
    if view.task.spec.order is Order.DESTROY:
        return None
    name = view.task.spec.vm.name
    theirs = (
        "so its definition and its images stay: if the copy at "
        f"{view.task.spec.peer.node_name} is the guest, undefine it here "
        f"(`virsh undefine {name} --keep-nvram --keep-tpm`)"
    )
    if status.brought_back_at:
        at = f"{status.brought_back_at:%Y-%m-%d %H:%M:%S} UTC"
        why = f"VM {name} was started or defined here again after it had left (seen at {at}), {theirs}"
        return Failure(Reason.EVIDENCE_UNDECIDED, why)
    if written := [image.path for image in view.images if was_written_since(image, status)]:
        why = f"{', '.join(written)} was written after VM {name} had left, {theirs}"
        return Failure(Reason.EVIDENCE_UNDECIDED, why)
    return None


def let_go(view: HostView, status: TaskStatus) -> HostDecision:
    """The definition is gone: the images that are to go follow it, the intent first."""
    going = status.removing or _to_remove(view.task)
    if not going:
        return HostDecision(replace(status, reached=Goal.RELEASED, owed=None))
    return HostDecision(replace(status, removing=going, owed=None), HostAct.REMOVE_IMAGES)


def why_it_stays(view: HostView, resource: CreatedResource, there: ImageFacts) -> str:
    """Why this image of the source is not removed; empty where it may be."""
    status, peer = view.task.status, view.peer
    if status.brought_back_at:
        return "the guest was brought back here after it had left: this image may be the newer one"
    if view.guest.state is not DomainState.ABSENT:
        return "the guest is defined here again"
    if view.task.spec.order is Order.DESTROY:
        return "a person chose the destination's copy, and nothing proves that this one is no newer"
    if peer is not None and peer.status.failure and peer.status.failure.reason is Reason.IMAGE_MISSING:
        return "the destination has lost an image: this may be the last copy"
    if there.kind is FileKind.ABSENT:
        return ""
    if there.kind is not FileKind.REGULAR:
        return f"it is no regular file any more ({there.kind.lower()})"
    if not resource.identity:
        return "the agent can't tell it from another file of that name: the directory isn't in its pod"
    if there.used_by:
        return f"it is named by {', '.join(there.used_by)}"
    if left_at(status) is None:
        return "nobody has written down when the guest left"
    if there.fingerprint is None:
        return "nothing tells when it was last written"
    if was_written_since(there, status) or _changed_since(there, status):
        return "it was changed after the guest had left"
    return ""


def may_delete_nvram(task: Task) -> bool:
    """Together with the definition. Whoever brought the guest back needs it, and so may who gave it up."""
    plan, status = task.spec.plan, task.status
    asked = plan is not None and plan.delete_nvram
    in_doubt = status.brought_back_at or task.spec.order is Order.DESTROY or left_at(status) is None
    return asked and not in_doubt


def was_written_since(image: ImageFacts, status: TaskStatus) -> bool:
    """Its content, later than the guest's own last moments."""
    return image.fingerprint is not None and _is_late(image.fingerprint.modified, status)


def _changed_since(image: ImageFacts, status: TaskStatus) -> bool:
    return image.fingerprint is None or _is_late(image.fingerprint.changed, status)


def _is_late(time: str, status: TaskStatus) -> bool:
    """A time that can't be read is late: nothing is removed by it."""
    left = left_at(status)
    try:
        return left is not None and Decimal(time) > Decimal(left.timestamp()) + LATE_SECONDS
    except InvalidOperation:
        return True


def _to_remove(task: Task) -> tuple[CreatedResource, ...]:
    plan, facts = task.spec.plan, task.status.facts
    if plan is None or facts is None:
        return ()
    seen = {disk.target: disk.image for disk in facts.disks}
    return tuple(
        CreatedResource(
            IMAGE,
            copy.path,
            ResourceState.INTENDED,
            identity=image.identity if (image := seen.get(copy.target)) else "",
        )
        for copy in plan.copies
        if copy.delete_source
    )


def _is_brought_back(view: HostView, status: TaskStatus) -> bool:
    guest, stopped, plan = view.guest, status.stopped, view.task.spec.plan
    if status.starting_anew_at:
        return False
    runs_anew = guest.state in _RUNNING and guest.marks.run != status.run_mark
    if runs_anew and view.task.spec.goal in _GOING:
        return True
    if stopped is None or left_at(status) is None:
        return False
    if guest.active:
        return True
    if _stopped_once_more(view.stopped, stopped):
        return True
    if guest.state is DomainState.ABSENT:
        return False
    before = view.task.status.evidence
    was_gone = before is not None and before.guest.state is DomainState.ABSENT
    # Images go only once the definition has gone: one that is there nevertheless is somebody's.
    was_gone = was_gone or bool(view.task.status.removing)
    if was_gone or (plan is not None and not plan.persistent and guest.persistent):
        return True
    ran = _RAN_ON.get(guest.reason)
    by_us = ran is StopDetail.DESTROYED and status.destroying_at is not None
    return ran is not None and ran is not stopped.detail and not by_us


def _stopped_once_more(seen: Stopped | None, recorded: Stopped) -> bool:
    if seen is None or seen.at <= recorded.at or seen.detail is StopDetail.FAILED:
        return False
    return seen.detail is not recorded.detail
