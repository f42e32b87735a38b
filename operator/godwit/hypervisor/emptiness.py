"""Whether an image is still exactly as empty as it was created: then nothing is lost with it.

A raw image is when it is one hole; how much is allocated says nothing, since some file systems count what
they note beside a file. A qcow2 is when its file is no longer than a new one's: whatever is written needs
clusters behind its tables. Anything that can't be told for certain is not empty.
"""

from contextlib import suppress

import libvirt

from godwit.domain.image import FileKind
from godwit.hypervisor import imagefacts
from godwit.hypervisor.xml import parse

_PART_BYTES = 1 << 16
_AT_HOLE = -3


def is_as_created(connection: libvirt.virConnect, volume: libvirt.virStorageVol) -> bool:
    """By what libvirt reads now."""
    text = parse(volume.XMLDesc())
    found = imagefacts.facts(volume.path(), text)
    if found.kind is not FileKind.REGULAR or found.backing:
        return False
    if found.format == "raw":
        return _is_one_hole(connection, volume)
    capacity, cluster = found.virtual_size_bytes, found.cluster_size_bytes
    if found.format != "qcow2" or capacity is None or not cluster:
        return False
    return imagefacts.file_bytes(text) == _new_qcow2_bytes(capacity, cluster)


def _is_one_hole(connection: libvirt.virConnect, volume: libvirt.virStorageVol) -> bool:
    stream = connection.newStream()
    volume.download(stream, 0, 0, libvirt.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)
    while True:
        got = stream.recvFlags(_PART_BYTES, libvirt.VIR_STREAM_RECV_STOP_AT_HOLE)
        if got == _AT_HOLE:
            stream.recvHole()
        elif got:
            with suppress(libvirt.libvirtError):
                stream.abort()
            return False
        else:
            stream.finish()
            return True


def _new_qcow2_bytes(capacity_bytes: int, cluster_bytes: int) -> int:
    """Header, table of reference counts and its one block, a cluster each, and the first level's table."""
    reach_of_an_entry = cluster_bytes * cluster_bytes // 8
    entries = -(-capacity_bytes // reach_of_an_entry)
    return 3 * cluster_bytes + 8 * entries
