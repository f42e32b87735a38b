"""Frames, sent on one host's link and looked for on the other's: what carries a guest's carries these.

They bear a type that is kept for experiments, so no program takes them for its own, and go to a group that
nobody is in, so every switch floods them as it does an unknown guest's. It takes the capability NET_RAW.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from godwit.agent.words import words

ETHERTYPE = 0x88B5
"""IEEE 802's first one for local experiments."""
_GROUP = bytes.fromhex("03676f647774")
"""Of many, and administered locally."""
_MAGIC = b"godwit frame\n"
_SHORTEST = 60
_MOST_READ = 256
_SOL_PACKET, _ADD_MEMBERSHIP, _MR_MULTICAST = 263, 1, 0
"""Of <linux/if_packet.h>; Python names none of them."""


def why_not() -> str:
    """Why this process can neither send nor see frames; empty: it can."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return "its agent may not open a packet socket (agent.packetSocket of the chart)"
    except OSError as error:
        return f"its agent can't open a packet socket: {words(error)}"
    return ""


async def see(link: str, token: str, opened: asyncio.Event) -> None:
    """Until a frame with that token has come in by the link; none is missed once it is `opened`.

    Raises `OSError` where nobody can look.
    """
    loop = asyncio.get_running_loop()
    wanted = _payload(token)
    async with _opened(link) as sock:
        opened.set()
        while True:
            frame = await loop.sock_recv(sock, _MOST_READ)
            if frame[14 : 14 + len(wanted)] == wanted:
                return
            # One that is at hand is read without a pause: strangers' would hold everybody up.
            await asyncio.sleep(0)


async def send(link: str, tokens: Sequence[str], every_seconds: float, opened: asyncio.Event) -> None:
    """A frame for each token, again and again. Raises `OSError` where the link can't be opened."""
    async with _opened(link) as sock:
        opened.set()
        own: bytes = sock.getsockname()[4]
        while True:
            for token in tokens:
                head = _GROUP + own + struct.pack("!H", ETHERTYPE)
                try:
                    sock.send((head + _payload(token)).ljust(_SHORTEST, b"\0"))
                except OSError:  # down, or its queue is full, for now
                    continue
            await asyncio.sleep(every_seconds)


def _payload(token: str) -> bytes:
    return _MAGIC + token.encode()


@asynccontextmanager
async def _opened(link: str) -> AsyncIterator[socket.socket]:
    """In a thread, as it is closed: the kernel may wait there for all that uses the link just now."""
    sock = await asyncio.to_thread(_open, link)
    try:
        yield sock
    finally:
        asyncio.get_running_loop().run_in_executor(None, sock.close)


def _open(link: str) -> socket.socket:
    """Of no protocol at first: or it would hear every link's frames until it is bound."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    try:
        sock.bind((link, ETHERTYPE))
        group = struct.pack("=iHH8s", socket.if_nametoindex(link), _MR_MULTICAST, len(_GROUP), _GROUP)
        sock.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, group)
    except OSError:
        sock.close()
        raise
    return sock
