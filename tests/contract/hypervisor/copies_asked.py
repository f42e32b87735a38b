"""The worlds of the tests that copy disks: a guest with a disk on shared storage, and more that are local."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import msgspec

from godwit.domain.guest import DiskFacts, DiskKind, DomainState, StateReason
from godwit.domain.image import Copy, Mirror
from godwit.hypervisor.all_ports import LibvirtPorts
from godwit.hypervisor.ports import MigrationRequest

from ...fakes.hypervisor import LOCAL, SHARED, FakeDomain, FakeFile, FakeLibvirt
from .patience import SECONDS, suppress_unreachable, until
from .worlds import NAME, NAMESAKE_UUID, UUID, FakeWorld, World, request

VIRTUAL_BYTES = 48 << 20
DATA_BYTES = 12 << 20
"""What was written to a local disk before its guest starts, with holes before and after."""
SOURCE, DESTINATION = 0, 1


def is_worth_copying(total_bytes: int, disks: int) -> bool:
    """A total holds all that was written; what a thin image doesn't hold may be left out of it."""
    return disks * DATA_BYTES <= total_bytes <= disks * VIRTUAL_BYTES


@dataclass(frozen=True)
class Local:
    """A local disk of the guest, with content."""

    target: str
    format: str
    layered: bool = False
    """On an image below, which has content, too."""

    def path(self, directory: str) -> str:
        return f"{directory}/{NAME}-{self.target}.{self.format}"

    def base(self, directory: str) -> str:
        return f"{directory}/{NAME}-{self.target}-base.{self.format}"


RAW, QCOW2 = Local("vdb", "raw"), Local("vdc", "qcow2")
LAYERED = Local("vdd", "qcow2", layered=True)
CDROM, MEDIUM = "hda", f"{NAME}-medium.iso"


class CopyWorld(World, Protocol):
    """A world with hands on images. Its guest's own disk is `vda`, on shared storage."""

    @property
    def watching(self) -> LibvirtPorts:
        """The source, by a connection on which no migration waits."""

    async def start_with(self, *disks: Local, medium: bool = False, nvram: bool = False) -> None:
        """On the source; `medium`: in a drive, and on the source alone. A migration of it may not end."""

    async def put_content(self, host: int, path: str, format: str) -> None:
        """Into an image that is there: other content than any disk of the guest has."""

    async def content(self, host: int, path: str, format: str) -> str:
        """What a guest would read from the image, digested."""

    async def nvram_is_there(self) -> bool:
        """The file of the guest's variables, on the source."""

    async def share_nvram(self) -> None:
        """Another domain of the source names the file of the guest's variables, too."""

    async def synchronous(self, *disks: Local) -> set[str]:
        """Targets of mirrors for which the guest's writes wait."""

    async def hang(self) -> None:
        """Pull the plug of the link between the hosts; mended when the world closes."""

    async def hold_copies(self) -> None:
        """Mirrors of 1 MiB/s are slow enough; where nothing is slow, they stay until they are aborted."""


class FakeCopies(FakeWorld):
    """Both hosts in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.watching = self.source

    async def start_with(self, *disks: Local, medium: bool = False, nvram: bool = False) -> None:
        await self.start_guest()
        domain = self.source.domains[UUID]
        own = await self.put_image(SHARED)
        domain.disks = (
            DiskFacts(target="vda", kind=DiskKind.FILE, path=own, format="raw"),
            *(self._disk(disk) for disk in disks),
        )
        if medium:
            path = f"{LOCAL}/{MEDIUM}"
            self.source.put_file(path)
            drive = DiskFacts(target=CDROM, kind=DiskKind.FILE, device="cdrom", path=path, read_only=True)
            domain.disks += (drive,)
        if nvram:
            domain.nvram = f"{LOCAL}/{NAME}.nvram"
            self.source.put_file(domain.nvram)

    async def put_content(self, host: int, path: str, format: str) -> None:
        self._file(host, path).write("other content", DATA_BYTES)

    async def content(self, host: int, path: str, format: str) -> str:
        return self._file(host, path).content

    async def nvram_is_there(self) -> bool:
        return self.source.file_at(f"{LOCAL}/{NAME}.nvram") is not None

    async def share_nvram(self) -> None:
        other = self.source.add(FakeDomain("hvtest-other", NAMESAKE_UUID))
        other.nvram = self.source.domains[UUID].nvram
        other.become(DomainState.SHUTOFF, StateReason.SHUTDOWN)

    async def synchronous(self, *disks: Local) -> set[str]:
        return self.source.domains[UUID].synchronous & {disk.target for disk in disks}

    async def hang(self) -> None:
        self.source.domains[UUID].hung = True

    async def hold_copies(self) -> None:
        self.source.hold_copies()

    def _disk(self, disk: Local) -> DiskFacts:
        path, base = disk.path(LOCAL), disk.base(LOCAL)
        file = FakeFile(
            format=disk.format, virtual_size_bytes=VIRTUAL_BYTES, backing=base if disk.layered else ""
        )
        self.source.put(path, file).write(f"content of {disk.target}", DATA_BYTES)
        return DiskFacts(
            target=disk.target,
            kind=DiskKind.FILE,
            path=path,
            format=disk.format,
            virtual_size_bytes=VIRTUAL_BYTES,
            backing=(base,) if disk.layered else (),
        )

    def _file(self, host: int, path: str) -> FakeFile:
        libvirt: FakeLibvirt = (self.source, self.destination)[host]
        found = libvirt.file_at(path)
        assert found is not None, f"{libvirt.name} has no {path}"
        return found


def copy_of(world: World, disk: Local) -> Copy:
    """As a plan has it."""
    return Copy(
        target=disk.target,
        path=disk.path(world.local),
        format=disk.format,
        virtual_size_bytes=VIRTUAL_BYTES,
        mode="0600",
        flattened=disk.layered,
    )


async def copying(world: World, *disks: Local) -> MigrationRequest:
    """A migration that copies these, into images that were created for it."""
    copies = tuple(copy_of(world, disk) for disk in disks)
    for image in copies:
        await world.destination.images.create(image)
    return msgspec.structs.replace(await request(world), copies=copies)


@asynccontextmanager
async def slowly(world: CopyWorld, *disks: Local) -> AsyncIterator["asyncio.Task[None]"]:
    """Such a migration, seen in the midst of its copies, with all of their figures; it is ended at last."""
    await world.hold_copies()
    asked = msgspec.structs.replace(await copying(world, *disks), bandwidth_mebibytes_per_second=1)
    migration = asyncio.create_task(world.source.jobs.migrate(asked))
    try:
        await until(lambda: mirrors(world, *disks), lambda found: _all_counted(found, len(disks)))
        yield migration
    finally:
        await until(lambda: _aborted(world, migration), bool)
    assert migration.exception() is not None


async def _aborted(world: CopyWorld, migration: "asyncio.Task[None]") -> bool:
    """Asked again where nobody knows whether libvirt has heard it."""
    with suppress_unreachable():
        await world.watching.jobs.abort(UUID)
    await asyncio.wait({migration}, timeout=SECONDS / 10)
    return migration.done()


def _all_counted(found: tuple[Mirror, ...], disks: int) -> bool:
    return len(found) == disks and all(mirror.total_bytes is not None for mirror in found)


async def mirrors(world: CopyWorld, *disks: Local) -> tuple[Mirror, ...]:
    return await world.watching.mirrors.look(UUID, ("vda", *(disk.target for disk in disks)))
