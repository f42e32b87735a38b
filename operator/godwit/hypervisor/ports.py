"""What the agent needs of its host's libvirt: small ports, each with a fake that keeps the same contract.

Every method is a coroutine, none runs libvirt on the event loop, and each has a deadline. All of them raise
`HypervisorError` with a reason of `godwit.domain.reasons`: `LibvirtUnreachable` when libvirt gave no answer
(nothing is known then, and it is safe to ask again), any other reason when it answered with an error.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from godwit.domain.guest import GuestFacts, GuestView, JobStats, Marks
from godwit.domain.host import HostFacts, HostNow, Leftover, Memory
from godwit.domain.image import Copy, DirectoryFacts, ImageFacts, Mirror, Whose
from godwit.domain.reasons import Reason
from godwit.domain.reception import Reception
from godwit.domain.task import Probe, StopDetail
from godwit.domain.value import Value


class HypervisorError(Exception):
    """libvirt said no, or nothing; `str()` is libvirt's own text with what was tried."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class EventKind(StrEnum):
    """What libvirt tells without being asked."""

    STARTED = "Started"
    SUSPENDED = "Suspended"
    RESUMED = "Resumed"
    STOPPED = "Stopped"
    DEFINED = "Defined"
    UNDEFINED = "Undefined"
    CRASHED = "Crashed"
    ITERATION = "Iteration"
    """A migration has gone through the memory once more."""
    JOB_COMPLETED = "JobCompleted"
    CONNECTED = "Connected"
    """The connection is new: anything may have happened, read everything again."""
    DISCONNECTED = "Disconnected"
    NETWORK = "Network"
    """A network of libvirt's was defined, started, stopped or undefined."""


class Event(Value):
    """One event; `at` is when it reached this process. `uuid` is empty where it is of no domain."""

    kind: EventKind
    at: datetime
    uuid: str = ""
    stop: StopDetail | None = None
    """For `Stopped`."""
    migrated: bool = False
    """For `Started`, `Suspended` and `Resumed`: the detail is a migration's."""
    stats: JobStats | None = None
    """For `JobCompleted`."""


class Host(Protocol):
    """The host itself."""

    async def facts(self) -> HostFacts:
        """All of the host, a line per domain; `migration_address` and `image_directories` stay empty."""

    async def now(self) -> HostNow:
        """What of the facts may change at any moment, and soon had."""

    async def memory(self) -> Memory:
        """Of it what is had at once."""

    def events(self) -> AsyncIterator[Event]:
        """Every event from now on, for one reader; goes on across lost connections, and never ends."""

    def link_news(self) -> AsyncIterator[None]:
        """An item when its bridges and links look otherwise, and one to begin with; never ends.

        It serves to be early alone: where the kernel can't be heard, none comes.
        """


class Guests(Protocol):
    """Domains; `name_or_uuid` that libvirt doesn't know is a view with state `Absent`."""

    async def look(self, name_or_uuid: str) -> GuestView:
        """State, job, persistence, autostart and marks now. Never waits for a job's lock."""

    async def inspect(self, uuid: str) -> GuestFacts:
        """The live definition's facts, with the digest over its devices.

        Takes a third of a second longer where a disk is writable: the guest's writes are measured meanwhile.
        """

    async def disk_requests(self, uuid: str) -> int | None:
        """Reads and writes that the guest asked of its disks since its QEMU began; what libvirt copies into
        them counts for nothing. None: it is not active, or libvirt can't tell.
        """

    async def mark(self, uuid: str, marks: Marks) -> None:
        """Make the live run mark, and the attempt mark in live and persistent definition, exactly these."""

    async def set_autostart(self, uuid: str, autostart: bool) -> None:
        """As `virsh autostart`; nothing when it is so already, or the domain is transient."""


class Power(Protocol):
    """Stopping a domain and letting it go on; nothing when it is so already."""

    async def suspend(self, uuid: str) -> None:
        """Pause a domain that runs."""

    async def resume(self, uuid: str) -> None:
        """Let a paused domain go on."""

    async def start(self, uuid: str) -> None:
        """Start an inactive domain from its definition."""


class Tuning(Protocol):
    """What migration jobs of a domain may take, now and from now on."""

    async def set_max_downtime(self, uuid: str, milliseconds: int) -> None:
        """As `virsh migrate-setmaxdowntime`."""

    async def set_bandwidth(self, uuid: str, mebibytes_per_second: int | None) -> None:
        """As `virsh migrate-setspeed`; None: no limit."""


class Removal(Protocol):
    """The two calls that can end a guest; each is asked for with what must be true at that moment."""

    async def destroy(self, uuid: str, *, marks: Marks) -> None:
        """End the QEMU of a domain whose live marks include these; nothing when no such domain is active.

        Empty marks ask for nothing: then it is ended whatever it bears.
        """

    async def undefine(self, uuid: str, *, delete_nvram: bool = False) -> None:
        """Drop the definition of an inactive domain, keeping TPM state; nothing when there is none.

        The file of its NVRAM stays, too, unless `delete_nvram` says that it is this host's alone.

        `HypervisorError` when it is active at that moment: it is left as it was.
        """


