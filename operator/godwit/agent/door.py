"""The one port at which other hosts' agents call: open as long as somebody here waits for a call, no longer.

Several may wait at once: their tokens tell the calls apart. Of a visitor a few bytes are read, in a moment;
whoever has no token that is waited for is shown out without a word. It opens on all addresses, as QEMU does.
"""

import asyncio
import errno
import hmac
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

TOKEN_BYTES = 32
TAKEN = b"godwit: taken\n"
"""The answer to a token that was waited for."""
VISIT_SECONDS = 1.0
MOST_VISITORS = 64
"""At once; further ones are shown out at once, and those who call try again."""


class Door:
    """All methods belong to one event loop."""

    def __init__(self, port: int, *, visit_seconds: float = VISIT_SECONDS) -> None:
        self._port = port
        self._visit_seconds = visit_seconds
        self._expected: dict[bytes, list[asyncio.Event]] = {}
        self._server: asyncio.Server | None = None
        self._opening = asyncio.Lock()
        self._visitors: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def expecting(self, token: str) -> AsyncIterator[asyncio.Event]:
        """Set once that token was brought. Raises `OSError` where the port can't be opened."""
        key, brought = token.encode(), asyncio.Event()
        async with self._opening:
            self._server = self._server or await self._open()
            self._expected.setdefault(key, []).append(brought)
        try:
            yield brought
        finally:
            self._expected[key].remove(brought)
            if not self._expected[key]:
                del self._expected[key]
            if not self._expected:
                self._close()

    async def _open(self) -> asyncio.Server:
        listening = _listening(self._port)
        server = await asyncio.start_server(
            self._visited, sock=listening, start_serving=False, limit=TOKEN_BYTES
        )
        try:
            await server.start_serving()
        except BaseException:  # whoever waits is cancelled: nobody else would close it
            server.close()
            raise
        return server

    def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for writer in self._visitors:
            writer.transport.abort()

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._visitors) >= MOST_VISITORS:
            writer.transport.abort()
            return
        self._visitors.add(writer)
        try:
            async with asyncio.timeout(self._visit_seconds):
                await self._welcomed(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._visitors.discard(writer)
            writer.transport.abort()

    async def _welcomed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        brought = await reader.readexactly(TOKEN_BYTES)
        known = [
            event
            for token, events in self._expected.items()
            if hmac.compare_digest(token, brought)
            for event in events
        ]
        if not known:
            return
        writer.write(TAKEN)
        await writer.drain()
        for event in known:
            event.set()


def _listening(port: int) -> socket.socket:
    """For both families where the host has both."""
    try:
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise
        return socket.create_server(("", port))
