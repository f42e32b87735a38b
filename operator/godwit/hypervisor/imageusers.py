"""Which domains of this host name a file: as a disk, as a layer below one, or as their firmware's variables.

Both definitions of each domain are read. The live one names all layers; of an inactive domain only the
uppermost stands in its XML, so the layers below are read off the images themselves.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from posixpath import dirname, normpath
from xml.etree.ElementTree import Element

import libvirt

from godwit.hypervisor.devices import is_device
from godwit.hypervisor.errors import NO_DOMAIN, NO_STORAGE_POOL, code_of
from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.imagefacts import facts
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.storage import pool_over, volume_at
from godwit.hypervisor.xml import parse

_MOST_LAYERS = 32
_NAMING = ("file", "dev")


def users(
    connection: libvirt.virConnect, paths: tuple[str, ...], eyes: Eyes, *, everywhere: bool
) -> dict[str, tuple[str, ...]]:
    """Domains' names by path.

    `everywhere`: layers are also looked for below images that lie in quite other directories. That waits for
    every storage of the host, so only what can't be taken back asks for it.
    """
    named: defaultdict[str, set[str]] = defaultdict(set)
    unexplored: set[str] = set()
    for domain in connection.listAllDomains():
        try:
            name, live, inactive = domain.name(), *_named_by(connection, domain)
        except libvirt.libvirtError as error:
            if code_of(error) != NO_DOMAIN:  # it vanished meanwhile
                raise
            continue
        for path in live | inactive:
            named[path].add(name)
        unexplored |= inactive - live
    if not everywhere:
        near = {dirname(path) for path in paths}
        unexplored = {path for path in unexplored if dirname(path) in near or eyes.covers(path)}
    for path, lower in _layers(connection, unexplored):
        named[lower] |= named[path]
    by_identity: defaultdict[str, set[str]] = defaultdict(set)
    for path, names in named.items():
        if of_it := eyes.identity(path):
            by_identity[of_it] |= names
    return {
        path: tuple(sorted(named.get(path, set()) | by_identity.get(eyes.identity(path), set())))
        for path in paths
    }


def _named_by(connection: libvirt.virConnect, domain: libvirt.virDomain) -> tuple[set[str], set[str]]:
    """By the live definition and by the one of the next start."""

    def named(definition: str) -> set[str]:
        root = parse(definition)
        volumes = (path for pool, name in volumes_in(root) for path in _paths_of(connection, pool, name))
        return {normpath(path) for path in (*paths_in(root), *volumes)}

    live = named(domain.XMLDesc()) if domain.isActive() else set()
    if not domain.isPersistent():
        return live, set()
    return live, named(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))


def volumes_in(domain: Element) -> Iterator[tuple[str, str]]:
    """Disks that the definition names by a pool and a volume of it."""
    for disk in domain.findall("./devices/disk"):
        for source in disk.iter("source"):
            pool, volume = source.get("pool", ""), source.get("volume", "")
            if pool and volume:
                yield pool, volume


def _paths_of(connection: libvirt.virConnect, pool: str, volume: str) -> Iterator[str]:
    """As the pool tells it, and as it would be found by name: a pool that is off lists nothing."""
    try:
        place = connection.storagePoolLookupByName(pool)
        directory = parse(place.XMLDesc()).findtext("./target/path") or ""
    except libvirt.libvirtError as error:
        if code_of(error) != NO_STORAGE_POOL:
            raise
        return
    if directory:
        yield f"{directory}/{volume}"
    with suppress(libvirt.libvirtError):
        yield place.storageVolLookupByName(volume).path()


def paths_in(domain: Element) -> Iterator[str]:
    """All files and devices that the definition names for disks and firmware."""
    for disk in domain.findall("./devices/disk"):
        for source in disk.iter("source"):
            yield from (source.get(name, "") for name in _NAMING if source.get(name))
    if loader := (domain.findtext("./os/loader") or "").strip():
        yield loader
    yield from variables_in(domain)


def variables_in(domain: Element) -> Iterator[str]:
    """The file of its firmware's variables."""
    if text := (domain.findtext("./os/nvram") or "").strip():
        yield text
    for source in domain.findall("./os/nvram/source"):
        if source.get("file"):
            yield source.get("file", "")


def _layers(connection: libvirt.virConnect, tops: set[str]) -> Iterator[tuple[str, str]]:
    """(path that is named, path of a layer below it)."""
    origin: dict[str, set[str]] = {path: {path} for path in tops}
    for _ in range(_MOST_LAYERS):
        lower: defaultdict[str, set[str]] = defaultdict(set)
        for path, backing in _backings(connection, tuple(origin)):
            lower[backing] |= origin[path]
        for path, named in lower.items():
            yield from ((top, path) for top in named)
        if not lower:
            return
        origin = dict(lower)


def _backings(connection: libvirt.virConnect, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    by_directory: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        if path.startswith("/") and not is_device(path):
            by_directory[dirname(path)].append(path)
    for directory, files in by_directory.items():
        try:
            with pool_over(connection, directory) as pool:
                for path in files:
                    # One that vanishes has no layers.
                    with suppress(libvirt.libvirtError):
                        volume = volume_at(pool, path)
                        backing = "" if volume is None else facts(path, parse(volume.XMLDesc())).backing
                        if backing:
                            yield path, normpath(backing)
        except (libvirt.libvirtError, HypervisorError):
            if not connection.isAlive():  # then nothing was learned
                raise