class MigrationRequest(Value):
    """One peer-to-peer migration. Marks are written into the destination's definitions."""

    uuid: str
    destination_uri: str
    migrate_uri: str
    live_marks: Marks
    """Of the QEMU that starts at the destination; its `attempt` also marks the persistent definition."""
    devices_digest: str
    """The live definition must still have it when the call is made, else `GuestChanged`."""
    persistent: bool = True
    paused_at_destination: bool = False
    """The strict switchover: VIR_MIGRATE_PAUSED."""
    unsafe: bool = False
    auto_converge: bool = False
    copies: tuple[Copy, ...] = ()
    """The disks that libvirt copies over NBD, with TLS as the memory; none: no copy flag at all."""
    ejected: tuple[str, ...] = ()
    """Targets of drives whose medium is left out of both of the destination's definitions."""
    synchronous_writes: bool = False
    bandwidth_mebibytes_per_second: int | None = None
    """What each mirror and the memory may take at first."""


class Jobs(Protocol):
    """Migration jobs of this host as their source."""

    async def migrate(self, request: MigrationRequest) -> None:
        """Reads the live XML, compares the digest, calls libvirt once, and returns when the job has ended.

        Always live, peer to peer, TLS, abort-on-error; never undefines the source. It has no deadline, and a
        cancelled caller leaves the job running. Raises `HypervisorError` with the reason of its failure.
        """

    async def stats(self, uuid: str) -> JobStats | None:
        """Of the running migration; None when there is none."""

    async def completed(self, uuid: str) -> JobStats | None:
        """Of the last migration that ended, while libvirt remembers it; asking doesn't make it forget."""

    async def abort(self, uuid: str) -> None:
        """End the running migration; nothing when there is none. The job's end comes as an event."""


class Probes(Protocol):
    """Tokens beside images, by libvirt's storage API alone."""

    async def write(self, probe: Probe, token: str) -> Probe:
        """Create the file at `probe.path` with `token` in it; replaces one that is there under that name.

        Gives the probe with its token, with `images` cut down to those that are regular files, and with the
        kind of file system; or with `message` when the directory takes no file. Leaves no pool behind.
        """

    async def read(self, probe: Probe) -> Probe:
        """Look for the file, and give the same with what this host reads and sees; never the given token."""

    async def remove(self, path: str) -> None:
        """Remove the file at `path`, whose name must begin with `.godwit-`; nothing when it isn't there."""


class Receptions(Protocol):
    """What a guest's definition is, and whether a host takes it; neither defines or starts anything."""

    async def definition(self, uuid: str) -> str:
        """The live one as it migrates, without what may be secret; `VMNotFound` where there is none."""

    async def receive(self, definition: str) -> Reception:
        """What this host says of a guest of another one; a refusal is an answer."""


class LeftAloneError(HypervisorError):
    """What lies at the path is not, or not provably, what was to be removed: nothing was done."""


class Images(Protocol):
    """Images, devices and directories, by libvirt's storage API; the agent's own eyes tell files apart."""

    async def look(
        self, paths: tuple[str, ...], digests: tuple[str, ...] = (), *, everywhere: bool = False
    ) -> tuple[ImageFacts, ...]:
        """One per path, in their order; with the digest of the content for those in `digests`, too.

        `everywhere`: who is layered on them is looked for in all directories that domains name.
        """

    async def directories(self, paths: tuple[str, ...]) -> tuple[DirectoryFacts, ...]:
        """One per path, in their order."""

    async def make_directory(self, path: str) -> str:
        """Make this one level, and give its identity; `LeftAloneError` when something is there already."""

    async def create(self, image: Copy) -> str:
        """A sparse image exactly as described, and its identity; `LeftAloneError` when something is there.

        Never through a symlink. Leaves no pool behind.
        """

    async def remove(self, path: str, identity: str) -> None:
        """Remove the image or the empty directory of that identity; nothing when nothing is there.

        An empty identity fits only an image that is still as empty as it was created, or an empty directory:
        nothing is lost with those. `LeftAloneError` when it is another file, when a domain of this host names
        it, when the directory is not empty, or when its file system is not mounted there: with that it may
        come back.
        """

    async def whose(self, identities: dict[str, str]) -> dict[str, Whose]:
        """What lies at these paths (by path: identity) now; an empty identity is never `OURS`."""

    async def missing(self, identities: dict[str, str]) -> tuple[str, ...]:
        """Those of the paths (by path: identity) at which that very file is no more, for certain."""

    async def leftovers(self) -> tuple[Leftover, ...]:
        """Pools and probe files of Godwit's that no work under way needs; touches nothing."""


class Mirrors(Protocol):
    """The block jobs by which a migration's disks are copied; the domain is the source's."""

    async def look(self, uuid: str, targets: tuple[str, ...]) -> tuple[Mirror, ...]:
        """Those that there are now."""

    async def set_bandwidth(self, uuid: str, target: str, bytes_per_second: int) -> None:
        """At once, also while the migration's job runs; 0: no limit. Nothing when there is no such job."""

    async def make_synchronous(self, uuid: str, targets: tuple[str, ...]) -> str:
        """The guest's writes to these disks wait for their mirrors from now on: such a mirror gets ready.

        Nothing where it is so already, and for a mirror that is gone. Why it can't be, when the guest's QEMU
        doesn't know how; else empty.
        """

    async def cut_off(self, uuid: str, targets: tuple[str, ...]) -> None:
        """Close the connections of mirrors that wait for a peer that is gone (QEMU's `yank`).

        Before any abort: that would make QEMU wait for the peer itself. It then answers nobody, also not its
        guest's devices, until TCP gives up after a quarter of an hour. The job ends once libvirtd, too, has
        lost its peer.
        """
