"""Directories through libvirt's storage API: whichever pool is over one, or a transient one of our own.

Promise: pools are as they were before, also when the work inside fails, and nothing is mounted or unmounted:
a pool that mounts something is used only while it runs. Of an agent that is killed in between, a transient
pool may be left; the next use of that directory takes it away. Never more than one of these runs at a time in
a process (`Calls.storage`). Nothing here writes to a block device, and of those only /dev/disk/by-id is read:
see `godwit.hypervisor.devices`.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from posixpath import basename, normpath
from xml.sax.saxutils import escape

import libvirt

from godwit.domain.device import BY_ID
from godwit.domain.reasons import Reason
from godwit.hypervisor import errors
from godwit.hypervisor.devices import is_device
from godwit.hypervisor.errors import code_of
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.xml import parse

PREFIX = "godwit-"
"""Of the names of our pools."""
# Of all other kinds but `dir`, a volume is a block device or lies elsewhere.
_MOUNTING = frozenset({"fs", "netfs"})


@contextmanager
def pool_over(connection: libvirt.virConnect, directory: str) -> Iterator[libvirt.virStoragePool]:
    """An active, refreshed pool whose volumes are the files in `directory`."""
    directory = normpath(directory)
    if not directory.startswith("/") or is_device(directory):
        raise HypervisorError(Reason.LIBVIRT_ERROR, f"{directory} is no directory of images")
    with _used(connection, directory, _existing(connection, directory)) as pool:
        yield pool


@contextmanager
def devices_by_id(connection: libvirt.virConnect) -> Iterator[libvirt.virStoragePool]:
    """The same of the block devices' names, to be read only. Pools of other kinds may well use them too."""
    with _used(connection, BY_ID, _existing(connection, BY_ID, others_hinder=False)) as pool:
        yield pool


@contextmanager
def _used(
    connection: libvirt.virConnect, directory: str, pool: libvirt.virStoragePool | None
) -> Iterator[libvirt.virStoragePool]:
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


def _existing(
    connection: libvirt.virConnect, directory: str, *, others_hinder: bool = True
) -> libvirt.virStoragePool | None:
    _remove_left_over(connection, directory)
    for pool in connection.listAllStoragePools():
        try:
            root = parse(pool.XMLDesc())
        except libvirt.libvirtError as error:
            if code_of(error) == errors.NO_STORAGE_POOL:  # it went away meanwhile
                continue
            raise
        path = root.findtext("./target/path") or ""
        if path and normpath(path) == directory:
            kind = root.get("type")
            if kind == "dir" or (kind in _MOUNTING and pool.isActive()):
                return pool
            if not others_hinder:
                continue
            if kind in _MOUNTING:
                raise HypervisorError(
                    Reason.LIBVIRT_ERROR,
                    f"{directory} belongs to the pool {pool.name()}, which is off: what it mounts may not be "
                    f"there. Start it (`virsh pool-start {pool.name()}`)",
                )
            raise HypervisorError(
                Reason.LIBVIRT_ERROR,
                f"{directory} belongs to the pool {pool.name()}, whose type is {kind}",
            )
    return None


def _remove_left_over(connection: libvirt.virConnect, directory: str) -> None:
    with suppress(libvirt.libvirtError):
        connection.storagePoolLookupByName(name_of_pool(directory)).destroy()


def name_of_pool(directory: str) -> str:
    """Of the transient pool that is made where there is none."""
    return f"{PREFIX}{hashlib.sha256(directory.encode()).hexdigest()[:16]}"


def _definition(directory: str) -> str:
    return (
        f"<pool type='dir'><name>{name_of_pool(directory)}</name>"
        f"<target><path>{escape(directory)}</path></target></pool>"
    )
