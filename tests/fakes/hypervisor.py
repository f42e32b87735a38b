"""libvirt in memory: every port of `godwit.hypervisor`, on hosts that reach each other.

`FakeNetwork` joins the hosts: what lies under `SHARED` is the same for all of them, and
`qemu+tls://NAME/system` leads to the host of that name. The methods of `FakeLibvirt` and the fields of
`FakeDomain` are the test's own hands; the contract tests hold the ports to what a real libvirt does.
"""

import asyncio
from datetime import UTC, datetime
from posixpath import dirname

from godwit.domain.guest import DomainState, JobStats, StateReason
from godwit.domain.image import FileKind
from godwit.domain.reasons import Reason
from godwit.domain.task import StopDetail
from godwit.hypervisor.events import Stream
from godwit.hypervisor.ports import Event, EventKind, HypervisorError

from .hypervisor_domain import FakeDomain
from .hypervisor_files import FakeFile, Files
from .hypervisor_images import FakeImages
from .hypervisor_jobs import FakeJobs
from .hypervisor_mirrors import FakeMirrors
from .hypervisor_parts import FakeGuests, FakeHost, FakeProbes, FakeRemoval
from .hypervisor_power import FakePower
from .hypervisor_reception import FakeReceptions
from .hypervisor_tuning import FakeTuning

__all__ = ["LOCAL", "SHARED", "FakeDomain", "FakeFile", "FakeLibvirt", "FakeNetwork", "KilledError"]

SHARED, LOCAL = "/shared", "/local"


class KilledError(BaseException):
    """The process that called is no more: nobody catches it."""


class FakeNetwork:
    """Hosts by their names, and the files that all of them see."""

    def __init__(self) -> None:
        self.hosts: dict[str, FakeLibvirt] = {}
        self.shared_files: Files = {}
        self.listening: dict[str, asyncio.Event] = {}
        """By the token that is waited for."""

    def at(self, uri: str) -> "FakeLibvirt | None":
        """The host behind a libvirt URI, when it can be reached."""
        host = self.hosts.get(uri.removeprefix("qemu+tls://").removesuffix("/system"))
        return host if host and host.reachable else None


