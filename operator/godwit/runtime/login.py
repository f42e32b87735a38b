"""How kopf comes to the API server: by the token of its pod, or by `$KUBECONFIG` outside of one.

Read again each time the API server refuses what it was given, because the kubelet renews the token in its
file. The session is our own: it tells what kopf asks for, and notices within seconds that a peer is gone,
which a watch with nothing to send would not.
"""

import asyncio
import dataclasses
import os
import socket
import time
import weakref
from collections.abc import Callable

import aiohttp
import kopf

Login = Callable[[], kopf.ConnectionInfo]
"""Where the API server is and who we are; `LoginError` when nothing says so."""

KEEPALIVE_IDLE_SECONDS = 5
KEEPALIVE_INTERVAL_SECONDS = 3
KEEPALIVE_PROBES = 3


class LoginError(Exception):
    """Nothing says where the API server is; `str()` says what was looked for."""


def find_login() -> kopf.ConnectionInfo:
    """The pod's service account, or else the current context of `$KUBECONFIG`."""
    settings = kopf.OperatorSettings()
    pod = kopf.login_with_service_account(settings=settings)
    if pod is not None:
        return dataclasses.replace(pod, server=_server_of_pod() or pod.server)
    outside = kopf.login_with_kubeconfig(settings=settings)
    if outside is not None:
        return outside
    raise LoginError("this is no pod with a service account, and KUBECONFIG names no file: set it to one")


class Sockets:
    """Makes sockets that notice when their peer is gone, and knows which of them are open."""

    def __init__(self) -> None:
        self._made: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def make(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """One for that address, as `aiohttp.TCPConnector` asks for it."""
        family, kind, protocol, _, _ = address
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES)
        self._made.add(made)
        return made

    async def wait_closed(self, seconds: float) -> None:
        """Until the good-byes of TLS are said on all of them, which a closed session doesn't wait for."""
        deadline = time.monotonic() + seconds
        while self._any_open() and time.monotonic() < deadline:  # noqa: ASYNC110 - a socket's end is no event
            await asyncio.sleep(0.01)

    def _any_open(self) -> bool:
        return any(made.fileno() >= 0 for made in self._made)


def open_session(
    login: kopf.ConnectionInfo, trace: aiohttp.TraceConfig, sockets: Sockets
) -> aiohttp.ClientSession:
    """A session as that login; whoever opens it closes it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=login.as_ssl_context(), socket_factory=sockets.make),
        headers=login.as_http_headers(),
        trace_configs=[trace],
    )


def _server_of_pod() -> str:
    """By address, because a pod on its host's network may not have the cluster's DNS."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        return ""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
