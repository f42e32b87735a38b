"""Whether the paths that a definition names are there on this host: see `godwit.hypervisor.hostpaths`.

libvirt's storage API looks, as the agent's pod has no more of the host than its image directories. It opens
whatever file it lists, so nothing is looked for among devices and in the kernel's own file systems; sockets
and pipes it does not list at all.
"""

from collections.abc import Iterable

from godwit.domain.image import DirectoryFacts, FileKind, ImageFacts
from godwit.domain.reception import HostPath, Presence
from godwit.domain.storage.paths import directory_of, lies_under, normal, trouble
from godwit.hypervisor.hostpaths import NamedPath, Wanted
from godwit.hypervisor.imagelook import NO_SUCH_FILE
from godwit.hypervisor.ports import Images

_NOT_LISTED = ("/dev", "/proc", "/sys")
_THERE = frozenset({FileKind.REGULAR, FileKind.BLOCK, FileKind.OTHER})
_NOTHING_KNOWN = "libvirt's storage API lists no sockets and pipes"

Seen = tuple[Presence, str]


async def look(images: Images, named: tuple[NamedPath, ...]) -> tuple[HostPath, ...]:
    """One per path, in their order."""
    askable = [each for each in named if not _why_not(each.path)]
    files = _once(normal(each.path) for each in askable if each.wanted is Wanted.FILE)
    places = _once(_place_of(each) for each in askable if each.wanted is not Wanted.FILE)
    seen = {fact.path: _of_file(fact) for fact in await images.look(files)}
    seen |= {fact.path: _of_directory(fact) for fact in await images.directories(places)}
    return tuple(_told(each, seen) for each in named)


def _told(each: NamedPath, seen: dict[str, Seen]) -> HostPath:
    if why := _why_not(each.path):
        return HostPath(each.device, each.path, Presence.OUT_OF_SIGHT, why)
    presence, message = seen[normal(each.path) if each.wanted is Wanted.FILE else _place_of(each)]
    if each.wanted is Wanted.ENDPOINT and presence is Presence.PRESENT:
        return HostPath(each.device, each.path, Presence.OUT_OF_SIGHT, _NOTHING_KNOWN)
    return HostPath(each.device, each.path, presence, message)


def _why_not(path: str) -> str:
    if why := trouble(path):
        return why
    found = (place for place in _NOT_LISTED if lies_under(path, place) or normal(path) == place)
    return "".join(f"nobody looks for anything in {place}" for place in found)


def _place_of(each: NamedPath) -> str:
    return normal(each.path) if each.wanted is Wanted.DIRECTORY else directory_of(each.path)


def _of_file(fact: ImageFacts) -> Seen:
    if fact.kind in _THERE:
        return Presence.PRESENT, ""
    if fact.kind in (FileKind.ABSENT, FileKind.DIRECTORY):
        return Presence.ABSENT, fact.message
    return Presence.UNKNOWN, fact.message


def _of_directory(fact: DirectoryFacts) -> Seen:
    if fact.exists:
        return Presence.PRESENT, ""
    if fact.missing or NO_SUCH_FILE in fact.message:
        return Presence.ABSENT, ""
    return Presence.UNKNOWN, fact.message


def _once(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paths))
