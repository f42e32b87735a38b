"""What the copies will take at the destination, per file system, and whether it is there.

Images are sparse, so what counts is what is allocated at the source, layers included, and a margin; but no
image takes more than its virtual size and its tables. Checked before the plan, and again by its agent at
Prepare.
"""

from collections.abc import Iterable, Mapping

from godwit.domain.guest import DiskFacts
from godwit.domain.image import Copy, DirectoryFacts, ImageFacts
from godwit.domain.limits import MEBIBYTE
from godwit.domain.quantity import mebibytes
from godwit.domain.storage.facts import Promise, layers_of
from godwit.domain.storage.fullsize import full_bytes
from godwit.domain.storage.paths import directory_of, normal
from godwit.domain.value import Value

MARGIN_BYTES = 64 * MEBIBYTE
"""Beside 5 %: what the guest allocates anew while it is copied, and what the formats themselves take."""


class Shortage(Value):
    """One file system that can't take what is to come."""

    directories: tuple[str, ...]
    needed_bytes: int
    promised_bytes: int
    free_bytes: int | None
    """None: not known, which is no pass."""

    @property
    def missing_bytes(self) -> int:
        """How much would have to be freed."""
        return self.needed_bytes + self.promised_bytes - (self.free_bytes or 0)

    @property
    def sentence(self) -> str:
        """For people, the same at the check and at Prepare."""
        where = ", ".join(self.directories)
        promised = f", {mebibytes(self.promised_bytes)} are promised to other migrations"
        return (
            f"{where} lacks {mebibytes(self.missing_bytes)}: {mebibytes(self.needed_bytes)} are needed"
            f"{promised if self.promised_bytes else ''}, {(self.free_bytes or 0) // MEBIBYTE} MiB are free"
        )


def needed_bytes(disk: DiskFacts, virtual_size_bytes: int, existing: ImageFacts | None = None) -> int:
    """Of one copy, at most; an image that exists already holds some of it."""
    allocated = disk.image.allocated_bytes if disk.image else None
    if disk.encrypted and disk.format == "raw":
        allocated = None  # what nobody wrote has no zeroes: all of it is copied, and allocated there
    if allocated is not None and layers_of(disk):
        below = disk.backing_allocated_bytes
        allocated = None if below is None else allocated + below
    full = full_bytes(disk.format, virtual_size_bytes, _cluster_bytes(disk, existing))
    growing = full if allocated is None else allocated + allocated // 20 + MARGIN_BYTES
    there = (existing.allocated_bytes or 0) if existing else 0
    return max(0, min(full, growing) - there)


def shortages(
    copies: Iterable[Copy], directories: Iterable[DirectoryFacts], promised: Iterable[Promise] = ()
) -> tuple[Shortage, ...]:
    """The file systems that are too small; none: there is space for all of them together."""
    places = {normal(place.path): place for place in directories}
    needs: dict[str, list[Copy]] = {}
    for copy in copies:
        needs.setdefault(_file_system(directory_of(copy.path), places), []).append(copy)
    owed: dict[str, int] = {}
    for promise in promised:
        file_system = _file_system(normal(promise.directory), places)
        owed[file_system] = owed.get(file_system, 0) + promise.bytes
    found = []
    for file_system, wanted in needs.items():
        inside = tuple(dict.fromkeys(directory_of(copy.path) for copy in wanted))
        frees = [places[name].free_bytes if name in places else None for name in inside]
        known = [free for free in frees if free is not None]
        free = min(known) if len(known) == len(frees) else None
        needed = sum(_need(copy) for copy in wanted)
        shortage = Shortage(inside, needed, owed.get(file_system, 0), free)
        if free is None or shortage.missing_bytes > 0:
            found.append(shortage)
    return tuple(found)


def promises(copies: Iterable[Copy], allocated_bytes: Mapping[str, int] | None = None) -> tuple[Promise, ...]:
    """What other migrations' copies still need; `allocated_bytes` by path: taken since their plan."""
    there = {normal(path): taken for path, taken in (allocated_bytes or {}).items()}
    return tuple(
        Promise(directory_of(copy.path), max(0, _need(copy) - there.get(normal(copy.path), 0)))
        for copy in copies
    )


def _cluster_bytes(disk: DiskFacts, existing: ImageFacts | None) -> int | None:
    """Of the image at the destination: one that is made has the source's."""
    if existing and existing.cluster_size_bytes:
        return existing.cluster_size_bytes
    return disk.image.cluster_size_bytes if disk.image else None


def _need(copy: Copy) -> int:
    if copy.needed_bytes is not None:
        return copy.needed_bytes
    return full_bytes(copy.format, copy.virtual_size_bytes, copy.cluster_size_bytes)


def _file_system(directory: str, places: Mapping[str, DirectoryFacts]) -> str:
    """Its device; where that isn't known, the directory stands for itself."""
    place = places.get(directory)
    return f"device {place.device}" if place and place.device else f"directory {directory}"
