"""In which networks a host has addresses, and its VLAN links, from the kernel's `/proc/net`.

What can't be read tells nothing: no subnets, no VLANs.
"""

import ipaddress
from collections import defaultdict
from pathlib import Path

_UP, _GATEWAY, _HOST = 0x1, 0x2, 0x4
"""RTF_UP, RTF_GATEWAY, RTF_HOST."""
_GLOBAL = "00"
"""The scope of an address that is more than the link's own."""

Subnets = dict[str, tuple[str, ...]]


class Routes:
    """A `/proc/net` of the host's network namespace."""

    def __init__(self, proc_net: Path) -> None:
        self._root = proc_net

    def subnets(self) -> Subnets:
        """By link: what it reaches without a gateway, as `10.0.0.0/24`."""
        found: dict[str, set[str]] = defaultdict(set)
        for line in self._lines("route")[1:]:
            link, subnet = _version_4(line.split())
            found[link].add(subnet)
        for line in self._lines("if_inet6"):
            link, subnet = _version_6(line.split())
            found[link].add(subnet)
        return {link: tuple(sorted(subnets - {""})) for link, subnets in found.items()}

    def vlans(self) -> dict[str, int]:
        """The tag of every VLAN link."""
        rows = [[cell.strip() for cell in line.split("|")] for line in self._lines("vlan/config")]
        return {row[0]: int(row[1]) for row in rows if len(row) == 3 and row[1].isdecimal()}

    def _lines(self, name: str) -> list[str]:
        try:
            return (self._root / name).read_text().splitlines()
        except OSError:
            return []


def _version_4(cells: list[str]) -> tuple[str, str]:
    """A line of `route`: link, destination, gateway, flags, ..., mask; numbers as the host keeps them."""
    flags = int(cells[3], 16)
    if flags & (_UP | _GATEWAY | _HOST) != _UP:
        return cells[0], ""
    destination, mask = (ipaddress.IPv4Address(bytes.fromhex(cells[at])[::-1]) for at in (1, 7))
    subnet = ipaddress.IPv4Network((destination, str(mask)))
    return cells[0], "" if subnet.prefixlen == 0 or subnet.is_link_local else str(subnet)


def _version_6(cells: list[str]) -> tuple[str, str]:
    """A line of `if_inet6`: address, index, length of the prefix, scope, flags, link."""
    subnet = ipaddress.IPv6Network((bytes.fromhex(cells[0]), int(cells[2], 16)), strict=False)
    return cells[5], str(subnet) if cells[3] == _GLOBAL and subnet.prefixlen < 128 else ""
