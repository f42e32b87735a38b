"""A guest as one libvirt shows it: identity, state, job, devices.

Nothing here is remembered or guessed: each value is what one look at libvirt gave.
"""

from enum import StrEnum

from godwit.domain.equipment import Equipment
from godwit.domain.guest_cpu import GuestCPU
from godwit.domain.image import ImageFacts
from godwit.domain.placement import Placement
from godwit.domain.value import Value


class DomainState(StrEnum):
    """libvirt's virDomainState, by name, and `Absent` for a domain that libvirt doesn't know."""

    NO_STATE = "NoState"
    RUNNING = "Running"
    BLOCKED = "Blocked"
    PAUSED = "Paused"
    SHUTDOWN = "ShuttingDown"
    SHUTOFF = "Shutoff"
    CRASHED = "Crashed"
    PM_SUSPENDED = "PMSuspended"
    ABSENT = "Absent"


ACTIVE_STATES = frozenset(
    {
        DomainState.RUNNING,
        DomainState.BLOCKED,
        DomainState.PAUSED,
        DomainState.SHUTDOWN,
        DomainState.PM_SUSPENDED,
        DomainState.CRASHED,
    }
)
"""States in which a QEMU process may exist (`Crashed` too: with on_crash=preserve it stays)."""


class StateReason(StrEnum):
    """Why a domain is in its state: libvirt's reasons that decide something, `Other` for the rest."""

    BOOTED = "Booted"
    MIGRATED = "Migrated"
    UNPAUSED = "Unpaused"
    MIGRATION_CANCELED = "MigrationCanceled"
    POSTCOPY = "Postcopy"
    POSTCOPY_FAILED = "PostcopyFailed"
    USER = "User"
    MIGRATION = "Migration"
    IO_ERROR = "IOError"
    STARTING_UP = "StartingUp"
    API_ERROR = "APIError"
    SHUTDOWN = "Shutdown"
    DESTROYED = "Destroyed"
    CRASHED = "Crashed"
    FAILED = "Failed"
    DAEMON = "Daemon"
    UNKNOWN = "Unknown"
    OTHER = "Other"


class Job(StrEnum):
    """What keeps a domain busy."""

    NONE = "None"
    STARTING = "Starting"
    """The call of this attempt may still begin one: see `godwit.domain.source`."""
    MIGRATION_OUT = "MigrationOut"
    MIGRATION_IN = "MigrationIn"
    OTHER = "Other"
    """save, dump, snapshot, backup and whatever else libvirt calls a job."""


class Marks(Value):
    """What Godwit wrote into the domain's metadata, each under a namespace of its own."""

    run: str | None = None
    """In the live definition only: tells the very QEMU from one that was started later."""
    attempt: str | None = None
    """`<uid of the VMMigration>/<attempt>`: this definition came with that attempt."""


class GuestView(Value):
    """One short look at a domain: enough to decide what may be done to it."""

    name: str
    uuid: str
    state: DomainState
    reason: StateReason = StateReason.OTHER
    domain_id: int | None = None
    job: Job = Job.NONE
    persistent: bool = False
    autostart: bool = False
    marks: Marks = Marks()

    @property
    def active(self) -> bool:
        """A QEMU process may exist."""
        return self.state in ACTIVE_STATES


class DiskKind(StrEnum):
    """`<disk type=...>`, and `Empty` for a drive without a medium."""

    FILE = "File"
    BLOCK = "Block"
    NETWORK = "Network"
    VOLUME = "Volume"
    DIR = "Dir"
    EMPTY = "Empty"
    OTHER = "Other"


