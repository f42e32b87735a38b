"""What one pass of an agent decides from, and what it decides: for one task on its own host."""

from datetime import datetime
from enum import StrEnum

from godwit.domain.guest import GuestView, JobStats
from godwit.domain.image import ImageFacts, Mirror
from godwit.domain.storage.following import Look
from godwit.domain.task import Failure, Stopped, Task, TaskStatus
from godwit.domain.value import Value

ANSWERED_SECONDS = 35.0
"""libvirt must have answered for so long before a call whose caller is lost can no longer begin a job.

A call waits for the domain's lock for up to 30 s, even when its caller is gone (section 3 of the design), and
whether that lock is free or another job's: after that it has begun its own, or has failed.
"""
NO_JOB_SECONDS = 5.0
"""Besides, so long must it have shown no job, in look after look: one look may come in between two jobs."""


class Call(StrEnum):
    """This very process's call that migrates the guest in this attempt."""

    NONE = "None"
    """Never made, or made by a process that is gone."""
    RUNNING = "Running"
    RETURNED = "Returned"


class HostView(Value):
    """The task first, then the look at libvirt: so the look is later than the challenge in the task."""

    task: Task
    guest: GuestView
    agent: str
    """Random id that this process took when it started."""
    call: Call = Call.NONE
    call_failure: Failure | None = None
    answered_seconds: float = 0.0
    """How long libvirt has answered this process, without a gap."""
    quiet_seconds: float = 0.0
    """How long of that it has shown no job."""
    stopped: Stopped | None = None
    """A STOPPED event that this process saw."""
    suspended_at: datetime | None = None
    resumed_at: datetime | None = None
    claimed: bool | None = None
    """Whether the claim names our migration; None when it was not asked."""
    peer: Task | None = None
    """The other host's task, as the API server has it now; None when it was not asked."""
    stats: JobStats | None = None
    """Of the job that runs."""
    completed: JobStats | None = None
    """Of the job that ended."""
    mirrors: tuple[Mirror, ...] = ()
    """The copies of disks that run: of our own job only."""
    looks: tuple[Look, ...] = ()
    """What was seen of those mirrors lately, the last look included."""
    were_complete: frozenset[str] = frozenset()
    """Targets of mirrors that this process has seen complete in this job."""
    synchronous: frozenset[str] = frozenset()
    """Targets whose mirrors this process has made synchronous in this job."""
    memory_bandwidth: int | None = None
    """What this process has allowed the job's memory last, in MiB/s; None: nothing yet."""
    stalled_seconds: float = 0.0
    """How long neither the job nor a mirror has moved a byte, by figures that libvirt gave."""
    images: tuple[ImageFacts, ...] = ()
    """The source's images of copied disks, where the step asks for them."""
    disk_requests: int | None = None
    """What the guest has asked of its disks since this QEMU began, where a roll-back asks for it: a copy that
    only arrived has asked for nothing. None: unknown.
    """
    missing_images: tuple[str, ...] = ()
    """Images at the destination that are gone for certain, while a guest is copied into them."""


class HostAct(StrEnum):
    """What may be done once the status is written; each is safe to repeat."""

    NONE = "None"
    INSPECT = "Inspect"
    """Gather facts, write or read tokens; its result goes into the status."""
    LOOK_OUT = "LookOut"
    """Once more: the source looks down its roads, the destination listens for the source's call. Its result
    goes into the status.
    """
    PREPARE = "Prepare"
    """Source: autostart off, run mark set, tokens removed. Destination: directories and images made, or
    looked at once more; its result goes into the status.
    """
    START = "Start"
    """The one call of the attempt: only after `starting` was written by this very pass."""
    TUNE = "Tune"
    """Put the limits of the task in force; its result goes into the status."""
    SYNCHRONIZE = "Synchronize"
    """Let the guest's writes wait for mirrors that can't follow; its result goes into the status."""
    ABORT = "Abort"
    CUT_OFF = "CutOff"
    """Close the connections of mirrors whose peer is gone, and abort: an abort alone waits for them."""
    RESTORE = "Restore"
    """Autostart as it was, marks and tokens away."""
    UNDEFINE = "Undefine"
    """Drop the inactive source's definition."""
    RESUME = "Resume"
    REMOVE = "Remove"
    """Destroy and undefine the domain that bears this attempt's mark."""
    REMOVE_IMAGES = "RemoveImages"
    """Destination: remove what was created in this attempt. Source: remove the images of a guest that has
    left, as it was asked to. What isn't provably that stays, and is told; its result goes into the status.
    """
    SUSPEND = "Suspend"
    DESTROY = "Destroy"
    """End the source's QEMU, if it still is the very one that was migrated."""
    START_ANEW = "StartAnew"
    """Start the guest from its definition."""
    SETTLE = "Settle"
    """Marks away, autostart as it was at the source."""


class HostDecision(Value):
    """`status` is written before `act` is done."""

    status: TaskStatus
    act: HostAct = HostAct.NONE
    again_after_seconds: float | None = None
