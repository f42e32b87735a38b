"""What can be done to a box's link into a plane: shape it in both directions, cut it, mend it."""

import json
import re
from dataclasses import dataclass

from labkit.box import running
from labkit.lab import Lab, Plane
from labkit.network import in_box, planes_of
from labkit.shell import LabError, run

UNITS = {"kbit": 10**3, "mbit": 10**6, "gbit": 10**9}


@dataclass(frozen=True, slots=True)
class Link:
    """How a link is: `rate` as tc writes it, None without a limit."""

    box: str
    plane: Plane
    up: bool
    rate: str | None


def look(lab: Lab, box: str, plane: Plane) -> Link:
    """What the machine's side of the link shows."""
    ours = _ours(lab, box, plane)
    shown = json.loads(run("ip", "-j", "link", "show", ours))[0]
    found = re.search(r"^qdisc tbf .* rate (\S+) ", run("tc", "qdisc", "show", "dev", ours), re.M)
    return Link(box, plane, "UP" in shown["flags"], found[1].lower() if found else None)


def shape(lab: Lab, box: str, plane: Plane, rate: str) -> None:
    """Limit the link to `rate` (e.g. 200mbit) in each direction."""
    limit = ("root", "tbf", "rate", rate, "burst", str(burst_bytes(rate)), "latency", "50ms")
    run("tc", "qdisc", "replace", "dev", _ours(lab, box, plane), *limit)
    in_box(running(lab, box), "tc", "qdisc", "replace", "dev", plane.value, *limit)


def burst_bytes(rate: str) -> int:
    """Ten milliseconds of `rate`, but one large packet at least: with less the rate isn't met."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})(kbit|mbit|gbit)", rate)
    if not found:
        raise LabError(f"--rate {rate!r}: a whole number and kbit, mbit or gbit, e.g. 200mbit")
    return max(64 * 1024, int(found[1]) * UNITS[found[2]] // 8 // 100)


def clear(lab: Lab, box: str, plane: Plane) -> None:
    """No limit any more, and the link up."""
    ours, pid = _ours(lab, box, plane), running(lab, box)
    if "tbf" in run("tc", "qdisc", "show", "dev", ours):
        run("tc", "qdisc", "del", "dev", ours, "root")
    if "tbf" in in_box(pid, "tc", "qdisc", "show", "dev", plane.value):
        in_box(pid, "tc", "qdisc", "del", "dev", plane.value, "root")
    cut(lab, box, plane, down=False)


def cut(lab: Lab, box: str, plane: Plane, *, down: bool) -> None:
    """Pull the plug on the machine's side, or put it in again."""
    run("ip", "link", "set", _ours(lab, box, plane), "down" if down else "up")


def _ours(lab: Lab, box: str, plane: Plane) -> str:
    running(lab, box)
    if plane not in planes_of(box):
        has = ", ".join(planes_of(box))
        raise LabError(f"{box} has no link into the {plane} plane; it has: {has}")
    return lab.link(plane, box)
