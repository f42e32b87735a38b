"""What a guest asks of its disks, by libvirt's counters; read twice they tell how fast it writes."""

import time
from dataclasses import dataclass

import libvirt

from godwit.domain.guest import GuestFacts
from godwit.hypervisor.lookup import find

_READS_AT, _WRITES_AT, _WRITTEN_BYTES_AT = 0, 2, 3
_ALL_DISKS = ""


@dataclass(frozen=True, slots=True)
class Written:
    """By the guest to all its disks since it started."""

    at: float
    """Monotonic seconds."""
    bytes: int


def written(connection: libvirt.virConnect, found: GuestFacts) -> Written | None:
    """None when libvirt can't tell it now: it is not worth a failed inspection."""
    domain = find(connection, found.view.uuid)
    if domain is None:
        return None
    try:
        total = sum(
            int(domain.blockStats(disk.target)[_WRITTEN_BYTES_AT]) for disk in found.disks if disk.writable
        )
    except libvirt.libvirtError:
        if not connection.isAlive():
            raise
        return None
    return Written(time.monotonic(), total)


def requests(connection: libvirt.virConnect, uuid: str) -> int | None:
    """None when libvirt can't tell it now."""
    domain = find(connection, uuid)
    if domain is None:
        return None
    try:
        stats = domain.blockStats(_ALL_DISKS)
    except libvirt.libvirtError:
        if not connection.isAlive():
            raise
        return None
    return int(stats[_READS_AT]) + int(stats[_WRITES_AT])


def rate(before: Written, after: Written) -> int:
    """Bytes per second; a guest that was started anew in between counts from 0."""
    return max(0, round((after.bytes - before.bytes) / max(after.at - before.at, 0.001)))
