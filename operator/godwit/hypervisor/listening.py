"""Where a guest's screen would listen, and whether that can be: the agent is in its host's network.

Nobody can connect meanwhile: an address and port are only claimed, and given back at once.
"""

import errno
import ipaddress
import socket
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from godwit.domain.reception import Listener, Listening

_ANSWERS = {
    errno.EADDRNOTAVAIL: Listening.NO_SUCH_ADDRESS,
    errno.EADDRINUSE: Listening.PORT_TAKEN,
}


def listeners(domain: Element) -> tuple[Listener, ...]:
    """Each tried on this host."""
    return tuple(
        Listener(kind, address, listening=_tried(address, port), port=port)
        for kind, address, port in dict.fromkeys(_wanted(domain))
    )


def _wanted(domain: Element) -> Iterator[tuple[str, str, int]]:
    """Addresses that libvirt was told, and ports that it doesn't choose."""
    for graphics in domain.findall("./devices/graphics"):
        ports = {int(graphics.get("websocket", "0"))}
        if graphics.get("autoport") == "no":
            ports |= {int(graphics.get(name, "0")) for name in ("port", "tlsPort")}
        told = [each.get("address", "") for each in graphics.findall("./listen[@type='address']")]
        for address in told:
            for port in sorted(port for port in ports if port > 0) or (0,):
                if port or not _is_everywhere(address):
                    yield graphics.get("type", ""), address, port


def _is_everywhere(address: str) -> bool:
    """It is an address of every host."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return not address
    return found.is_unspecified or found.is_loopback


def _tried(address: str, port: int) -> Listening:
    """A name is not looked up: the agent may know other names than its host."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address or "::").version == 6 else socket.AF_INET
    except ValueError:
        return Listening.UNKNOWN
    try:
        with socket.socket(family, socket.SOCK_STREAM) as claimed:
            claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            claimed.bind((address, port))
    except OSError as error:
        return _ANSWERS.get(error.errno or 0, Listening.UNKNOWN)
    return Listening.POSSIBLE
