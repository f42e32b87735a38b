"""What the hosts are asked to look at, and what is copied: all of it, and nothing else.

The list is always explicit; where it is empty no copy flag is given to libvirt, which would take an empty one
for "all".
"""

from godwit.domain.disks import DiskAction, Provisioning
from godwit.domain.guest import DiskFacts, DiskKind, GuestFacts
from godwit.domain.image import Copy, Kept
from godwit.domain.storage.classify import Judged, classify, judge
from godwit.domain.storage.facts import StorageFacts, has_file, layers_of
from godwit.domain.storage.paths import normal, trouble
from godwit.domain.storage.source_image import size_of
from godwit.domain.storage.source_removal import kept_because, may_delete_nvram, wants_removal
from godwit.domain.storage.space import needed_bytes

MOST_PATHS = 1024
"""Of a task; only very many layers are more."""


def paths_to_look_at(guest: GuestFacts) -> tuple[str, ...]:
    """For the destination's inspection: file and block disks with a medium, layers, and the NVRAM file."""
    paths = [disk.path for disk in guest.disks if disk.kind in (DiskKind.FILE, DiskKind.BLOCK)]
    if guest.nvram:
        paths.append(guest.nvram.path)
    paths += [layer for disk in guest.disks if disk.kind is DiskKind.FILE for layer in layers_of(disk)]
    return tuple(dict.fromkeys(normal(path) for path in paths if not trouble(path)))[:MOST_PATHS]


def digests_for(guest: GuestFacts) -> tuple[str, ...]:
    """Those of them whose content is compared: read-only images and block devices."""
    devices = tuple(disk.path for disk in guest.disks if disk.kind is DiskKind.BLOCK)
    compared = (*read_whole(guest), *(normal(path) for path in devices if not trouble(path)))
    return tuple(dict.fromkeys(compared))


def read_whole(guest: GuestFacts) -> tuple[str, ...]:
    """Those that are compared to their last byte; of a device no more than its edges is."""
    media = (disk.path for disk in guest.disks if disk.kind is DiskKind.FILE and disk.read_only)
    return tuple(dict.fromkeys(normal(path) for path in media if not trouble(path)))


def copies(facts: StorageFacts) -> tuple[Copy, ...]:
    """One per disk that is copied, in the guest's order."""
    return _copies(facts, [judged for judged in judge(facts) if judged.line.action is DiskAction.COPY])


def wanted_copies(facts: StorageFacts) -> tuple[Copy, ...]:
    """Those too that something still stands against: what the space has to do for, when all is put right."""
    return _copies(facts, [judged for judged in judge(facts) if judged.to_copy])


def ejected(facts: StorageFacts) -> tuple[str, ...]:
    """Targets of drives that arrive empty."""
    return tuple(line.target for line in classify(facts) if line.action is DiskAction.EJECT)


def kept(facts: StorageFacts) -> tuple[Kept, ...]:
    """The files of disks that stay, layers as well."""
    looked_at = paths_to_look_at(facts.guest)
    stay = {line.target for line in classify(facts) if line.action is DiskAction.KEEP}
    return tuple(
        Kept(disk.target, normal(path))
        for disk in facts.guest.disks
        if disk.target in stay and has_file(disk)
        for path in (disk.path, *layers_of(disk))
        if normal(path) in looked_at
    )


def nvram(facts: StorageFacts) -> str:
    """The file of the firmware's variables, or nothing."""
    there = facts.guest.nvram
    return normal(there.path) if there and not trouble(there.path) else ""


def delete_nvram(facts: StorageFacts) -> bool:
    """`Plan.delete_nvram`: asked for, and proven."""
    return may_delete_nvram(facts)


def _copies(facts: StorageFacts, chosen: list[Judged]) -> tuple[Copy, ...]:
    by_target = {disk.target: disk for disk in facts.guest.disks}
    found = (_copy(facts, by_target[judged.line.target]) for judged in chosen)
    return tuple(copy for copy in found if copy)


def _copy(facts: StorageFacts, disk: DiskFacts) -> Copy | None:
    size, image, there = size_of(disk), disk.image, facts.image(disk.path)
    if not size or image is None:
        return None
    create = facts.wish.provisioning is Provisioning.CREATE
    is_qcow2 = disk.format == "qcow2"
    return Copy(
        target=disk.target,
        path=normal(disk.path),
        format=disk.format,
        virtual_size_bytes=size,
        create=create,
        cluster_size_bytes=image.cluster_size_bytes if is_qcow2 else None,
        compat=image.compat if is_qcow2 else "",
        owner=image.owner,
        group=image.group,
        mode=image.mode,
        existing=there.fingerprint if there and not create else None,
        flattened=bool(layers_of(disk)),
        needed_bytes=needed_bytes(disk, size, there if not create else None),
        delete_source=wants_removal(facts) and not kept_because(facts, disk),
    )
