"""Directories through libvirt's storage API: whichever pool is over one, or a transient one of our own.

Promise: pools are as they were before, also when the work inside fails. Of an agent that is killed
in between, a transient pool may be left; the next use of that directory takes it away. Never more than one
of these runs at a time in a process (`Calls.storage`). Nothing here touches a block device.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from posixpath import basename, dirname, normpath
from xml.sax.saxutils import escape

import libvirt

from godwit.domain.reasons import Reason
from godwit.hypervisor import errors
from godwit.hypervisor.errors import code_of
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.xml import parse

# A volume in any other kind of pool is a block device or lies elsewhere.
_KINDS_OF_DIRECTORIES = frozenset({"dir", "fs", "netfs"})


@contextmanager
def pool_over(connection: libvirt.virConnect, directory: str) -> Iterator[libvirt.virStoragePool]:
    """An active, refreshed pool whose volumes are the files in `directory`."""
    directory = normpath(directory)
    if not directory.startswith("/") or directory == "/dev" or directory.startswith("/dev/"):
        raise HypervisorError(Reason.LIBVIRT_ERROR, f"{directory} is no directory of images")
    _remove_left_over(connection, directory)
    pool = _existing(connection, directory)
    was_active = pool is not None and bool(pool.isActive())
    if pool is None:
        pool = connection.storagePoolCreateXML(_definition(directory))
    elif not was_active:
        pool.create()
    try:
        pool.refresh()
        yield pool
    finally:
        if not was_active:
            pool.destroy()


def regular_files(connection: libvirt.virConnect, paths: tuple[str, ...]) -> frozenset[str]:
    """Those that the storage API lists as files; a directory that libvirt can't read has none."""
    by_directory: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_directory[dirname(path)].append(path)
    regular: set[str] = set()
    for directory, files in by_directory.items():
        try:
            with pool_over(connection, directory) as pool:
                regular.update(path for path in files if is_regular_file(pool, path))
        except (libvirt.libvirtError, HypervisorError):
            if not connection.isAlive():  # then nothing was learned about the directory
                raise
    return frozenset(regular)


def is_regular_file(pool: libvirt.virStoragePool, path: str) -> bool:
    """The pool lists `path` as a file."""
    volume = volume_at(pool, path)
    return volume is not None and volume.info()[0] == libvirt.VIR_STORAGE_VOL_FILE


def volume_at(pool: libvirt.virStoragePool, path: str) -> libvirt.virStorageVol | None:
    """The pool's volume of that file name."""
    try:
        return pool.storageVolLookupByName(basename(path))
    except libvirt.libvirtError as error:
        if code_of(error) == errors.NO_STORAGE_VOLUME:
            return None
        raise


def _existing(connection: libvirt.virConnect, directory: str) -> libvirt.virStoragePool | None:
    for pool in connection.listAllStoragePools():
        try:
            root = parse(pool.XMLDesc())
        except libvirt.libvirtError as error:
            if code_of(error) == errors.NO_STORAGE_POOL:  # it went away meanwhile
                continue
            raise
        path = root.findtext("./target/path") or ""
        if path and normpath(path) == directory:
            if root.get("type") in _KINDS_OF_DIRECTORIES:
                return pool
            raise HypervisorError(
                Reason.LIBVIRT_ERROR,
                f"{directory} belongs to the pool {pool.name()}, whose type is {root.get('type')}",
            )
    return None


def _remove_left_over(connection: libvirt.virConnect, directory: str) -> None:
    with suppress(libvirt.libvirtError):
        connection.storagePoolLookupByName(_name(directory)).destroy()


def _name(directory: str) -> str:
    return f"godwit-{hashlib.sha256(directory.encode()).hexdigest()[:16]}"


def _definition(directory: str) -> str:
    return (
        f"<pool type='dir'><name>{_name(directory)}</name>"
        f"<target><path>{escape(directory)}</path></target></pool>"
    )
