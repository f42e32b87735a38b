"""Creating and removing images and directories through libvirt's storage API. Each runs as storage work.

What is created is new, or nothing is: libvirt makes a raw image and a directory exclusively, and a qcow2
after it saw that the path is free; a symlink, which it would follow there, is seen before by the agent's own
eyes. Killed in the middle, an image of ours is empty, and a removal is done or not begun.
"""

from posixpath import basename, dirname
from xml.sax.saxutils import escape

import libvirt

from godwit.domain.image import Copy, FileKind, differences
from godwit.domain.reasons import Reason
from godwit.hypervisor import imagefacts
from godwit.hypervisor.emptiness import is_as_created
from godwit.hypervisor.errors import OPERATION_INVALID, STORAGE_VOLUME_EXISTS, code_of
from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.imagelook import NO_SUCH_FILE, text
from godwit.hypervisor.imageusers import users
from godwit.hypervisor.ports import HypervisorError, LeftAloneError
from godwit.hypervisor.storage import pool_over, volume_at
from godwit.hypervisor.whose import is_seen_by_both
from godwit.hypervisor.xml import parse

_FORMATS = ("raw", "qcow2")
_QCOW2_STEP_BYTES = 1024
_TRAVERSABLE = 0o111


def create(connection: libvirt.virConnect, eyes: Eyes, image: Copy) -> str:
    """The new image's identity."""
    path = image.path
    if image.format not in _FORMATS:
        raise _refused(f"{path}: an image of format {image.format or 'unknown'} can't be created")
    if image.format == "qcow2" and image.virtual_size_bytes % _QCOW2_STEP_BYTES:
        raise _refused(
            f"{path}: libvirt makes a qcow2 in whole KiB only, not of {image.virtual_size_bytes} B"
        )
    _must_be_free(eyes, path)
    with pool_over(connection, dirname(path)) as pool:
        volume = _made(pool, path, _definition(image))
        pool.refresh()
        found = imagefacts.facts(path, parse(volume.XMLDesc()))
        sight = eyes.sight(path)
        if sight.kind is not FileKind.REGULAR:
            # Another directory than libvirt's is mounted here, or somebody put a symlink in between. Whose
            # file that is nobody can say, so it stays where libvirt put it.
            raise _refused(f"{path}: libvirt created it, and the agent sees {sight.kind} there: look at it")
        if differs := differences(image, found):
            volume.delete()
            raise _refused(f"{path}: libvirt made another image, which was removed again: {differs}")
        return sight.identity


def make_directory(connection: libvirt.virConnect, eyes: Eyes, path: str) -> str:
    """Owned as the directory above, and open to QEMU on its way to an image."""
    _must_be_free(eyes, path)
    above = eyes.permissions(dirname(path))
    if above is None:
        raise _refused(f"{dirname(path)} can't be looked at")
    owner, group, mode = above
    definition = (
        f"<volume type='dir'><name>{escape(basename(path))}</name><capacity>0</capacity><target>"
        f"<format type='dir'/>{_permissions(owner, group, f'{mode & 0o777 | _TRAVERSABLE:04o}')}"
        "</target></volume>"
    )
    with pool_over(connection, dirname(path)) as pool:
        _made(pool, path, definition)
        sight = eyes.sight(path)
        if sight.kind is not FileKind.DIRECTORY:
            raise _refused(f"{path}: libvirt created it, and the agent sees {sight.kind} there: look at it")
        return sight.identity


def remove(connection: libvirt.virConnect, eyes: Eyes, path: str, identity: str) -> None:
    """Looks at the file once more, directly before libvirt is told."""
    if not eyes.covers(dirname(path)):
        raise _left(f"{path} lies in none of the image directories that the agent has mounted")
    if named := users(connection, (path,), eyes, everywhere=True)[path]:
        raise _left(f"{path} is named by {', '.join(named)}")
    try:
        with pool_over(connection, dirname(path)) as pool:
            volume = volume_at(pool, path)
            if _is_there(eyes, path, volume) and volume is not None:
                _must_be_ours(connection, eyes, path, identity, volume)
                volume.delete()
                return
    except libvirt.libvirtError as error:
        if NO_SUCH_FILE not in text(error) or eyes.sight(path).kind is not FileKind.ABSENT:
            raise
    if eyes.is_away(path, identity):
        raise _left(f"{path} is on a file system that is not mounted there now: it comes back with that")


