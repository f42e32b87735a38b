"""Which switchover the disks allow: design section 5."""

from godwit.domain.disks import Disk, DiskAction
from godwit.domain.guest import DiskFacts
from godwit.domain.migration import SwitchoverChoice
from godwit.domain.plan import Switchover
from godwit.domain.storage.facts import StorageFacts
from godwit.domain.storage.paths import directory_of, normal
from godwit.domain.task import Probe

LOCKS_HOLD_BETWEEN_HOSTS = frozenset({"fuse.glusterfs"})
"""Kinds of file systems where a test showed that QEMU's image lock of one host is seen by the other."""


def choose_switchover(facts: StorageFacts, disks: tuple[Disk, ...]) -> SwitchoverChoice:
    """Fast only where an image lock protects the guest on both hosts, whatever fails; strict otherwise.

    `disks` are the lines of `classify`: a disk that is copied is two images, which no lock holds together.
    """
    writable = [disk for disk in facts.guest.disks if disk.writable]
    if not writable:
        return _strict("no writable disk, so no image lock protects the guest")
    copied = {line.target for line in disks if line.action is not DiskAction.KEEP}
    for disk in writable:
        if disk.target in copied:
            return _strict(f"disk {disk.target} is copied: no image lock holds two images together")
        if disk.shareable:
            return _strict(f"disk {disk.target} is shareable: QEMU takes no exclusive lock on it")
        kinds = {_file_system(disk, probes) for probes in (facts.written, facts.read)}
        if not kinds <= LOCKS_HOLD_BETWEEN_HOSTS:
            shown = " and ".join(sorted(kind or "an unknown kind of file system" for kind in kinds))
            return _strict(
                f"disk {disk.target} lies on {shown}, where image locks are not known to hold between hosts"
            )
    return SwitchoverChoice(
        Switchover.FAST, "QEMU's image locks on all writable disks hold between the hosts"
    )


def _strict(why: str) -> SwitchoverChoice:
    return SwitchoverChoice(Switchover.STRICT, why)


def _file_system(disk: DiskFacts, probes: tuple[Probe, ...]) -> str:
    directory = directory_of(disk.path)
    return next((probe.file_system for probe in probes if normal(probe.directory) == directory), "")
