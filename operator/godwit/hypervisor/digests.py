"""SHA-256 of what lies in an image or a device, read through libvirt.

What has been read whole is remembered by the file's identity, size and times, so a medium that many guests
share is read once. Reading ends by itself when it takes too long: then there is no digest, and the answer
says so.
"""

import hashlib
import time
from contextlib import suppress

import libvirt

from godwit.domain.image import READING_SECONDS, FileKind, ImageFacts

EDGE_BYTES = 1 << 20
_PART_BYTES = 1 << 18
_MOST_REMEMBERED = 256


class TooSlowError(Exception):
    """It could not be read in time."""


class Digests:
    """Of one host."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], str] = {}

    def of(
        self,
        connection: libvirt.virConnect,
        volume: libvirt.virStorageVol,
        seen: ImageFacts,
        length_bytes: int,
    ) -> str:
        """`TooSlowError`, or libvirt's error, when there is none; `length_bytes` of file or device."""
        if seen.kind is FileKind.BLOCK:
            return _of_edges(connection, volume, length_bytes)
        key = (seen.path, seen.identity, seen.fingerprint)
        if key not in self._known:
            digest = hashlib.sha256()
            _read(connection, volume, 0, 0, digest, time.monotonic() + READING_SECONDS)
            while len(self._known) >= _MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = digest.hexdigest()
        return self._known[key]


def _of_edges(connection: libvirt.virConnect, volume: libvirt.virStorageVol, length_bytes: int) -> str:
    """Of the first and the last MiB, and of how much lies between them."""
    digest = hashlib.sha256(str(length_bytes).encode())
    until = time.monotonic() + READING_SECONDS
    for start in sorted({0, max(0, length_bytes - EDGE_BYTES)}):
        _read(connection, volume, start, min(EDGE_BYTES, length_bytes), digest, until)
    return digest.hexdigest()


def _read(
    connection: libvirt.virConnect,
    volume: libvirt.virStorageVol,
    start: int,
    length: int,
    digest: "hashlib._Hash",
    until: float,
) -> None:
    """`length` 0: to the end."""
    stream = connection.newStream()
    volume.download(stream, start, length)
    try:
        while part := stream.recv(_PART_BYTES):
            digest.update(part)
            if time.monotonic() > until:
                raise TooSlowError(f"it could not be read within {READING_SECONDS:g} s")
    except BaseException:
        with suppress(libvirt.libvirtError):
            stream.abort()
        raise
    stream.finish()
