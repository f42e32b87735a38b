"""What an inspection adds to a view: the definition's facts, sizes, snapshots and block jobs."""

from collections.abc import Callable
from typing import TypeVar

import libvirt
import msgspec

from godwit.domain.guest import DiskFacts, DiskKind, GuestFacts, GuestView
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.reasons import Reason
from godwit.hypervisor import affinity, guestcpu, xml
from godwit.hypervisor.equipment import equipment
from godwit.hypervisor.errors import OPERATION_INVALID, code_of
from godwit.hypervisor.interfaces import interfaces
from godwit.hypervisor.lookup import find
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.placement import placement
from godwit.hypervisor.ports import HypervisorError

T = TypeVar("T")

_IMAGES = (DiskKind.FILE, DiskKind.BLOCK)
_BLOCK_JOBS = {1: "pull", 2: "copy", 3: "commit", 4: "active commit", 5: "backup"}
"""libvirt's virDomainBlockJobType."""


def facts(connection: libvirt.virConnect, view: GuestView) -> GuestFacts:
    """Facts of the domain of `view`; a block job is told of its disk, and is no job of the domain's."""
    domain = find(connection, view.uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {view.uuid}")
    definition = xml.parse(domain.XMLDesc())
    disks = tuple(_asked(connection, domain, disk) for disk in xml.disks(definition))
    nvram = xml.nvram(definition)
    machine, arch = xml.machine_and_arch(definition)
    return GuestFacts(
        view=view,
        vcpus=xml.vcpus(definition),
        memory_bytes=xml.memory_bytes(definition),
        machine=machine,
        arch=arch,
        max_downtime_milliseconds=_or_none(domain.migrateGetMaxDowntime) if view.active else None,
        bandwidth_mebibytes_per_second=_or_none(domain.migrateGetMaxSpeed) if view.active else None,
        disks=disks,
        devices_digest=xml.devices_digest(definition),
        snapshots=tuple(domain.snapshotListNames()),
        checkpoints=tuple(each.getName() for each in _or_none(domain.listAllCheckpoints) or ()),
        nvram=ImageFacts(path=nvram, kind=FileKind.UNKNOWN) if nvram else None,
        equipment=equipment(definition),
        placement=placement(definition),
        interfaces=interfaces(definition),
        cpu=guestcpu.of(connection, definition),
        anti_affinity=affinity.groups(definition),
    )


def image_paths(found: GuestFacts) -> tuple[str, ...]:
    """Of files and devices, and of the firmware's variables."""
    paths = [disk.path for disk in found.disks if disk.kind in _IMAGES]
    if found.nvram is not None:
        paths.append(found.nvram.path)
    return tuple(dict.fromkeys(paths))


def digest_paths(found: GuestFacts) -> tuple[str, ...]:
    """Those whose content may be compared with another host's: media that nobody writes to, and devices."""
    return tuple(
        disk.path
        for disk in found.disks
        if disk.kind is DiskKind.BLOCK or (disk.kind is DiskKind.FILE and disk.read_only)
    )


def placed(found: GuestFacts, images: dict[str, ImageFacts], mounts: Mounts) -> GuestFacts:
    """`found` with what is known of its images and of the places in which they lie."""
    disks = tuple(
        msgspec.structs.replace(
            disk,
            regular_file=disk.path in images and images[disk.path].kind is FileKind.REGULAR,
            file_system=mounts.file_system(disk.path),
            image=images.get(disk.path) if disk.kind in _IMAGES else None,
        )
        for disk in found.disks
    )
    nvram = None if found.nvram is None else images[found.nvram.path]
    return msgspec.structs.replace(found, disks=disks, nvram=nvram)


def _asked(connection: libvirt.virConnect, domain: libvirt.virDomain, disk: DiskFacts) -> DiskFacts:
    """With what only libvirt's answers tell of it."""
    if disk.kind is DiskKind.EMPTY:
        return disk
    info = _or_none(lambda: domain.blockInfo(disk.target))
    return msgspec.structs.replace(
        disk,
        virtual_size_bytes=None if info is None else int(info[0]),
        secret=_uuid_of(connection, disk.secret),
        block_job=_block_job(domain, disk),
    )


def _uuid_of(connection: libvirt.virConnect, secret: str) -> str:
    """A definition may name a secret by what it is for."""
    if not secret.startswith(xml.BY_USAGE):
        return secret
    usage = secret.removeprefix(xml.BY_USAGE)
    kind = libvirt.VIR_SECRET_USAGE_TYPE_VOLUME
    found = _or_none(lambda: connection.secretLookupByUsage(kind, usage).UUIDString())
    return str(found) if found else secret


def _block_job(domain: libvirt.virDomain, disk: DiskFacts) -> str:
    """Its kind; empty when there is none."""
    try:
        info = domain.blockJobInfo(disk.target)
    except libvirt.libvirtError as error:
        if code_of(error) == OPERATION_INVALID:  # the domain is off, or the drive has no medium any more
            return ""
        raise
    return _BLOCK_JOBS.get(info["type"], "other") if info else ""


def _or_none(ask: Callable[[], T]) -> T | None:
    """What libvirt can't tell of this domain now is left open; it is never guessed."""
    try:
        return ask()
    except libvirt.libvirtError:
        return None
