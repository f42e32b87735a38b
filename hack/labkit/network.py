"""Bridges of the planes, and a box's links into them."""

import json

from labkit.lab import Lab, Plane, host_number
from labkit.shell import run, succeeds


def planes_of(box: str) -> tuple[Plane, ...]:
    """Which networks a box is on."""
    if box in ("control", "infra"):
        return (Plane.API,)
    if box == "store":
        return (Plane.STORAGE,)
    return tuple(Plane)


def in_box(pid: int, *argv: str) -> str:
    """Run one of the machine's commands in the network of the box whose init is `pid`."""
    return run("nsenter", "-t", str(pid), "-n", *argv)


def make_bridges(lab: Lab) -> None:
    """One bridge a plane, with the machine as .254 on it."""
    for plane in Plane:
        bridge = lab.bridge(plane)
        if not _exists(bridge):
            run("ip", "link", "add", bridge, "type", "bridge")
        run("ip", "addr", "replace", f"{lab.subnet(plane)}.254/24", "dev", bridge)
        run("ip", "link", "set", bridge, "up")


def segment(lab: Lab, number: int) -> str:
    """The machine's bridge of a further segment, made where it isn't there yet."""
    bridge = f"{_segments(lab)}{number}"
    if not _exists(bridge):
        run("ip", "link", "add", bridge, "type", "bridge")
    run("ip", "link", "set", bridge, "up")
    return bridge


def segment_link(lab: Lab, host: str, number: int) -> str:
    """The machine's end of a host's link into a segment (15 characters at most)."""
    return f"{_segments(lab)}{number}h{host_number(host)}"


def _segments(lab: Lab) -> str:
    return f"gwl{lab.number}v"


def remove_bridges(lab: Lab) -> None:
    """The bridges and every link that is still on the machine's side."""
    made = [link["ifname"] for link in json.loads(run("ip", "-j", "link", "show", "type", "bridge"))]
    planes = {lab.bridge(plane) for plane in Plane}
    for bridge in [name for name in made if name in planes or name.startswith(_segments(lab))]:
        for link in json.loads(run("ip", "-j", "link", "show", "master", bridge)):
            run("ip", "link", "del", link["ifname"])
        run("ip", "link", "del", bridge)


def connect(lab: Lab, box: str, pid: int) -> None:
    """Give the box whose init is `pid` the links that it lacks; inside they bear the planes' names."""
    in_box(pid, "ip", "link", "set", "lo", "up")
    for plane in planes_of(box):
        if not _exists(lab.link(plane, box)):
            _link(lab, box, pid, plane)
        run("ip", "link", "set", lab.link(plane, box), "master", lab.bridge(plane), "up")
    if Plane.API in planes_of(box):
        in_box(pid, "ip", "route", "replace", "default", "via", f"{lab.subnet(Plane.API)}.254")


def disconnect(lab: Lab, box: str) -> None:
    """Remove what is left of a dead box's links; the kernel takes its time to do so by itself."""
    for plane in planes_of(box):
        succeeds("ip", "link", "del", lab.link(plane, box))


def _link(lab: Lab, box: str, pid: int, plane: Plane) -> None:
    ours, theirs = lab.link(plane, box), plane.value
    peer = ("name", theirs, "address", lab.mac(plane, box), "netns", str(pid))
    run("ip", "link", "add", ours, "type", "veth", "peer", *peer)
    address = f"{lab.address(plane, box)}/24"
    if plane is not Plane.GUEST:
        in_box(pid, "ip", "addr", "add", address, "dev", theirs)
        in_box(pid, "ip", "link", "set", theirs, "up")
        return
    if not succeeds("nsenter", "-t", str(pid), "-n", "ip", "link", "show", "guests"):
        in_box(pid, "ip", "link", "add", "guests", "type", "bridge")
    in_box(pid, "ip", "link", "set", theirs, "master", "guests", "up")
    in_box(pid, "ip", "addr", "replace", address, "dev", "guests")
    in_box(pid, "ip", "link", "set", "guests", "up")


def route_pods(lab: Lab, nodes: list[str], pids: dict[str, int]) -> None:
    """Every node, the control plane and the machine reach every node's pods."""
    ranges = {node: (lab.pod_range(node), lab.address(Plane.API, node)) for node in nodes}
    for pods, via in ranges.values():
        run("ip", "route", "replace", pods, "via", via)
    for box, pid in pids.items():
        if Plane.API in planes_of(box):
            for pods, via in [ranges[node] for node in nodes if node != box]:
                in_box(pid, "ip", "route", "replace", pods, "via", via)


def _exists(link: str) -> bool:
    return succeeds("ip", "link", "show", link)
