"""What each disk is to a migration, with the proof, and which switchover the disks allow.

Shared is proven in this very migration: a random token that was written beside the image through the source's
libvirt is read through the destination's. What can't be proven is not shared.
"""

from godwit.domain.guest import DiskFacts, DiskKind, GuestFacts
from godwit.domain.migration import Disk, DiskAction, DiskClass, SwitchoverChoice
from godwit.domain.task import Probe, Switchover

LOCKS_HOLD_BETWEEN_HOSTS = frozenset({"fuse.glusterfs"})
"""Kinds of file systems where a test showed that QEMU's image lock of one host is seen by the other."""


def directory_of(path: str) -> str:
    """Of an absolute path."""
    return path.rpartition("/")[0] or "/"


def probes_for(facts: GuestFacts, token_name: str) -> tuple[Probe, ...]:
    """One token per directory that holds writable images; `token_name` begins with `.godwit-`."""
    images: dict[str, list[str]] = {}
    for disk in facts.disks:
        if disk.kind is DiskKind.FILE and disk.writable and disk.path.startswith("/"):
            images.setdefault(directory_of(disk.path), []).append(disk.path)
    return tuple(
        Probe(directory=directory, path=f"{directory.rstrip('/')}/{token_name}", images=tuple(paths))
        for directory, paths in images.items()
    )


def classify(
    disks: tuple[DiskFacts, ...], written: tuple[Probe, ...], read: tuple[Probe, ...]
) -> tuple[Disk, ...]:
    """A line per disk, in the guest's order; `written` by the source's agent, `read` by the destination's."""
    return tuple(_classify(disk, written, read) for disk in disks)


def _classify(disk: DiskFacts, written: tuple[Probe, ...], read: tuple[Probe, ...]) -> Disk:
    if disk.kind is DiskKind.EMPTY:
        return _line(disk, DiskClass.EMPTY, DiskAction.KEEP, "there is no medium in it")
    if not disk.writable:
        return _line(disk, DiskClass.READ_ONLY, DiskAction.KEEP, "the guest can't write to it")
    if disk.kind is not DiskKind.FILE:
        why = f"only images in files can be proven so far, and this is a {disk.kind.lower()} disk"
        return _line(disk, DiskClass.LOCAL, DiskAction.REFUSE, why)
    doubt = _doubt(disk, written, read)
    if doubt:
        return _line(disk, DiskClass.LOCAL, DiskAction.REFUSE, doubt)
    kind = DiskClass.SHAREABLE if disk.shareable else DiskClass.SHARED
    return _line(
        disk, kind, DiskAction.KEEP, "a token written beside it by the source was read by the destination"
    )


def _doubt(disk: DiskFacts, written: tuple[Probe, ...], read: tuple[Probe, ...]) -> str:
    """What is missing in the proof; empty when it is complete."""
    directory = directory_of(disk.path)
    ours = next((probe for probe in written if probe.directory == directory), None)
    theirs = next((probe for probe in read if probe.directory == directory), None)
    if ours is None or not ours.token:
        said = ours.message if ours and ours.message else "no token was written"
        return f"the source could not write a token into {directory}: {said}"
    if disk.path not in ours.images:
        return f"the source's libvirt does not list {disk.path} as a regular file"
    if theirs is None or not theirs.token:
        said = theirs.message if theirs and theirs.message else "it is not there"
        return f"the token that the source wrote into {directory} was not found by the destination: {said}"
    if theirs.token != ours.token:
        return (
            f"the destination reads another token in {directory}: that is another directory of the same name"
        )
    if disk.path not in theirs.images:
        return f"the destination's libvirt does not list {disk.path} as a regular file"
    return ""


def _line(disk: DiskFacts, kind: DiskClass, action: DiskAction, proof: str) -> Disk:
    return Disk(
        target=disk.target,
        kind=disk.kind,
        disk_class=kind,
        action=action,
        path=disk.path,
        format=disk.format,
        virtual_size=disk.virtual_size_bytes,
        proof=proof,
    )


def choose_switchover(
    facts: GuestFacts, written: tuple[Probe, ...], read: tuple[Probe, ...]
) -> SwitchoverChoice:
    """Fast only where an image lock protects the guest on both hosts, whatever fails; strict otherwise.

    Source: section 5 of the design.
    """
    writable = [disk for disk in facts.disks if disk.writable]
    if not writable:
        return SwitchoverChoice(Switchover.STRICT, "no writable disk, so no image lock protects the guest")
    for disk in writable:
        if disk.shareable:
            return SwitchoverChoice(
                Switchover.STRICT, f"disk {disk.target} is shareable: QEMU takes no exclusive lock on it"
            )
        kinds = {_file_system(disk, probes) for probes in (written, read)}
        if not kinds <= LOCKS_HOLD_BETWEEN_HOSTS:
            shown = " and ".join(sorted(kind or "an unknown kind of file system" for kind in kinds))
            return SwitchoverChoice(
                Switchover.STRICT,
                f"disk {disk.target} lies on {shown}, where image locks are not known to hold between hosts",
            )
    return SwitchoverChoice(
        Switchover.FAST, "QEMU's image locks on all writable disks hold between the hosts"
    )


def _file_system(disk: DiskFacts, probes: tuple[Probe, ...]) -> str:
    directory = directory_of(disk.path)
    return next((probe.file_system for probe in probes if probe.directory == directory), "")
