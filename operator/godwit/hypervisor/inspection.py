"""What an inspection adds to a view: the definition's facts, sizes, snapshots and block jobs."""

from collections.abc import Callable
from typing import TypeVar

import libvirt
import msgspec

from godwit.domain.guest import DiskFacts, DiskKind, GuestFacts, GuestView, Job
from godwit.domain.reasons import Reason
from godwit.hypervisor import xml
from godwit.hypervisor.errors import OPERATION_INVALID, code_of
from godwit.hypervisor.lookup import find
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.ports import HypervisorError

T = TypeVar("T")


def facts(connection: libvirt.virConnect, view: GuestView) -> GuestFacts:
    """Facts of the domain of `view`; a running block job makes it as busy as any other job."""
    domain = find(connection, view.uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {view.uuid}")
    definition = xml.parse(domain.XMLDesc())
    disks = tuple(_with_size(domain, disk) for disk in xml.disks(definition))
    if view.job is Job.NONE and any(_block_job(domain, disk) for disk in disks):
        view = msgspec.structs.replace(view, job=Job.OTHER)
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
    )


def file_paths(disks: tuple[DiskFacts, ...]) -> tuple[str, ...]:
    """Those of disks that are written to and that libvirt takes for files."""
    return tuple(disk.path for disk in disks if disk.kind is DiskKind.FILE and disk.writable)


def placed(disks: tuple[DiskFacts, ...], regular: frozenset[str], mounts: Mounts) -> tuple[DiskFacts, ...]:
    """`disks` with what is known of the places in which they lie."""
    return tuple(
        msgspec.structs.replace(
            disk, regular_file=disk.path in regular, file_system=mounts.file_system(disk.path)
        )
        for disk in disks
    )


def _with_size(domain: libvirt.virDomain, disk: DiskFacts) -> DiskFacts:
    if disk.kind is DiskKind.EMPTY:
        return disk
    info = _or_none(lambda: domain.blockInfo(disk.target))
    return disk if info is None else msgspec.structs.replace(disk, virtual_size_bytes=int(info[0]))


def _block_job(domain: libvirt.virDomain, disk: DiskFacts) -> bool:
    try:
        return disk.kind is not DiskKind.EMPTY and bool(domain.blockJobInfo(disk.target))
    except libvirt.libvirtError as error:
        if code_of(error) == OPERATION_INVALID:  # the domain is off, or the drive has no medium any more
            return False
        raise


def _or_none(ask: Callable[[], T]) -> T | None:
    """What libvirt can't tell of this domain now is left open; it is never guessed."""
    try:
        return ask()
    except libvirt.libvirtError:
        return None
