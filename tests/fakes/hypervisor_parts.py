"""The fake's host, guests, removal and probes."""

import asyncio
from collections.abc import AsyncIterator
from posixpath import basename, dirname
from typing import TYPE_CHECKING

import msgspec

from godwit.domain.guest import DiskFacts, DiskKind, DomainState, DomainSummary, GuestFacts, GuestView, Marks
from godwit.domain.guest_cpu import CPUMode, GuestCPU
from godwit.domain.host import (
    BRIDGE,
    CPU,
    NETWORK,
    HostFacts,
    HostNow,
    Hugepages,
    Memory,
    Network,
    NUMANode,
    SecurityModel,
    Versions,
    with_now,
)
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.reasons import Reason
from godwit.domain.task import Probe
from godwit.hypervisor.ports import Event, EventKind, HypervisorError

from .hypervisor_domain import MEMORY_BYTES
from .hypervisor_files import FakeFile, Files

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt


GUESTS = Network(
    name="guests",
    kind=BRIDGE,
    bridge="guests",
    active=True,
    mtu=1500,
    uplinks=("veth",),
    carrier=True,
    subnets=("10.64.2.0/24",),
    speed_megabits_per_second=10_000,
)
"""As the lab's hosts have it."""


class FakeHost:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt
        self._rewired = asyncio.Event()
        self.about = HostFacts(
            host_uuid=f"uuid-of-{libvirt.name}",
            host_name=libvirt.name,
            versions=Versions(libvirt="11.3.0", qemu="10.0.13"),
            cpu=CPU("x86_64", "EPYC", "AMD", count=2, online="0-1", microcode="1"),
            memory=Memory(total_bytes=MEMORY_BYTES * 64, free_bytes=MEMORY_BYTES * 32),
            numa=(NUMANode(id=0, cpus=2, memory_bytes=MEMORY_BYTES * 64),),
            hugepages=(Hugepages(2 << 20),),
            security=(SecurityModel("none"), SecurityModel("dac", "qemu", "+0:+0")),
            machine_types=("pc-i440fx-10.0",),
            tpm_backends=("passthrough",),
            networks=(GUESTS,),
            links=(),
        )
        """Everything but its domains."""

    async def facts(self) -> HostFacts:
        self._libvirt.called("facts")
        domains = sorted(self._libvirt.domains.values(), key=lambda domain: domain.name)
        summaries = tuple(
            DomainSummary(
                name=domain.name,
                uuid=domain.uuid,
                state=domain.state,
                vcpus=1,
                memory_bytes=MEMORY_BYTES,
                job=domain.job,
                anti_affinity=domain.anti_affinity if domain.active else (),
            )
            for domain in domains
        )
        return msgspec.structs.replace(self.about, domains=summaries)

    async def now(self) -> HostNow:
        self._libvirt.called("host.now")
        return with_now(HostNow(), self.about)

    async def memory(self) -> Memory:
        self._libvirt.called("host.memory")
        return self.about.memory

    def events(self) -> AsyncIterator[Event]:
        return self._libvirt.stream.read()

    async def link_news(self) -> AsyncIterator[None]:
        told: tuple[object, ...] = ()
        while True:
            now = self.about.networks, self.about.links
            if now != told:
                told = now
                yield
            await self._rewired.wait()

    # the test's hands

    def rewire(self, *bridges: Network) -> None:
        """`ip link`, as everybody may use it: these are the networks now, and the kernel says so."""
        self.about = msgspec.structs.replace(self.about, networks=bridges)
        self._rewired.set()
        self._rewired.clear()

    def start_network(self, name: str) -> None:
        """`virsh net-start` of one that hands out the bridge of the guests."""
        network = Network(name=name, kind=NETWORK, bridge=GUESTS.name, active=True, mtu=GUESTS.mtu)
        self.about = msgspec.structs.replace(self.about, networks=(network, *self.about.networks))
        self._libvirt.emit(EventKind.NETWORK)

    def stop_network(self, name: str) -> None:
        """`virsh net-destroy`; it is gone, since nobody had defined it."""
        left = tuple(each for each in self.about.networks if each.name != name)
        self.about = msgspec.structs.replace(self.about, networks=left)
        self._libvirt.emit(EventKind.NETWORK)


