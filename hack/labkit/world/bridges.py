"""Further bridges of a host: with an uplink of a VLAN in the guests' plane, or alone."""

import json

from labkit.box import running
from labkit.lab import Lab, Plane, host_number
from labkit.network import in_box
from labkit.shell import LabError

_OURS = "made by hack/lab"
_LONGEST_NAME = 15
_VLANS = range(1, 4095)


def make(lab: Lab, host: str, name: str, *, mtu: int = 1500, vlan: int = 0) -> None:
    """A bridge that is up. Bridges of one `vlan` are one segment, on all hosts; 0: it has no uplink."""
    host_number(host)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise LabError(f"bridge {name!r}: a link's name has 1 to {_LONGEST_NAME} characters")
    if vlan and vlan not in _VLANS:
        raise LabError(f"--vlan {vlan}: from {_VLANS.start} to {_VLANS.stop - 1}")
    pid = running(lab, host)
    remove(lab, host, name)
    in_box(pid, "ip", "link", "add", name, "type", "bridge")
    in_box(pid, "ip", "link", "set", name, "alias", _OURS)
    if vlan:
        uplink = f"{Plane.GUEST}.{vlan}"
        in_box(pid, "ip", "link", "add", "link", Plane.GUEST, "name", uplink, "type", "vlan", "id", str(vlan))
        in_box(pid, "ip", "link", "set", uplink, "alias", _OURS, "master", name, "up")
    in_box(pid, "ip", "link", "set", name, "mtu", str(mtu), "up")


def down(lab: Lab, host: str, name: str) -> None:
    """It is there, and nobody switched it on."""
    if name not in _made(lab, host):
        raise LabError(f"{host} has no bridge {name!r} that `hack/lab host bridge` made")
    in_box(running(lab, host), "ip", "link", "set", name, "down")


def remove(lab: Lab, host: str, name: str) -> None:
    """With its uplink; nothing where it isn't."""
    made = _made(lab, host)
    if name not in made:
        return
    pid = running(lab, host)
    for link, master in made.items():
        if master == name:
            in_box(pid, "ip", "link", "del", link)
    in_box(pid, "ip", "link", "del", name)


def remove_all(lab: Lab, host: str) -> None:
    """What `make` made."""
    for name, master in _made(lab, host).items():
        if not master:
            remove(lab, host, name)


def _made(lab: Lab, host: str) -> dict[str, str]:
    """Our links in the host, each with the bridge that it is a port of."""
    shown = json.loads(in_box(running(lab, host), "ip", "-j", "link", "show"))
    return {link["ifname"]: link.get("master", "") for link in shown if link.get("ifalias") == _OURS}
