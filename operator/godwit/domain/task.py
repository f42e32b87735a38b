"""A MigrationTask: the goal of one host in one attempt, and the journal of what that host has reached.

The operator writes the spec and moves the goal; one agent writes the status. Goals only move forward, so
an agent that is killed anywhere reads where it has to go, and its own status tells it what it may have done.
"""

from datetime import datetime
from enum import StrEnum

from godwit.domain.contact import Contact, ContactOrder, Offer
from godwit.domain.guest import GuestFacts, GuestView, JobStats
from godwit.domain.host import HostNow
from godwit.domain.image import DirectoryFacts, ImageFacts
from godwit.domain.image_journal import Copied, CreatedResource, LeftBehind, SynchronousWrites
from godwit.domain.limits import Limits
from godwit.domain.plan import Plan
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.reasons import Reason
from godwit.domain.reception import Reception
from godwit.domain.road import Inspection, Outlook
from godwit.domain.value import Value


class Role(StrEnum):
    """Which end of the road a host is."""

    SOURCE = "Source"
    DESTINATION = "Destination"


class Goal(StrEnum):
    """What a host has to reach; design section 3."""

    INSPECTED = "Inspected"
    PREPARED = "Prepared"
    MIGRATED = "Migrated"
    RELEASED = "Released"
    ROLLED_BACK = "RolledBack"


LATER_GOALS: dict[Goal, frozenset[Goal]] = {
    Goal.INSPECTED: frozenset({Goal.PREPARED, Goal.ROLLED_BACK}),
    Goal.PREPARED: frozenset({Goal.MIGRATED, Goal.RELEASED, Goal.ROLLED_BACK}),
    Goal.MIGRATED: frozenset({Goal.RELEASED, Goal.ROLLED_BACK}),
    Goal.RELEASED: frozenset(),
    Goal.ROLLED_BACK: frozenset({Goal.RELEASED}),
}
"""Where a goal may move. RolledBack to Released only while the agent answers TooLate: the guest had left."""

GOAL_ENDS = frozenset({Goal.RELEASED, Goal.ROLLED_BACK})
"""A task that has reached one of them, as it was asked to, is over."""

GOAL_PATH = (Goal.INSPECTED, Goal.PREPARED, Goal.MIGRATED, Goal.RELEASED)
"""The way forward. A destination's goal goes from Prepared to Released at once."""


class Order(StrEnum):
    """What the operator decided from the evidence of both hosts, to one agent; carried out once it fits."""

    SUSPEND = "Suspend"
    """Stop a copy that runs: reversible."""
    RESUME = "Resume"
    """Let the paused copy go on."""
    DESTROY_WAITING = "DestroyWaiting"
    """End the very QEMU that was migrated, as long as it only waits (paused by the migration)."""
    DESTROY = "Destroy"
    """End the copy, whatever it does: a person said so."""
    RESUME_OR_START = "ResumeOrStart"
    """Let the paused copy go on, or start it from its definition: a person said so."""
    START_IF_AUTOSTART = "StartIfAutostart"
    """The guest died with its host: start it, if that boot would have done so."""
    STAY = "Stay"
    """The copy that runs here is the guest, whichever it is: the other host has none."""


ORDERS_TAKING_BACK = frozenset({Order.RESUME_OR_START, Order.START_IF_AUTOSTART, Order.STAY})
"""Given in the knowledge that the guest may have left the source before."""


class MigrationRef(Value):
    """The VMMigration that a task works for."""

    namespace: str
    name: str
    uid: str


class VMIdentity(Value):
    """A VM, once it is known which."""

    name: str
    uuid: str


class Peer(Value):
    """The other host of the attempt and its task's name; empty for a source as long as no host is chosen."""

    node_name: str = ""
    task: str = ""


class Probe(Value):
    """A random token beside images: written through one host's libvirt, read through the other's."""

    directory: str
    path: str
    """Of the token's file."""
    images: tuple[str, ...] = ()
    """Files of the guest in that directory (images and their layers); in an answer: the regular ones."""
    token: str = ""
    """Empty where it was not read."""
    message: str = ""
    """Why there is no token."""
    file_system: str = ""
    """Type in the mount table of whoever fills this in; empty when it couldn't be read."""


class TaskSpec(Value):
    """The operator's word to one agent."""

    node_name: str
    role: Role
    attempt: int
    migration_ref: MigrationRef
    vm: VMIdentity
    peer: Peer
    goal: Goal
    only_looks: bool = False
    """It serves `mode: Validate`: no claim is held for it, and it takes no goal but to inspect."""
    challenge: str = ""
    probes: tuple[Probe, ...] = ()
    """For the destination: what to read, without the tokens."""
    images: tuple[str, ...] = ()
    """For the destination: the paths to look at."""
    digests: tuple[str, ...] = ()
    """Those of `images` whose content is to be compared."""
    definition: str = ""
    """For the destination: the guest's, to be judged there; empty where it is too long."""
    contact: ContactOrder | None = None
    """For the destination: what to listen for; None: nobody would call."""
    looks: int = 0
    """How often to look once more: the source down its roads, the destination for the source's call."""
    peer_addresses: tuple[str, ...] = ()
    """For the source: where the libvirtd of each host is to be reached that may become the destination."""
    keep_images: bool = False
    """A roll-back removes no image: the guest may have run from them."""
    plan: Plan | None = None
    order: Order | None = None
    order_evidence: str = ""
    """The name of the one picture of this host that the order fits; empty: owed, whatever the host shows."""
    limits: Limits | None = None
    """For the source: what the job may take; changes while it runs."""


