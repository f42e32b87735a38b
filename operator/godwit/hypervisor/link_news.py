"""When a host's links look otherwise: the kernel says by netlink that something moved, a look says what.

Promise: a change is told a second later, be it one of many. The kernel also speaks of each tap and each veth
of a pod, which change nothing that is told of a host: only what the look gives is compared, never what the
kernel says. Without its word (refused, broken) nothing is told, and it is asked for again for ever; whoever
reads has a rhythm of his own besides. Nothing is kept: a new process begins with an item.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator, Callable

SETTLE_SECONDS = 0.5
"""A guest that arrives, or a pod, moves several links: they are one look."""
TRY_AGAIN_SECONDS = 60.0
_LINK, _IPV4_ADDRESS, _IPV6_ADDRESS = 0x1, 0x10, 0x100
"""Groups of <linux/rtnetlink.h>; Python names none of them."""

logger = logging.getLogger(__name__)


def opened() -> socket.socket:
    """Hears the kernel of the process's own network namespace; takes no capability. Raises `OSError`."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    try:
        sock.bind((0, _LINK | _IPV4_ADDRESS | _IPV6_ADDRESS))
    except OSError:
        sock.close()
        raise
    return sock


async def link_news(
    look: Callable[[], object],
    *,
    opened: Callable[[], socket.socket] = opened,
    settle_seconds: float = SETTLE_SECONDS,
    try_again_seconds: float = TRY_AGAIN_SECONDS,
) -> AsyncIterator[None]:
    """An item whenever `look`, in a thread, gives something else than before; its first answer is one."""
    seen: object = None
    told = ""
    while True:
        try:
            # A socket for each look, opened before it: nothing is missed, and a burst need not be read.
            with opened() as sock:
                now = await asyncio.to_thread(look)
                if now != seen:
                    seen = now
                    yield
                await _anything(sock)
            await asyncio.sleep(settle_seconds)
        except Exception as error:  # whatever it is, the reader's rhythm is left
            if str(error) != told:
                told = str(error)
                logger.warning("links that change are told later now", extra={"problem": told})
            await asyncio.sleep(try_again_seconds)


async def _anything(sock: socket.socket) -> None:
    """Until the kernel speaks; that it spoke too much to be heard is news as well."""
    try:
        await asyncio.get_running_loop().sock_recv(sock, 1)
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
