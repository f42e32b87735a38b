"""`sourceImages: Delete`: which files of the source are proven to be its own, so that they may go.

The proof is made before the migration, from both hosts' looks; the source's agent asks once more whether a
domain names the file and whether it was written to since. What is not proven stays, and the status says why.
"""

from godwit.domain.disks import SourceImages
from godwit.domain.guest import DiskFacts
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.storage.facts import StorageFacts, layers_of
from godwit.domain.storage.likeness import CACHED_SECONDS, Likeness, is_network, is_older, likeness
from godwit.domain.storage.paths import directory_of, normal
from godwit.domain.storage.proof import Standing, token_proof


def wants_removal(facts: StorageFacts) -> bool:
    """The user asked for it."""
    return facts.wish.source_images is SourceImages.DELETE


def kept_because(facts: StorageFacts, disk: DiskFacts) -> str:
    """Why the source's image of a copied disk stays; empty: it is the source's alone, and may go."""
    image = disk.image
    if image is None:
        return "libvirt's storage API does not show it"
    if others := tuple(name for name in image.used_by if name != facts.guest.view.name):
        return f"{', '.join(others)} names it too"
    if image.backing and not disk.backing:
        return "its layers are not known"
    names = [
        normal(path)
        for other in facts.guest.disks
        if other != disk
        for path in (other.path, *layers_of(other))
    ]
    if normal(disk.path) in names:
        return "another disk of the guest is the same file"
    return _not_its_own(facts, disk.path, image)


def may_delete_nvram(facts: StorageFacts) -> bool:
    """The file of the firmware's variables is proven to be the source's alone."""
    nvram = facts.guest.nvram
    if not wants_removal(facts) or nvram is None or nvram.kind is not FileKind.REGULAR:
        return False
    if any(name != facts.guest.view.name for name in nvram.used_by):
        return False
    there = facts.image(nvram.path)
    if there and there.kind is FileKind.REGULAR and not is_older(nvram.fingerprint, there.fingerprint):
        return False  # nobody compares it again before it is removed
    return not _not_its_own(facts, nvram.path, nvram)


def _not_its_own(facts: StorageFacts, path: str, image: ImageFacts) -> str:
    written = next(
        (probe for probe in facts.written if normal(probe.directory) == directory_of(path) and probe.token),
        None,
    )
    if written is None:
        return "no token could be written beside it, so nothing shows that its directory is not shared"
    if token_proof(facts, path).standing is not Standing.UNPROVEN:
        return "its directory is shared"
    if is_network(written.file_system):
        kind = written.file_system or "a file system that is not known"
        return f"it lies on {kind}, which other hosts may reach, too"
    there, place = facts.image(path), facts.directory(path)
    if there is not None and there.kind is FileKind.ABSENT:
        return ""
    if there is None or there.kind is not FileKind.REGULAR:
        return "what lies there on the destination is not known"
    cached = CACHED_SECONDS if place and is_network(place.file_system) else 0
    if likeness(image.fingerprint, there.fingerprint, cached_seconds=cached) is not Likeness.ANOTHER:
        return "the destination's image can't be told from it"
    return ""
