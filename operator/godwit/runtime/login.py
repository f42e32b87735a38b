"""How kopf comes to the API server: by the token of its pod, or by `$KUBECONFIG` outside of one.

Read again each time the API server refuses what it was given, because the kubelet renews the token in its
file. The session is our own: it tells what kopf asks for, and notices within seconds that a peer is gone,
which a watch with nothing to send would not.
"""

import dataclasses
import os
import socket
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


def open_session(login: kopf.ConnectionInfo, trace: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    """A session as that login; whoever opens it closes it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=login.as_ssl_context(), socket_factory=_watchful_socket),
        headers=login.as_http_headers(),
        trace_configs=[trace],
    )


def _server_of_pod() -> str:
    """By address, because a pod on its host's network may not have the cluster's DNS."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        return ""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _watchful_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES)
    return made
