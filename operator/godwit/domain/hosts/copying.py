"""The job while it copies disks: how far each is, what each may take, and a peer that is gone.

A mirror whose peer has vanished waits for TCP, for a quarter of an hour or more, and so does whoever aborts
the job. Where a mirror has nothing on its way at that moment, QEMU itself waits, with all of its guest's
devices: once the job is aborted, or after 25 s, when libvirtd misses its peer and ends the mirrors. So such a
job is cut off before. Figures of libvirt's that have not moved by a byte tell it; its silence tells nothing.
"""

from msgspec.structs import replace

from godwit.domain.guest import Job
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.image import Mirror
from godwit.domain.image_journal import Copied, SynchronousWrites
from godwit.domain.reasons import Reason
from godwit.domain.storage import bandwidth, cannot_follow
from godwit.domain.storage.bandwidth import MirrorShare, Shares
from godwit.domain.storage.following import STEP_BYTES
from godwit.domain.task import Failure, Task, TaskStatus

LOOK_AGAIN_SECONDS = 1.0
STALLED_SECONDS = 40.0
STALLED_IDLE_SECONDS = 15.0
"""Where a mirror may have nothing on its way: it is complete, or waits for its limit."""
STALLED_ABORT_SECONDS = 3.0
"""Of a job that is to end anyway."""
STEP_MARGIN_SECONDS = 5.0


def copies_disks(task: Task) -> bool:
    """Its job has, or may have, mirrors."""
    return task.spec.plan is not None and bool(task.spec.plan.copies)


def is_our_job(view: HostView) -> bool:
    """The job that runs is the one that this task began: of the very QEMU that it marked."""
    guest, status = view.guest, view.task.status
    began = status.starting is not None and status.stopped is None
    return began and guest.job is Job.MIGRATION_OUT and guest.marks.run == status.run_mark


def told(view: HostView, status: TaskStatus) -> TaskStatus:
    """With how far each disk is; a mirror that is over keeps its last figure, complete when all is.

    One that has not said how much there is to copy is not told of yet.
    """
    if not copies_disks(view.task):
        return status
    shown = {copied.target: copied for copied in status.copied}
    for mirror in view.mirrors:
        if mirror.total_bytes is not None:
            shown[mirror.target] = Copied(mirror.target, mirror.copied_bytes, mirror.total_bytes)
    if status.was_seen_to_leave:
        shown = {target: replace(one, copied_bytes=one.total_bytes) for target, one in shown.items()}
    return replace(status, copied=tuple(shown.values()))


def wanted(view: HostView) -> Shares | None:
    """What memory and mirrors may take now; None where no copy runs, or no bandwidth was ever asked for."""
    task, limits = view.task, view.task.spec.limits
    if not view.mirrors or (limits is None and task.status.limits is None):
        return None
    facts = task.status.facts
    return bandwidth.shares(
        limits.bandwidth_mebibytes_per_second if limits else None,
        view.mirrors,
        memory_flows=_memory_flows(view),
        writes_bytes_per_second=facts.writes_bytes_per_second if facts else None,
    )


def to_put_right(view: HostView) -> tuple[MirrorShare, ...]:
    """Mirrors that don't show what they may take."""
    shares = wanted(view)
    return bandwidth.to_put_right(shares, view.mirrors) if shares else ()


def out_of_balance(view: HostView) -> bool:
    """Memory or a mirror has another share than it should."""
    shares = wanted(view)
    if shares is None:
        return False
    memory = shares.memory_mebibytes_per_second
    return bool(to_put_right(view)) or (memory is not None and memory != view.memory_bandwidth)


def fallen_behind(view: HostView, status: TaskStatus) -> HostDecision | None:
    """A mirror can't follow what the guest writes by now: its writes wait for it. None where all can.

    QEMU doesn't tell the mode of a mirror, and takes the same one again: an agent that was restarted does it
    once more for all that were meant to be.
    """
    plan = view.task.spec.plan
    if not view.mirrors or plan is None or plan.synchronous_writes:
        return None
    known = {each.target for each in status.synchronous}
    late = tuple(
        SynchronousWrites(mirror.target, why)
        for mirror in view.mirrors
        if mirror.target not in known and (why := _why_behind(view, mirror))
    )
    meant = replace(status, synchronous=(*status.synchronous, *late))
    if not to_synchronize(view, meant):
        return None
    return HostDecision(meant, HostAct.SYNCHRONIZE, LOOK_AGAIN_SECONDS)


def to_synchronize(view: HostView, status: TaskStatus) -> tuple[str, ...]:
    """Targets whose mirrors are meant to be synchronous, and were not made so by this process."""
    there = {mirror.target for mirror in view.mirrors}
    return tuple(
        each.target
        for each in status.synchronous
        if not each.refused and each.target in there and each.target not in view.synchronous
    )


def refused(status: TaskStatus, targets: tuple[str, ...], why: str) -> TaskStatus:
    """QEMU can't: it isn't asked again."""
    return replace(
        status,
        synchronous=tuple(
            replace(each, refused=why) if each.target in targets else each for each in status.synchronous
        ),
    )


def _why_behind(view: HostView, mirror: Mirror) -> str:
    was_complete = _memory_flows(view) or mirror.target in view.were_complete
    return cannot_follow(view.looks, mirror.target, was_complete=was_complete)


def hung(view: HostView, status: TaskStatus) -> HostDecision | None:
    """The job goes on to move nothing: it is cut off. None as long as it moves, or copies no disk."""
    if not view.mirrors or not _stalls(view, _patience_seconds(view.mirrors)):
        return None
    why = (
        f"libvirt's job has not moved a byte for {view.stalled_seconds:.0f} s: the destination's QEMU can't "
        "be reached any more. The guest stays where it is"
    )
    failed = replace(status, failure=status.failure or Failure(Reason.CONNECTION_FAILED, why))
    return HostDecision(failed, HostAct.CUT_OFF, LOOK_AGAIN_SECONDS)


def _patience_seconds(mirrors: tuple[Mirror, ...]) -> float:
    """How long nothing may move: longer than the slowest mirror waits for its limit."""
    limits = [mirror.bandwidth_bytes_per_second for mirror in mirrors if not mirror.ready]
    limited = [limit for limit in limits if limit > 0]
    if not limited and len(limits) == len(mirrors):
        return STALLED_SECONDS
    step = STEP_BYTES / min(limited) + STEP_MARGIN_SECONDS if limited else 0.0
    return max(STALLED_IDLE_SECONDS, step)


def how_to_abort(view: HostView) -> HostAct:
    """An abort alone, unless it waits for a peer that is gone."""
    return HostAct.CUT_OFF if _stalls(view, STALLED_ABORT_SECONDS) else HostAct.ABORT


def _stalls(view: HostView, seconds: float) -> bool:
    return copies_disks(view.task) and is_our_job(view) and view.stalled_seconds >= seconds


def _memory_flows(view: HostView) -> bool:
    """All mirrors were complete when it began to."""
    return view.stats is not None and view.stats.memory_total_bytes > 0