class FakeLibvirt:
    """Stands in for `godwit.hypervisor.adapter.Libvirt`."""

    def __init__(self, network: FakeNetwork | None = None, name: str = "host1") -> None:
        self.name = name
        self.network = network or FakeNetwork()
        self.network.hosts[name] = self
        self.domains: dict[str, FakeDomain] = {}
        self.local_files: Files = {}
        """Give two hosts the same dictionary, and `LOCAL` is bound into both."""
        self.directories = [SHARED, LOCAL]
        self.image_directories = [SHARED, LOCAL]
        self.unmounted: dict[str, Files] = {}
        """By directory: the files that come back with its file system."""
        self.layered_elsewhere: dict[str, tuple[str, ...]] = {}
        """By path: domains whose images, far from there, are layered on it."""
        """Those that are mounted in the agent's pod."""
        self.free_bytes = 1 << 40
        self.pools: list[str] = []
        self.acts: list[str] = []
        """Every call that changed something, in order: e.g. `migrate`, `destroy`."""
        self.reachable = True
        self.lost = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.copies_go_on = asyncio.Event()
        self.copies_go_on.set()
        self.left_behind = 0
        self.calls = 0
        """Of any port, since the beginning."""
        self.dies_at: int | None = None
        """Whoever makes that call dies before it is done."""
        self._failures: dict[str, HypervisorError] = {}
        self._ids = 1  # a domain that a test adds has it
        self.stream = Stream()
        self.host = FakeHost(self)
        self.guests = FakeGuests(self)
        self.power = FakePower(self)
        self.tuning = FakeTuning(self)
        self.removal = FakeRemoval(self)
        self.jobs = FakeJobs(self)
        self.probes = FakeProbes(self)
        self.images = FakeImages(self)
        self.receptions = FakeReceptions(self)
        self.mirrors = FakeMirrors(self)

    @property
    def connected(self) -> bool:
        return self.reachable

    async def start(self) -> None:
        if self.reachable:
            self.emit(EventKind.CONNECTED)

    async def close(self) -> None:
        """Jobs go on."""

    # the test's hands

    def add(self, domain: FakeDomain) -> FakeDomain:
        self.domains[domain.uuid] = domain
        return domain

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def put_file(self, path: str, content: str = "") -> FakeFile:
        """An image, or whatever a test wants to lie there."""
        return self.put(path, FakeFile(content))

    def put(self, path: str, file: FakeFile) -> FakeFile:
        """The same file at two paths, or on two hosts, is a hard link."""
        files = self.files(dirname(path))
        assert files is not None, f"{path} lies in no directory of {self.name}"
        files[path] = file
        return file

    def unmount(self, directory: str) -> None:
        """What lies below it is there no more, until it is mounted again."""
        files = self._file_system_of(directory)
        self.unmounted[directory] = {path: files.pop(path) for path in self.below(directory)}

    def mount(self, directory: str) -> None:
        """Whatever was put there meanwhile lies below it now."""
        for path in self.below(directory):
            self.drop(path)
        self._file_system_of(directory).update(self.unmounted.pop(directory))

    def put_device(self, path: str, wwn: str = "", content: str = "") -> FakeFile:
        """A block device; `path` may be any name of it."""
        device = FakeFile(content, FileKind.BLOCK, wwn=wwn)
        self.local_files[path] = device
        return device

    def fail_next(self, call: str, reason: Reason, message: str = "as the test wants it") -> None:
        """The next call of that port method raises."""
        self._failures[call] = HypervisorError(reason, message)

    def lose(self) -> None:
        """libvirtd is silent; migrations go on, but whoever awaits one is told `LibvirtUnreachable`."""
        self.reachable = False
        self.lost.set()
        self.emit(EventKind.DISCONNECTED)

    def come_back(self) -> None:
        self.reachable = True
        self.lost.clear()
        self.emit(EventKind.CONNECTED)

    def hold_migrations(self) -> None:
        """Jobs stay before their switchover until `let_go`."""
        self.go_on.clear()

    def hold_copies(self) -> None:
        """Jobs that copy disks stay with them until `let_copies_go`."""
        self.copies_go_on.clear()

    def let_copies_go(self) -> None:
        """The memory's turn."""
        self.copies_go_on.set()

    def let_go(self) -> None:
        self.go_on.set()

    def end(
        self,
        uuid: str,
        detail: StopDetail = StopDetail.DESTROYED,
        reason: StateReason = StateReason.DESTROYED,
    ) -> None:
        """The domain ends, as by its user or by a fault."""
        domain = self.domains[uuid]
        domain.become(DomainState.SHUTOFF, reason)
        if not domain.persistent:
            del self.domains[uuid]
        self.emit(EventKind.STOPPED, uuid, stop=detail)

    def emit(
        self,
        kind: EventKind,
        uuid: str = "",
        *,
        stop: StopDetail | None = None,
        migrated: bool = False,
        stats: JobStats | None = None,
    ) -> None:
        event = Event(kind=kind, at=datetime.now(UTC), uuid=uuid, stop=stop, migrated=migrated, stats=stats)
        self.stream.put(event)

    # what the ports share

    def called(self, call: str) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise KilledError
        if not self.reachable:
            raise HypervisorError(Reason.LIBVIRT_UNREACHABLE, f"{call}: no libvirtd on {self.name}")
        if call in self._failures:
            raise self._failures.pop(call)

    def must_answer(self, domain: FakeDomain | None, call: str) -> None:
        """What is asked of a QEMU that is silent is answered by nobody."""
        if domain is not None and domain.frozen:
            raise HypervisorError(Reason.LIBVIRT_UNREACHABLE, f"{call}: no answer within 10 s")

    def find(self, name_or_uuid: str) -> FakeDomain | None:
        by_name = (domain for domain in self.domains.values() if domain.name == name_or_uuid)
        return self.domains.get(name_or_uuid) or next(by_name, None)

    def must_find(self, uuid: str) -> FakeDomain:
        if uuid not in self.domains:
            raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
        return self.domains[uuid]

    def file_system(self, directory: str) -> str:
        return {SHARED: "fuse.glusterfs", LOCAL: "ext4"}.get(directory, "overlay")

    def files(self, directory: str) -> Files | None:
        """Of the file system that holds it; None when there is no such directory."""
        return self._file_system_of(directory) if self.is_directory(directory) else None

    def file_at(self, path: str) -> FakeFile | None:
        return self._file_system_of(path).get(path)

    def is_directory(self, path: str) -> bool:
        there = self.file_at(path)
        return path in self.directories or (there is not None and there.kind is FileKind.DIRECTORY)

    def below(self, directory: str) -> list[str]:
        return [path for path in self._file_system_of(directory) if path.startswith(f"{directory}/")]

    def drop(self, path: str) -> None:
        self._file_system_of(path).pop(path, None)

    def _file_system_of(self, path: str) -> Files:
        shared = path == SHARED or path.startswith(f"{SHARED}/")
        return self.network.shared_files if shared else self.local_files
