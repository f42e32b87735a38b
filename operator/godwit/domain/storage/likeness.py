"""Whether a destination's image is the source's own file by another way: hard link, bind mount, export.

A token in the directory doesn't see those. One inode shows one change time, which nobody can set and which
only grows: seen by the destination between two looks of the source it must lie between theirs, both included.
What lies there may be the same file, and a copy onto itself destroys it: so it is refused. What lies outside
is another file.
"""

from collections.abc import Iterable
from enum import StrEnum

from godwit.domain.image import Copy, Fingerprint, ImageFacts
from godwit.domain.storage.paths import normal

CACHED_SECONDS = 90
"""How old a network file system's attributes may be: NFS clients keep them for up to a minute."""

LOCAL_FILE_SYSTEMS = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "bcachefs", "tmpfs", "overlay"}
)


class Likeness(StrEnum):
    """What two looks at two paths tell."""

    SAME = "Same"
    """Size, allocation and both times are equal to the nanosecond."""
    UNSURE = "Unsure"
    """Nothing shows that they are two: treated as the same."""
    ANOTHER = "Another"


def is_network(file_system: str) -> bool:
    """Two hosts may both reach what lies there: any kind that is not known to be one host's alone."""
    return file_system not in LOCAL_FILE_SYSTEMS


def likeness(
    source: Fingerprint | None,
    other: Fingerprint | None,
    later: Fingerprint | None = None,
    *,
    cached_seconds: int = 0,
) -> Likeness:
    """Of `other`, seen by the destination after `source` and before `later` (both of the source's file).

    Without `later` a change time after the source's proves nothing against it yet: `ANOTHER` then only means
    that nothing speaks for the same file, and whoever starts the copy must look once more.
    """
    if source is None or other is None:
        return Likeness.UNSURE
    if other in (source, later):
        return Likeness.SAME
    last = later or source
    first, shown, end = _time(source.changed), _time(other.changed), _time(last.changed)
    if first is None or shown is None or end is None:
        return Likeness.UNSURE
    earliest = (first[0] - cached_seconds, first[1])
    if min(earliest, end) <= shown <= max(first, end):
        return Likeness.UNSURE
    return Likeness.ANOTHER


def is_older(
    source: Fingerprint | None, other: Fingerprint | None, *, cached_seconds: int = CACHED_SECONDS
) -> bool:
    """`other`, seen later, shows an earlier change time than any cache could keep: it is another file."""
    first, shown = _time(source.changed if source else ""), _time(other.changed if other else "")
    return first is not None and shown is not None and shown < (first[0] - cached_seconds, first[1])


def contradicts(source: Fingerprint | None, other: Fingerprint | None) -> str:
    """Why two looks at one shared file, the second by the destination, contradict it; or nothing."""
    if source is None or other is None:
        return ""
    if source.capacity_bytes != other.capacity_bytes:
        sizes = (source.capacity_bytes, other.capacity_bytes)
        return f"it has {sizes[0]} bytes at the source and {sizes[1]} at the destination"
    if is_older(source, other):
        return "the destination's was last changed before the source's: another file is mounted over it"
    return ""


def same_image(
    copies: Iterable[Copy], before: Iterable[ImageFacts], now: Iterable[ImageFacts]
) -> tuple[str, str] | None:
    """For the source's agent, at Prepare and directly before the start: the first mistake, else None.

    `before` are the guest's own images at the inspection (NVRAM, too), `now` the same at this moment. Gives
    the target of the copy and a sentence; the reason is `SAME_IMAGE`. Images that are made need no look.
    """
    looks = {normal(image.path): image.fingerprint for image in now}
    firsts = {normal(image.path): image.fingerprint for image in before}
    for copy in copies:
        if copy.create:
            continue
        own = normal(copy.path)
        if looks.get(own) is None or firsts.get(own) is None:
            return copy.target, f"disk {copy.target}: {own} could not be looked at once more on this host"
        for path, first in firsts.items():
            if first is None:
                continue
            found = likeness(first, copy.existing, looks.get(path))
            if found is not Likeness.ANOTHER:
                return copy.target, _mistake(copy, path, found)
    return None


def _mistake(copy: Copy, path: str, found: Likeness) -> str:
    is_it = "is" if found is Likeness.SAME else "can't be told from"
    return (
        f"disk {copy.target}: the image at {copy.path} on the destination {is_it} the source's own file "
        f"{path}, seen by another way"
    )


def _time(text: str) -> tuple[int, int] | None:
    """`seconds.nanoseconds`; libvirt leaves out a fraction of zero."""
    seconds, _, fraction = text.partition(".")
    if not seconds.isdecimal() or (fraction and not fraction.isdecimal()) or len(fraction) > 9:
        return None
    return int(seconds), int(fraction.ljust(9, "0") or 0)