def _is_there(eyes: Eyes, path: str, volume: libvirt.virStorageVol | None) -> bool:
    """What might have been created; `LeftAloneError` for anything else."""
    sight = eyes.sight(path)
    if sight.kind is FileKind.UNKNOWN:
        raise _refused(f"{path} can't be looked at: {sight.message}")
    if sight.kind is FileKind.ABSENT and volume is None:
        return False
    if volume is None or sight.kind not in (FileKind.REGULAR, FileKind.DIRECTORY):
        raise _left(f"{path} is not what was created: the agent sees {sight.kind} there. {sight.message}")
    return True


def _must_be_ours(
    connection: libvirt.virConnect, eyes: Eyes, path: str, identity: str, volume: libvirt.virStorageVol
) -> None:
    """`LeftAloneError` with the reason why it stays."""
    sight = eyes.sight(path)
    if identity and identity != sight.identity:
        raise _left(f"{path} is another file than the one that was created")
    if sight.kind is FileKind.REGULAR and not is_seen_by_both(eyes, path, volume):
        raise _left(f"{path} is one file for the agent and another for libvirt: something is mounted there")
    if sight.kind is FileKind.DIRECTORY:
        if not eyes.is_empty(path):
            raise _left(f"{path} is not empty")
    elif not identity and not is_as_created(connection, volume):
        raise _left(f"{path} is not empty, and nobody wrote down that it was created")


def _made(pool: libvirt.virStoragePool, path: str, definition: str) -> libvirt.virStorageVol:
    try:
        return pool.createXML(definition)
    except libvirt.libvirtError as error:
        code, why = code_of(error), text(error)
        exists = code == OPERATION_INVALID and "already exists" in why
        if exists or code == STORAGE_VOLUME_EXISTS or "File exists" in why:
            raise _left(f"{path} exists already") from error
        if "No space left on device" in why:
            raise HypervisorError(Reason.NO_SPACE, f"{path}: {why}") from error
        raise


def _must_be_free(eyes: Eyes, path: str) -> None:
    above = dirname(path)
    if not eyes.covers(path) or not eyes.covers(above):
        raise _refused(f"{path} lies in none of the image directories that the agent has mounted")
    there = eyes.sight(above)
    if there.kind is not FileKind.DIRECTORY:
        raise _refused(f"{above} is {there.kind} and no directory. {there.message}".rstrip())
    sight = eyes.sight(path)
    if sight.kind is FileKind.UNKNOWN:
        raise _refused(f"{path} can't be looked at: {sight.message}")
    if sight.kind is not FileKind.ABSENT:
        raise _left(f"{path} exists already: {sight.kind}")


def _definition(image: Copy) -> str:
    compat = f"<compat>{escape(image.compat)}</compat>" if image.compat else ""
    cluster = f"<clusterSize unit='B'>{image.cluster_size_bytes}</clusterSize>"
    qcow2 = compat + (cluster if image.cluster_size_bytes else "") if image.format == "qcow2" else ""
    return (
        f"<volume><name>{escape(basename(image.path))}</name>"
        f"<capacity unit='B'>{image.virtual_size_bytes}</capacity><allocation unit='B'>0</allocation>"
        f"<target><format type='{image.format}'/>{_permissions(image.owner, image.group, image.mode)}{qcow2}"
        "</target></volume>"
    )


def _permissions(owner: int | None, group: int | None, mode: str) -> str:
    parts = (
        f"<mode>{escape(mode)}</mode>" if mode else "",
        f"<owner>{owner}</owner>" if owner is not None else "",
        f"<group>{group}</group>" if group is not None else "",
    )
    return f"<permissions>{''.join(parts)}</permissions>" if any(parts) else ""


def _left(why: str) -> LeftAloneError:
    return LeftAloneError(Reason.IMAGE_EXISTS, why)


def _refused(why: str) -> HypervisorError:
    return HypervisorError(Reason.LIBVIRT_ERROR, why)
