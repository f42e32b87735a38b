"""Looking at paths: libvirt's storage API for what an image is, the agent's own eyes for which file it is.

Only a libvirt that doesn't answer raises; everything else that can't be learned is told in the facts.
"""

from collections import defaultdict
from contextlib import AbstractContextManager
from posixpath import dirname, normpath

import libvirt
from msgspec.structs import replace

from godwit.domain.device import BY_ID, identity_of
from godwit.domain.image import DirectoryFacts, FileKind, ImageFacts
from godwit.hypervisor import imagefacts
from godwit.hypervisor.devices import is_device
from godwit.hypervisor.digests import Digests, TooSlowError
from godwit.hypervisor.errors import text_of
from godwit.hypervisor.eyes import Eyes, Sight
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.storage import devices_by_id, pool_over, volume_at
from godwit.hypervisor.xml import parse

NO_SUCH_FILE = "No such file or directory"


def look(connection: libvirt.virConnect, eyes: Eyes, paths: tuple[str, ...]) -> dict[str, ImageFacts]:
    """Everything but users and digests, by path."""
    by_directory: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_directory[dirname(path)].append(path)
    found: dict[str, ImageFacts] = {}
    for directory, files in by_directory.items():
        if is_device(directory) and directory != BY_ID:
            found |= {
                path: _unknown(path, f"only devices named under {BY_ID} are looked at") for path in files
            }
            continue
        try:
            with _pool(connection, directory) as pool:
                for path in files:
                    listed = _listed(pool, path)
                    found[path] = (
                        _device(path, listed) if directory == BY_ID else _told(path, listed, eyes.sight(path))
                    )
        except (libvirt.libvirtError, HypervisorError) as error:
            if not connection.isAlive():  # then nothing was learned about the directory
                raise
            found |= {path: _without_pool(path, text(error), eyes.sight(path)) for path in files}
    return found


def with_digest(connection: libvirt.virConnect, digests: Digests, seen: ImageFacts) -> ImageFacts:
    """The same with its content's digest, or with the reason why there is none."""
    if seen.kind not in (FileKind.REGULAR, FileKind.BLOCK):
        return seen
    try:
        with _pool(connection, dirname(seen.path)) as pool:
            volume = volume_at(pool, seen.path)
            if volume is None:
                return replace(seen, message="it went away while it was read")
            length = imagefacts.file_bytes(parse(volume.XMLDesc())) or 0
            return replace(seen, digest=digests.of(connection, volume, seen, length))
    except (libvirt.libvirtError, HypervisorError, TooSlowError) as error:
        if not connection.isAlive():
            raise
        return replace(seen, message=f"its content can't be read: {text(error)}")


def directory(connection: libvirt.virConnect, eyes: Eyes, path: str, file_system: str) -> DirectoryFacts:
    """By the agent's eyes where it has the directory, by libvirt's elsewhere: there nothing is created."""
    if not eyes.covers(path):
        return _elsewhere(connection, path, file_system)
    sight = eyes.sight(path)
    missing = eyes.missing_levels(path)
    deepest = dirname(missing[0]) if missing else path
    facts = DirectoryFacts(
        path=path,
        exists=sight.kind is FileKind.DIRECTORY,
        missing=missing,
        allowed=sight.kind in (FileKind.DIRECTORY, FileKind.ABSENT),
        free_bytes=eyes.free_bytes(deepest),
        file_system=file_system,
        message=sight.message,
    )
    if facts.allowed or sight.message:
        return facts
    return replace(facts, message=f"{path} is no directory")


def text(error: Exception) -> str:
    """libvirt's own words, or ours."""
    return text_of(error) if isinstance(error, libvirt.libvirtError) else str(error)


def _elsewhere(connection: libvirt.virConnect, path: str, file_system: str) -> DirectoryFacts:
    facts = DirectoryFacts(
        path=path,
        file_system=file_system,
        message=f"{path} lies in none of the image directories that the agent has mounted",
    )
    try:
        with pool_over(connection, path) as pool:
            return replace(facts, exists=True, free_bytes=int(pool.info()[3]))
    except (libvirt.libvirtError, HypervisorError) as error:
        if not connection.isAlive():
            raise
        return replace(facts, message=f"{facts.message}; {text(error)}")


def _pool(connection: libvirt.virConnect, directory: str) -> AbstractContextManager[libvirt.virStoragePool]:
    return devices_by_id(connection) if directory == BY_ID else pool_over(connection, directory)


def _listed(pool: libvirt.virStoragePool, path: str) -> ImageFacts | None:
    volume = volume_at(pool, path)
    if volume is None or normpath(path) != path:
        return None
    return imagefacts.facts(path, parse(volume.XMLDesc()))


def _device(path: str, listed: ImageFacts | None) -> ImageFacts:
    """Every name there is a device's; libvirt calls what it finds in a directory a file."""
    if listed is None:
        return ImageFacts(path=path, kind=FileKind.ABSENT)
    return replace(listed, kind=FileKind.BLOCK, fingerprint=None, wwn=identity_of(path))


def _told(path: str, listed: ImageFacts | None, sight: Sight) -> ImageFacts:
    """What both together say."""
    if sight.kind is FileKind.UNKNOWN:
        return replace(listed or ImageFacts(path=path, kind=FileKind.ABSENT), message=sight.message)
    if sight.kind is FileKind.ABSENT:
        if listed is None:
            return ImageFacts(path=path, kind=FileKind.ABSENT)
        return replace(listed, message="libvirt lists it, and the agent doesn't see it")
    if sight.kind is not FileKind.REGULAR:
        return ImageFacts(path=path, kind=sight.kind, identity=sight.identity, message=sight.message)
    if listed is None or listed.kind is not FileKind.REGULAR:
        return _unknown(path, "the agent sees a file, and libvirt doesn't list it")
    return replace(listed, identity=sight.identity)


def _without_pool(path: str, why: str, sight: Sight) -> ImageFacts:
    if sight.kind in (FileKind.ABSENT, FileKind.SYMLINK, FileKind.DIRECTORY, FileKind.OTHER):
        return ImageFacts(path=path, kind=sight.kind, message=sight.message)
    if sight.kind is FileKind.UNKNOWN and NO_SUCH_FILE in why:
        return ImageFacts(path=path, kind=FileKind.ABSENT)
    return _unknown(path, why)


def _unknown(path: str, why: str) -> ImageFacts:
    return ImageFacts(path=path, kind=FileKind.UNKNOWN, message=why)
