"""What the destination's image must be before anything is copied onto it, or made in its place."""

from godwit.domain.disks import Provisioning
from godwit.domain.guest import DiskFacts
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage.facts import StorageFacts
from godwit.domain.storage.likeness import CACHED_SECONDS, Likeness, is_network, likeness
from godwit.domain.storage.paths import directory_of, lies_under, normal, trouble
from godwit.domain.storage.proof import in_order
from godwit.domain.storage.refusal import Refusal, Topic, refuse
from godwit.domain.storage.source_image import MUST_EXIST, same_format, size_in, size_of
from godwit.domain.task import Role

OWN_IMAGE = "give the destination an image of its own at that path"
REMOVE = "remove it there, if nobody needs it"


def against_destination(facts: StorageFacts, disk: DiskFacts) -> tuple[Refusal, ...]:
    """Everything that stands against an image of this disk at the destination."""
    if trouble(disk.path):
        return ()
    place = _against_directory(facts, disk)
    there = facts.image(disk.path)
    if there is None or there.kind is FileKind.UNKNOWN:
        said = f": {there.message}" if there and there.message else ""
        why = f"what lies there on the destination is not known{said}"
        return (*place, _refuse(disk, why, "see the log of the agent there"))
    if there.kind is FileKind.SYMLINK and _symlink_on_the_way(facts, disk):
        return place
    if there.kind not in (FileKind.ABSENT, FileKind.REGULAR):
        return (*place, _refuse(disk, _what_else(there), f"{REMOVE}: {OWN_IMAGE}"))
    if facts.wish.provisioning is Provisioning.CREATE:
        return (*place, *_against_creation(facts, disk, there))
    return (*place, *_against_overwriting(facts, disk, there))


def _against_directory(facts: StorageFacts, disk: DiskFacts) -> tuple[Refusal, ...]:
    directory, place = directory_of(disk.path), facts.directory(disk.path)
    if not any(lies_under(disk.path, allowed) for allowed in facts.image_directories):
        allowed = ", ".join(facts.image_directories) or "there are none"
        why = f"{directory} is under none of the destination's image directories ({allowed})"
        remedy = "let the agents mount it (agent.imageDirectories), and name it in the Hypervisor's spec"
        return (_refuse(disk, why, remedy),)
    if place is None:
        why = f"the destination did not look at {directory}"
        return (_refuse(disk, why, "see the log of the agent there"),)
    if not place.allowed:
        why = f"no image may lie in {directory} there: {place.message or 'a symlink is on the way'}"
        remedy = "use a path without symlinks, under an image directory that the agent has mounted"
        return (_refuse(disk, why, remedy),)
    return ()


def _symlink_on_the_way(facts: StorageFacts, disk: DiskFacts) -> bool:
    """The agent sees a path's first symlink; one on the way to the image is told of its directory."""
    place = facts.directory(disk.path)
    return place is not None and not place.allowed


def _what_else(there: ImageFacts) -> str:
    if there.kind is FileKind.SYMLINK:
        return "a symlink lies there on the destination: an image would be made or written where it leads"
    if there.kind is FileKind.BLOCK:
        return "a raw device lies there on the destination"
    if there.kind is FileKind.DIRECTORY:
        return "a directory lies there on the destination"
    return "something that is no regular file lies there on the destination"


def _against_creation(facts: StorageFacts, disk: DiskFacts, there: ImageFacts) -> tuple[Refusal, ...]:
    found = [_in_use(disk, there)] if there.used_by else []
    if there.kind is FileKind.REGULAR:
        if _whose(facts, there):
            found.append(_own_file(facts, disk, there))
        else:
            why = "an image is there on the destination already (left by an earlier move?)"
            remedy = (
                f"to copy over it, {MUST_EXIST}: its content is lost then; or make sure that it isn't the "
                f"source's own file, mounted there by another way, and {REMOVE}"
            )
            found.append(_refuse(disk, why, remedy))
    return tuple(found)


