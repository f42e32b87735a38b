"""Tokens beside images: a small file that one host's libvirt writes and another's reads.

The file is removed by whoever has its path: it is written down before it is written, so a killed agent's
successor removes it too. A token that can't be written or read is an answer (`Probe.message`), not an error;
only a libvirt that doesn't answer raises.
"""

from posixpath import basename, dirname, normpath
from xml.sax.saxutils import escape

import libvirt
import msgspec

from godwit.domain.image import FileKind
from godwit.domain.reasons import Reason
from godwit.domain.task import Probe
from godwit.hypervisor.calls import Calls
from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.storage import is_regular_file, pool_over, volume_at

PREFIX = ".godwit-"
_MOST_BYTES = 4096
"""A file that is longer is none of ours."""


class LibvirtProbes:
    """`godwit.hypervisor.ports.Probes`."""

    def __init__(self, calls: Calls, mounts: Mounts, eyes: Eyes) -> None:
        self._calls = calls
        self._mounts = mounts
        self._eyes = eyes

    async def write(self, probe: Probe, token: str) -> Probe:
        """`LibvirtError` for a path that is no name of ours in the probe's directory."""
        _must_be_ours(probe.path, probe.directory)
        try:
            images = await self._calls.storage(
                "writeProbe", lambda libvirtd: _write(libvirtd, self._eyes, probe, token)
            )
        except HypervisorError as error:
            return self._without_token(probe, error)
        return self._answer(probe, images=self._in_place(images), token=token, message="")

    async def read(self, probe: Probe) -> Probe:
        """As `write`; what doesn't stand in the file is not given back."""
        _must_be_ours(probe.path, probe.directory)
        try:
            images, token = await self._calls.storage(
                "readProbe", lambda libvirtd: _read(libvirtd, self._eyes, probe)
            )
        except HypervisorError as error:
            return self._without_token(probe, error)
        message = "" if token else f"there is no {probe.path} on this host"
        return self._answer(probe, images=self._in_place(images), token=token, message=message)

    async def remove(self, path: str) -> None:
        """A directory that isn't there has no such file either."""
        _must_be_ours(path, dirname(path))
        try:
            await self._calls.storage("removeProbe", lambda libvirtd: _remove(libvirtd, path))
        except HypervisorError as error:
            if "No such file or directory" not in str(error):
                raise

    def _in_place(self, images: tuple[str, ...]) -> tuple[str, ...]:
        """Another file than the directory's own may be mounted at a path."""
        return tuple(path for path in images if not self._mounts.is_mount_point(path))

    def _without_token(self, probe: Probe, error: HypervisorError) -> Probe:
        if error.reason is Reason.LIBVIRT_UNREACHABLE:
            raise error
        return self._answer(probe, images=(), token="", message=str(error))

    def _answer(self, probe: Probe, *, images: tuple[str, ...], token: str, message: str) -> Probe:
        return msgspec.structs.replace(
            probe,
            images=images,
            token=token,
            message=message,
            file_system=self._mounts.file_system(probe.directory),
        )


def _write(connection: libvirt.virConnect, eyes: Eyes, probe: Probe, token: str) -> tuple[str, ...]:
    content = token.encode()
    with pool_over(connection, probe.directory) as pool:
        former = volume_at(pool, probe.path)
        if former is not None:
            former.delete()
        volume = pool.createXML(_definition(basename(probe.path), len(content)))
        stream = connection.newStream()
        volume.upload(stream, 0, len(content))
        _send(stream, content)
        return _regular(pool, eyes, probe)


def _read(connection: libvirt.virConnect, eyes: Eyes, probe: Probe) -> tuple[tuple[str, ...], str]:
    with pool_over(connection, probe.directory) as pool:
        images = _regular(pool, eyes, probe)
        volume = volume_at(pool, probe.path)
        if volume is None or not is_regular_file(pool, probe.path):
            return images, ""
        stream = connection.newStream()
        volume.download(stream, 0, _MOST_BYTES)
        return images, _received(stream).rstrip(b"\0").decode(errors="replace")


def _remove(connection: libvirt.virConnect, path: str) -> None:
    with pool_over(connection, dirname(path)) as pool:
        volume = volume_at(pool, path)
        if volume is not None:
            volume.delete()


def _regular(pool: libvirt.virStoragePool, eyes: Eyes, probe: Probe) -> tuple[str, ...]:
    """libvirt takes a symlink for the file that it leads to, and that may lie where the token doesn't."""
    return tuple(
        path
        for path in probe.images
        if normpath(dirname(path)) == normpath(probe.directory)
        and is_regular_file(pool, path)
        and eyes.sight(path).kind is not FileKind.SYMLINK
    )


def _send(stream: libvirt.virStream, content: bytes) -> None:
    while content:
        content = content[stream.send(content) :]
    stream.finish()


def _received(stream: libvirt.virStream) -> bytes:
    content = b""
    while part := stream.recv(_MOST_BYTES):
        content += part
    stream.finish()
    return content


def _definition(name: str, length_bytes: int) -> str:
    return (
        f"<volume><name>{escape(name)}</name><capacity unit='bytes'>{length_bytes}</capacity>"
        "<target><format type='raw'/></target></volume>"
    )


def _must_be_ours(path: str, directory: str) -> None:
    if not basename(path).startswith(PREFIX) or normpath(dirname(path)) != normpath(directory):
        raise HypervisorError(
            Reason.LIBVIRT_ERROR,
            f"{path} is no file of Godwit's in {directory}: its name begins with {PREFIX}",
        )