class FakeGuests:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def look(self, name_or_uuid: str) -> GuestView:
        self._libvirt.called("look")
        domain = self._libvirt.find(name_or_uuid)
        self._libvirt.must_answer(domain, "jobStats")
        if domain is not None:
            return domain.view()
        by_uuid = name_or_uuid.count("-") == 4
        name, uuid = ("", name_or_uuid) if by_uuid else (name_or_uuid, "")
        return GuestView(name=name, uuid=uuid, state=DomainState.ABSENT)

    async def inspect(self, uuid: str) -> GuestFacts:
        self._libvirt.called("inspect")
        domain = self._libvirt.must_find(uuid)
        return GuestFacts(
            view=domain.view(),
            vcpus=1,
            memory_bytes=MEMORY_BYTES,
            machine="pc-i440fx-10.0",
            arch="x86_64",
            max_downtime_milliseconds=domain.max_downtime_milliseconds if domain.active else None,
            bandwidth_mebibytes_per_second=domain.bandwidth_mebibytes_per_second if domain.active else None,
            disks=tuple(self._with_image(disk) for disk in domain.disks),
            devices_digest=domain.digest,
            snapshots=domain.snapshots,
            checkpoints=domain.checkpoints,
            nvram=self._libvirt.images.seen(domain.nvram) if domain.nvram else None,
            writes_bytes_per_second=domain.writes_bytes_per_second,
            equipment=domain.equipment,
            placement=domain.placement,
            anti_affinity=domain.anti_affinity,
            interfaces=domain.interfaces,
            cpu=GuestCPU(CPUMode.CUSTOM, emulated=True, model="qemu64", features=("hypervisor",)),
        )

    def _with_image(self, disk: DiskFacts) -> DiskFacts:
        """As the files are now, unless the test says otherwise."""
        image = disk.image or self._image(disk)
        below = self._libvirt.file_system(dirname(disk.path)) if disk.kind is DiskKind.FILE else ""
        return msgspec.structs.replace(disk, image=image, file_system=disk.file_system or below)

    def _image(self, disk: DiskFacts) -> ImageFacts | None:
        if disk.kind not in (DiskKind.FILE, DiskKind.BLOCK) or self._libvirt.file_at(disk.path) is None:
            return None
        return self._libvirt.images.seen(disk.path, digest=disk.read_only or disk.kind is DiskKind.BLOCK)

    async def disk_requests(self, uuid: str) -> int | None:
        self._libvirt.called("blockStats")
        domain = self._libvirt.find(uuid)
        return domain.disk_requests if domain and domain.active else None

    async def mark(self, uuid: str, marks: Marks) -> None:
        self._libvirt.called("mark")
        if marks == Marks() and uuid not in self._libvirt.domains:
            return
        domain = self._libvirt.must_find(uuid)
        if not domain.active and marks.run is not None:
            raise HypervisorError(Reason.LIBVIRT_ERROR, "domain is not running")
        self._libvirt.acts.append("mark")
        if domain.active:
            domain.live = marks
        if domain.persistent:
            domain.defined = Marks(attempt=marks.attempt)

    async def set_autostart(self, uuid: str, autostart: bool) -> None:
        self._libvirt.called("set_autostart")
        if not autostart and uuid not in self._libvirt.domains:
            return
        domain = self._libvirt.must_find(uuid)
        if domain.persistent and domain.autostart != autostart:
            self._libvirt.acts.append("set_autostart")
            domain.autostart = autostart


class FakeRemoval:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def destroy(self, uuid: str, *, marks: Marks) -> None:
        self._libvirt.called("destroy")
        domain = self._libvirt.domains.get(uuid)
        if domain is None or not domain.active or not _bears(domain.live, marks):
            return
        self._libvirt.acts.append("destroy")
        self._libvirt.end(uuid)

    async def undefine(self, uuid: str, *, delete_nvram: bool = False) -> None:
        self._libvirt.called("undefine")
        domain = self._libvirt.domains.get(uuid)
        if domain is None or not domain.persistent:
            return
        if domain.active:
            raise HypervisorError(Reason.GUEST_BUSY, f"undefine: the domain {uuid} is active")
        self._libvirt.acts.append("undefine")
        del self._libvirt.domains[uuid]
        others = {other.nvram for other in self._libvirt.domains.values()}
        if delete_nvram and domain.nvram and domain.nvram not in others:
            self._libvirt.drop(domain.nvram)
        self._libvirt.emit(EventKind.UNDEFINED, uuid)


class FakeProbes:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def write(self, probe: Probe, token: str) -> Probe:
        self._libvirt.called("write")
        _must_be_ours(probe.path)
        files = self._libvirt.files(probe.directory)
        if files is None:
            return self._answer(probe, {}, f"cannot open directory '{probe.directory}'")
        files[probe.path] = FakeFile(token)
        return self._answer(probe, files, "")

    async def read(self, probe: Probe) -> Probe:
        self._libvirt.called("read")
        _must_be_ours(probe.path)
        files = self._libvirt.files(probe.directory)
        message = "" if files and probe.path in files else f"there is no {probe.path} on this host"
        return self._answer(probe, files or {}, message)

    async def remove(self, path: str) -> None:
        self._libvirt.called("remove")
        _must_be_ours(path)
        (self._libvirt.files(dirname(path)) or {}).pop(path, None)

    def _answer(self, probe: Probe, files: Files, message: str) -> Probe:
        return msgspec.structs.replace(
            probe,
            images=tuple(path for path in probe.images if _is_regular(files, path)),
            token=files[probe.path].content if probe.path in files else "",
            message=message,
            file_system=self._libvirt.file_system(probe.directory),
        )


def _is_regular(files: Files, path: str) -> bool:
    return path in files and files[path].kind is FileKind.REGULAR


def _bears(present: Marks, wanted: Marks) -> bool:
    runs = (None, present.run)
    attempts = (None, present.attempt)
    return wanted.run in runs and wanted.attempt in attempts


def _must_be_ours(path: str) -> None:
    if not basename(path).startswith(".godwit-"):
        raise HypervisorError(Reason.LIBVIRT_ERROR, f"{path} is no file of Godwit's")