class Failure(Value):
    """Why a goal can't be reached."""

    reason: Reason
    message: str


class Starting(Value):
    """The intent to begin libvirt's job: from here on it may run."""

    attempt: int
    devices_digest: str
    at: datetime


class StopDetail(StrEnum):
    """The detail of libvirt's STOPPED event."""

    SHUTDOWN = "Shutdown"
    DESTROYED = "Destroyed"
    CRASHED = "Crashed"
    MIGRATED = "Migrated"
    SAVED = "Saved"
    FAILED = "Failed"
    OTHER = "Other"


class Stopped(Value):
    """A STOPPED event of the guest, written down the moment it was seen."""

    detail: StopDetail
    at: datetime


class Evidence(Value):
    """What one look at libvirt showed, and which challenge it answers.

    `changed` is the counter at which the picture last changed. Together with `agent`, the random id that an
    agent takes when it starts, it names this state of things: see `godwit.domain.evidence`.
    """

    agent: str
    counter: int
    changed: int
    at: datetime
    guest: GuestView
    challenge: str = ""
    starting: bool = False
    """The attempt's call may still begin a job (design section 3, "no job")."""


class JobResult(Value):
    """What libvirt said of the job after it."""

    stats: JobStats = JobStats()
    suspended_at: datetime | None = None


class TaskStatus(Value):
    """The agent's journal; all of it is written by one agent."""

    reached: Goal | None = None
    too_late: bool = False
    """RolledBack was asked, but the guest has left: the migration goes on."""
    failure: Failure | None = None
    waiting: Failure | None = None
    """Why the goal is not reached yet: it may still be."""
    blind: bool = False
    """libvirt has not answered for so long that what is written here is of the past."""
    facts: GuestFacts | None = None
    """The source's guest at the inspection: also how it is put back."""
    namesakes: tuple[GuestView, ...] = ()
    """The destination's domains of that name or UUID: two at the most."""
    definition: str = ""
    """Of the source's guest, without what may be secret; it goes when the host prepares. Empty: too long."""
    reception: Reception | None = None
    """What the destination says of taking the guest; None where it has no definition to judge."""
    host: HostNow | None = None
    """This host at the inspection; None: the agent is older than this field."""
    outlook: Outlook | None = None
    """What the source sees of other hosts' libvirtd; None where it was told no address."""
    offer: Offer | None = None
    """How the source is able to call the destination; None: its agent is too old to."""
    contact: Contact | None = None
    """What of the source's call has arrived; None where the destination was told to listen for nothing."""
    qemu_certificate: QEMUCertificate | None = None
    """What this host's QEMU will show of itself; None before the inspection."""
    inspection: Inspection | None = None
    run_mark: str = ""
    """The mark of the source's QEMU, chosen at the inspection and set at Prepared."""
    probes: tuple[Probe, ...] = ()
    limits: Limits | None = None
    """What is in force."""
    held_at: datetime | None = None
    """The intent to let the guest stand still, because the job's time is over (`onTimeout: Suspend`)."""
    starting: Starting | None = None
    stopped: Stopped | None = None
    resuming_at: datetime | None = None
    """The intent to let the guest go on here (strict switchover)."""
    resumed_at: datetime | None = None
    suspending_at: datetime | None = None
    """The intent to stop the copy that runs here."""
    destroying_at: datetime | None = None
    """The intent to end the copy here: what follows is our own doing."""
    starting_anew_at: datetime | None = None
    """The intent to start the guest from its definition."""
    brought_back_at: datetime | None = None
    """Somebody started or defined the guest here after it had left: it is theirs, and is never dropped."""
    evidence: Evidence | None = None
    progress: JobStats | None = None
    result: JobResult | None = None
    created_resources: tuple[CreatedResource, ...] = ()
    images: tuple[ImageFacts, ...] = ()
    """The destination's view of `spec.images`."""
    directories: tuple[DirectoryFacts, ...] = ()
    """The destination's view of the directories of `spec.images`."""
    copied: tuple[Copied, ...] = ()
    synchronous: tuple[SynchronousWrites, ...] = ()
    """Copies that were made to be followed while they ran: the intent."""
    removing: tuple[CreatedResource, ...] = ()
    """The source's images that are being removed after the commit (`sourceImages: Delete`): the intent."""
    left_behind: tuple[LeftBehind, ...] = ()
    owed: Failure | None = None
    """Why a roll-back or release can't be completed yet."""

    @property
    def was_seen_to_leave(self) -> bool:
        """STOPPED(migrated) is recorded."""
        return self.stopped is not None and self.stopped.detail is StopDetail.MIGRATED


class Task(Value):
    """A task as both processes decide about it."""

    name: str
    spec: TaskSpec
    uid: str = ""
    resource_version: str = ""
    status: TaskStatus = TaskStatus()
