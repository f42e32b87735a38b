"""The host's own address in the network that migrations use."""

import ipaddress
import socket

from godwit.runtime.settings import Address, Network


def migration_address(network: Network | None, node_address: Address) -> str:
    """The address that the kernel would use into `network`, if it lies in it; without one the node's own.

    Nothing is sent: connecting a datagram socket only looks up the route. Empty when the host has no address
    in the network.
    """
    if network is None:
        return str(node_address)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((str(network.network_address + 1), 9))
        except OSError:
            return ""
        found = ipaddress.ip_address(asked.getsockname()[0])
    return str(found) if found in network else ""
