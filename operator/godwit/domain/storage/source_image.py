"""What the source's image must be to be copied, and what of it would go wrong. Formats are never probed.

What its first bytes look like is the guest's own word: a guest can write the head of another format onto a
raw disk, and with it any size and any layer. So the definition's format counts; a contradiction is refused.
"""

from godwit.domain.disks import Provisioning
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage.facts import StorageFacts, layers_of
from godwit.domain.storage.likeness import Likeness, likeness
from godwit.domain.storage.paths import normal, trouble
from godwit.domain.storage.refusal import ANEW, Refusal, Topic, refuse
from godwit.domain.task import Role

COPIED_FORMATS = frozenset({"qcow2", "raw"})
LIKE_RAW = frozenset({"", "raw", "iso", "luks"})
"""What a raw image's content may look like without a size of its own."""
SECTOR_BYTES = 512
KIBIBYTE = 1024


def same_format(definition: str, seen: str) -> bool:
    """What the storage API sees can be what the definition says."""
    return seen in LIKE_RAW if definition == "raw" else seen == definition


def size_of(disk: DiskFacts) -> int | None:
    """Virtual, in bytes: the image's own to the byte, where both tell of one format; else the guest's."""
    image = disk.image
    if image and image.virtual_size_bytes and same_format(disk.format, image.format):
        return size_in(image, encrypted=disk.encrypted)
    return disk.virtual_size_bytes


def size_in(image: ImageFacts, *, encrypted: bool) -> int | None:
    """What a guest sees of it. On a disk that is not `encrypted` a head of LUKS is the guest's content."""
    if image.virtual_size_bytes is None or encrypted:
        return image.virtual_size_bytes
    return image.virtual_size_bytes + (image.luks_header_bytes or 0)


def against_source(facts: StorageFacts, disk: DiskFacts) -> tuple[Refusal, ...]:
    """Everything that stands against copying this image."""
    place = _against_place(disk)
    if place:
        return place
    return (*_against_format(facts, disk), *_against_aliases(facts, disk), *_against_layers(disk))


def _against_place(disk: DiskFacts) -> tuple[Refusal, ...]:
    regular = "only regular files are copied: move the guest's image into one"
    if disk.kind is DiskKind.BLOCK or disk.device == "lun":
        return (refuse(Topic.COPY_LIST, disk, "it is a raw device", regular),)
    if disk.kind is not DiskKind.FILE:
        return (refuse(Topic.COPY_LIST, disk, f"it is a {disk.kind.lower()} disk", regular),)
    if wrong := trouble(disk.path):
        plain = "name the image by its plain absolute path in the guest's definition"
        return (refuse(Topic.COPY_LIST, disk, wrong, plain),)
    kind = disk.image.kind if disk.image else FileKind.UNKNOWN
    if kind is FileKind.REGULAR:
        return ()
    if kind is FileKind.BLOCK:
        return (refuse(Topic.COPY_LIST, disk, "a raw device lies at its path", regular),)
    if kind is FileKind.SYMLINK:
        why = "it is a symlink: two names of one image can't be told apart from two images"
        return (refuse(Topic.COPY_LIST, disk, why, "name the image itself in the guest's definition"),)
    said = f": {disk.image.message}" if disk.image and disk.image.message else ""
    why = f"the source's libvirt does not list it as a regular file{said}"
    return (refuse(Topic.COPY_LIST, disk, why, regular),)


def _against_format(facts: StorageFacts, disk: DiskFacts) -> tuple[Refusal, ...]:
    seen = disk.image.format if disk.image else ""
    if not disk.format:
        why = "its format is not given, and Godwit never guesses one"
        remedy = "give <driver type='...'/> in the guest's definition"
        return (refuse(Topic.COPY_LIST, disk, why, remedy),)
    if disk.format not in COPIED_FORMATS:
        why = f"its format is {disk.format}"
        remedy = "only qcow2 and raw are copied: convert it (`qemu-img convert`)"
        return (refuse(Topic.COPY_LIST, disk, why, remedy),)
    if not same_format(disk.format, seen):
        why = f"its definition says {disk.format}, and what lies there looks like {seen or 'nothing known'}"
        remedy = "Godwit never guesses a format: find out which is right, or move the guest shut off"
        return (refuse(Topic.COPY_LIST, disk, why, remedy),)
    size = size_of(disk)
    if not size:
        remedy = "see whether `virsh domblkinfo` tells it"
        return (refuse(Topic.COPY_LIST, disk, "its virtual size is not known", remedy),)
    if disk.virtual_size_bytes and abs(size - disk.virtual_size_bytes) >= SECTOR_BYTES:
        why = f"its image has {size} bytes, and the guest sees {disk.virtual_size_bytes}"
        remedy = "create a new VMMigration if it was just resized; else see `virsh domblkinfo` and `vol-info`"
        return (refuse(Topic.COPY_LIST, disk, why, remedy),)
    if facts.wish.provisioning is Provisioning.CREATE and disk.format == "qcow2" and size % KIBIBYTE:
        why = f"libvirt makes a qcow2 in whole KiB only, and this one has {size} bytes"
        remedy = f"make it yourself on the destination and {MUST_EXIST}"
        return (refuse(Topic.DESTINATION_IMAGE, disk, why, remedy, Role.DESTINATION),)
    return ()


MUST_EXIST = f"set storage.provisioning to MustExist {ANEW}"


def _against_aliases(facts: StorageFacts, disk: DiskFacts) -> tuple[Refusal, ...]:
    """One file under two names of the guest would become two, or be written by two mirrors."""
    path, found = normal(disk.path), []
    for other in facts.guest.disks:
        if other.target == disk.target:
            continue
        if other.path and normal(other.path) == path:
            found.append(f"it is the same file as disk {other.target}")
        elif path in map(normal, layers_of(other)):
            found.append(f"disk {other.target} is layered on it")
        elif _one_file(disk.image, other.image):
            found.append(f"it is the same file as disk {other.target} ({other.path}), by another name")
    if path in map(normal, layers_of(disk)):
        found.append("it is layered on itself")
    nvram = facts.guest.nvram
    if nvram and (normal(nvram.path) == path or _one_file(disk.image, nvram)):
        found.append("it is the file of the firmware's variables")
    remedy = "give each disk of the guest an image of its own"
    return tuple(refuse(Topic.COPY_LIST, disk, why, remedy) for why in found)


def _one_file(one: ImageFacts | None, other: ImageFacts | None) -> bool:
    if one is None or other is None:
        return False
    if one.identity and other.identity:
        return one.identity == other.identity
    known = one.fingerprint is not None and other.fingerprint is not None
    return known and likeness(one.fingerprint, other.fingerprint) is Likeness.SAME


def _against_layers(disk: DiskFacts) -> tuple[Refusal, ...]:
    wrong = [trouble(layer) for layer in layers_of(disk) if "://" not in layer and trouble(layer)]
    remedy = "name its layers by plain absolute paths (`qemu-img rebase -u`)"
    return tuple(refuse(Topic.BACKING_CHAIN, disk, f"of a layer: {why}", remedy) for why in wrong)