class DiskFacts(Value):
    """One `<disk>` of the live XML."""

    target: str
    kind: DiskKind
    device: str = "disk"
    """disk, cdrom, floppy or lun."""
    path: str = ""
    """File, device, directory, volume or URI: what `<source>` names."""
    format: str = ""
    virtual_size_bytes: int | None = None
    read_only: bool = False
    shareable: bool = False
    regular_file: bool = False
    """libvirt's storage API lists the path as a file volume."""
    file_system: str = ""
    """Type in the host's mount table, e.g. `fuse.glusterfs`; empty when it couldn't be read."""
    image: ImageFacts | None = None
    """Of a file or a block device: as the storage API lists it."""
    backing: tuple[str, ...] = ()
    """Paths of the layers below, the uppermost first."""
    backing_allocated_bytes: int | None = None
    """What all these layers take together; None where one of them could not be asked."""
    encrypted: bool = False
    secret: str = ""
    """UUID of the libvirt secret that opens it, where it is encrypted."""
    transient: bool = False
    startup_policy: str = ""
    """`<source startupPolicy=...>`: mandatory, requisite or optional."""
    block_job: str = ""
    """Kind of the block job that runs on it, e.g. `copy`."""

    @property
    def writable(self) -> bool:
        """The guest may write to it."""
        return not self.read_only and self.kind is not DiskKind.EMPTY


class InterfaceFacts(Value):
    """One `<interface>` of the live XML, by what it is attached to."""

    mac: str
    kind: str
    """`<interface type=...>`: network, bridge, direct, user, ..."""
    network: str = ""
    """libvirt's, also where the live definition shows the bridge that it led to."""
    port_group: str = ""
    bridge: str = ""
    device: str = ""
    """What a `direct` one sits on."""
    virtual_port: str = ""
    """`<virtualport type=...>`."""
    mtu: int = 0
    """`<mtu size=...>`; 0: that of its network."""


class GuestFacts(Value):
    """A domain as a migration wants to know it before it begins."""

    view: GuestView
    vcpus: int
    memory_bytes: int
    machine: str = ""
    arch: str = ""
    max_downtime_milliseconds: int | None = None
    bandwidth_mebibytes_per_second: int | None = None
    disks: tuple[DiskFacts, ...] = ()
    devices_digest: str = ""
    """SHA-256 over the devices of the live XML: changes when one is plugged in or out."""
    snapshots: tuple[str, ...] = ()
    """Their names."""
    checkpoints: tuple[str, ...] = ()
    nvram: ImageFacts | None = None
    """The firmware's variables, where they lie in a file."""
    writes_bytes_per_second: int | None = None
    """To all its disks together, measured over a moment."""
    equipment: Equipment | None = None
    """None: an older agent looked, which tells nothing of it."""
    placement: Placement | None = None
    """What it asks of its host's CPUs and memory; None: the agent is older than this field."""
    interfaces: tuple[InterfaceFacts, ...] | None = None
    """None where nobody looked."""
    cpu: GuestCPU | None = None
    """None: the source's agent is of a version that doesn't tell."""
    anti_affinity: tuple[str, ...] = ()
    """Groups whose guests are better on different hosts, as its metadata names them."""


class DomainSummary(Value):
    """A domain as a Hypervisor's status lists it."""

    name: str
    uuid: str
    state: DomainState
    vcpus: int = 0
    memory_bytes: int = 0
    job: Job = Job.NONE
    anti_affinity: tuple[str, ...] = ()
    """The groups of one that is active."""


class JobStats(Value):
    """libvirt's statistics of a migration job; bytes, milliseconds and bytes per second."""

    elapsed_milliseconds: int = 0
    data_total_bytes: int = 0
    data_processed_bytes: int = 0
    data_remaining_bytes: int = 0
    memory_total_bytes: int = 0
    memory_processed_bytes: int = 0
    memory_remaining_bytes: int = 0
    disk_total_bytes: int = 0
    disk_processed_bytes: int = 0
    disk_remaining_bytes: int = 0
    rate_bytes_per_second: int = 0
    dirty_rate_bytes_per_second: int = 0
    iteration: int = 0
    throttle_percent: int = 0
    downtime_milliseconds: int | None = None
    """Expected while the job runs, real when it is complete."""