def _against_overwriting(facts: StorageFacts, disk: DiskFacts, there: ImageFacts) -> tuple[Refusal, ...]:
    size = size_of(disk)
    if there.kind is FileKind.ABSENT:
        make = f"make it with LUKS, the same secret, and {size or 'as many'} bytes of content"
        if not disk.encrypted:
            make = f"make it (`qemu-img create -f {disk.format} {normal(disk.path)} {size or '<bytes>'}`)"
        why = "it must exist on the destination (provisioning: MustExist), and is missing"
        return (_refuse(disk, why, f"{make}, or set storage.provisioning to Create in a new VMMigration"),)
    found = [_in_use(disk, there)] if there.used_by else []
    if not same_format(disk.format, there.format):
        why = f"the destination's image is {there.format or 'of no known format'}, and not {disk.format}"
        found.append(_refuse(disk, why, f"make it anew as {disk.format}"))
    if locked := _against_encryption(disk, there):
        found.append(locked)
    shown = size_in(there, encrypted=disk.encrypted)
    if shown != size:
        word = "of unknown size" if not shown or not size else "smaller" if shown < size else "larger"
        why = f"the destination's image is {word}: {shown or 'unknown'} bytes, and not {size or 'unknown'}"
        found.append(_refuse(disk, why, f"make it anew with exactly {size or 'as many'} bytes"))
    if there.backing:
        why = f"the destination's image is layered on {there.backing}, and what is copied stands alone"
        found.append(_refuse(disk, why, "make it anew without a backing file"))
    if not in_order(facts):
        why = "the source was looked at anew after the destination, so nothing shows that they are two files"
        found.append(_refuse(disk, why, "create a new VMMigration"))
    if _whose(facts, there):
        found.append(_own_file(facts, disk, there))
    found.extend(_twins(facts, disk, there))
    return tuple(found)


def _against_encryption(disk: DiskFacts, there: ImageFacts) -> Refusal | None:
    """A raw image that holds the head of LUKS is written over like any other."""
    is_luks = there.luks_header_bytes is not None
    if disk.encrypted and not is_luks:
        why = "the destination's image is not encrypted, and the guest's is"
        return _refuse(disk, why, "make it anew with LUKS, and with the same secret")
    if is_luks and not disk.encrypted and disk.format != "raw":
        why = "the destination's image is encrypted, and the guest's is not"
        return _refuse(disk, why, "make it anew without encryption")
    return None


def _whose(facts: StorageFacts, there: ImageFacts) -> str:
    """The source's file that `there` is, or can't be told from; empty when it is another file for now."""
    own = [(disk.path, disk.image) for disk in facts.guest.disks if disk.image]
    if facts.guest.nvram:
        own.append((facts.guest.nvram.path, facts.guest.nvram))
    for path, image in own:
        found = likeness(image.fingerprint, there.fingerprint, cached_seconds=_cached(facts, there.path))
        at_its_path = normal(path) == normal(there.path)
        if image.identity and image.identity == there.identity:
            return path
        unknown = image.fingerprint is None or there.fingerprint is None
        if found is not Likeness.ANOTHER and (at_its_path or not unknown):
            return path
    return ""


def _cached(facts: StorageFacts, path: str) -> int:
    place = facts.directory(path)
    return CACHED_SECONDS if place and is_network(place.file_system) else 0


def _own_file(facts: StorageFacts, disk: DiskFacts, there: ImageFacts) -> Refusal:
    path = _whose(facts, there)
    mine = [d.image for d in facts.guest.disks if d.image and d.path == path]
    sure = any(
        (image.fingerprint is not None and image.fingerprint == there.fingerprint)
        or (image.identity != "" and image.identity == there.identity)
        for image in mine
    )
    is_it = "is" if sure else "can't be told from"
    why = f"what is there on the destination {is_it} the source's own file {path}, seen by another way"
    remedy = (
        f"{OWN_IMAGE} (no hard link, no bind mount, no other way to one export), or let both hosts mount its "
        "directory at one path, so that the disk is proven to be shared"
    )
    if not sure:
        remedy += f"; if they are two, create a new VMMigration in {2 * CACHED_SECONDS} seconds"
    return _refuse(disk, why, remedy)


def _twins(facts: StorageFacts, disk: DiskFacts, there: ImageFacts) -> list[Refusal]:
    """Two disks of the guest whose images at the destination are one file."""
    found = []
    for other in facts.images:
        if normal(other.path) == normal(there.path) or other.kind is not FileKind.REGULAR:
            continue
        if other.identity and there.identity:
            one = other.identity == there.identity
        else:
            one = other.fingerprint is not None and other.fingerprint == there.fingerprint
        if one:
            why = f"on the destination {there.path} and {other.path} are one file"
            found.append(_refuse(disk, why, "give each disk an image of its own there"))
    return found


def _in_use(disk: DiskFacts, there: ImageFacts) -> Refusal:
    why = f"the destination's {', '.join(there.used_by)} names that path as a disk, or as a layer of one"
    return _refuse(disk, why, "give one of them another path, or undefine that domain if nobody needs it")


def _refuse(disk: DiskFacts, why: str, remedy: str) -> Refusal:
    return refuse(Topic.DESTINATION_IMAGE, disk, why, remedy, Role.DESTINATION)
