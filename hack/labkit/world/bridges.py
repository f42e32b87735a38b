"""Further bridges of a host: in a segment that hosts share, as if by a VLAN of their own, or alone."""

import json

from labkit.box import running
from labkit.lab import Lab, host_number
from labkit.network import in_box, segment, segment_link
from labkit.shell import LabError, run, succeeds

_OURS = "made by hack/lab"
_LONGEST_NAME = 15
_SEGMENTS = range(1, 1000)


def make(lab: Lab, host: str, name: str, *, mtu: int = 1500, number: int = 0) -> None:
    """A bridge that is up. Bridges of one segment's `number` reach each other; 0: it has no uplink.

    The uplink takes frames as long as the bridge does.
    """
    host_number(host)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise LabError(f"bridge {name!r}: a link's name has 1 to {_LONGEST_NAME} characters")
    if number and number not in _SEGMENTS:
        raise LabError(f"--segment {number}: from {_SEGMENTS.start} to {_SEGMENTS.stop - 1}")
    pid = running(lab, host)
    remove(lab, host, name)
    in_box(pid, "ip", "link", "add", name, "type", "bridge")
    in_box(pid, "ip", "link", "set", name, "alias", _OURS)
    if number:
        _join(lab, host, name, number, mtu)
    in_box(pid, "ip", "link", "set", name, "mtu", str(mtu), "up")


def _join(lab: Lab, host: str, name: str, number: int, mtu: int) -> None:
    """By a link of its own into a bridge of the machine's: its kernel has no VLANs."""
    pid, uplink = running(lab, host), f"segment{number}"
    ours = segment_link(lab, host, number)
    succeeds("ip", "link", "del", ours)
    run("ip", "link", "add", ours, "type", "veth", "peer", "name", uplink, "netns", str(pid))
    run("ip", "link", "set", ours, "mtu", str(mtu), "master", segment(lab, number), "up")
    in_box(pid, "ip", "link", "set", uplink, "alias", _OURS)
    in_box(pid, "ip", "link", "set", uplink, "mtu", str(mtu), "master", name, "up")


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
