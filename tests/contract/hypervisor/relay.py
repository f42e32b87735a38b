"""A socket between a test and libvirtd: it can be cut, so that no test has to kill a libvirtd of the lab."""

import asyncio
from contextlib import suppress
from pathlib import Path


class Relay:
    """Passes bytes on to `target`; all of it on the event loop."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path = path
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._passed_on, self.path)

    async def cut(self) -> None:
        """End every connection, and take no new one until it is opened again."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers.copy():
            writer.close()
        self.path.unlink(missing_ok=True)

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onwards = await asyncio.open_unix_connection(self._target)
        both = {writer, onwards}
        self._writers |= both
        await asyncio.gather(_copy(reader, onwards), _copy(there, writer))
        self._writers -= both


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()
