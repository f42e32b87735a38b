"""What a lab is called, where everything of it lies, and which addresses it has.

Everything outside the state directory (bridges, cgroups) bears the lab's name or number, so that two labs
never meet and `down` finds all of it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from labkit.shell import LabError

STATE = Path("/var/lib/godwit-lab")
MOST_HOSTS = 20
SHARED = Path("/var/lib/godwit/shared")
LOCAL = Path("/var/lib/godwit/local")
"""A file system of each host's own, of `LOCAL_BYTES`, so that it can be full."""
LOCAL_BYTES = 4 << 30


class Plane(StrEnum):
    """One network of the lab; each box has its own link into it."""

    DATA = "data"
    API = "api"
    STORAGE = "storage"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab by its name and its number (which gives its addresses)."""

    name: str
    number: int

    @property
    def state(self) -> Path:
        """Directory of all that belongs to this lab."""
        return STATE / self.name

    def subnet(self, plane: Plane) -> str:
        """First three parts of the plane's /24."""
        return f"10.{64 + self.number}.{list(Plane).index(plane) + 1}"

    def address(self, plane: Plane, box: str) -> str:
        """Address of a box on a plane; the machine itself is .254."""
        return f"{self.subnet(plane)}.{_station(box)}"

    def mac(self, plane: Plane, box: str) -> str:
        """Of a box's card on a plane: one that comes again has the card that others remember it by."""
        numbers = (int(part) for part in self.address(plane, box).split("."))
        return ":".join(("02:67", *(f"{number:02x}" for number in numbers)))

    def pod_range(self, box: str) -> str:
        """The pods' network of one node."""
        return f"10.{64 + self.number}.{32 + _station(box)}.0/24"

    @property
    def pods(self) -> str:
        """All pods' networks."""
        return f"10.{64 + self.number}.32.0/19"

    @property
    def services(self) -> str:
        """The Services' network; its first address is the API server's."""
        return f"10.{64 + self.number}.16.0/20"

    @property
    def api_service_address(self) -> str:
        """The API server's address inside the cluster."""
        return f"10.{64 + self.number}.16.1"

    @property
    def api_url(self) -> str:
        """The API server, from everywhere in the lab and from the machine."""
        return f"https://{self.address(Plane.API, 'control')}:6443"

    def bridge(self, plane: Plane) -> str:
        """The machine's bridge of a plane (15 characters at most)."""
        return f"gwl{self.number}{plane.value}"

    def link(self, plane: Plane, box: str) -> str:
        """The machine's end of a box's link."""
        return f"gwl{self.number}{plane.value[0]}{_station(box)}"

    def box_state(self, box: str) -> Path:
        """Directory of one box."""
        return self.state / "boxes" / box

    def local_disk(self, box: str) -> Path:
        """The file that holds a host's `LOCAL`; it keeps what was written to it through a power-off."""
        return self.box_state(box) / "local.img"

    def logs(self, box: str) -> Path:
        """What a box has in /var/log, readable also when the box is off."""
        return self.box_state(box) / "plain" / "var" / "log"

    @property
    def kubeconfig(self) -> Path:
        """The admin's."""
        return self.state / "admin.kubeconfig"


def _station(box: str) -> int:
    """Last part of a box's addresses, and its place among the pods' networks."""
    fixed = {"control": 1, "store": 2, "infra": 3}
    return fixed[box] if box in fixed else 3 + host_number(box)


def host_number(host: str) -> int:
    """3 for host3."""
    found = re.fullmatch(r"host([1-9][0-9]?)", host)
    if not found or int(found[1]) > MOST_HOSTS:
        raise LabError(f"{host!r} is no host of a lab: hosts are called host1, host2, ... host{MOST_HOSTS}")
    return int(found[1])


def boxes(lab: Lab) -> list[str]:
    """The boxes that have been made, control plane first."""
    order = {"control": 0, "store": 1, "infra": 2}
    made = [place.name for place in (lab.state / "boxes").glob("*") if place.is_dir()]
    return sorted(made, key=lambda box: order[box] if box in order else 2 + host_number(box))


def hosts(lab: Lab) -> list[str]:
    """The libvirt hosts among them."""
    return [box for box in boxes(lab) if box.startswith("host")]


def nodes(lab: Lab) -> list[str]:
    """The Kubernetes nodes among them."""
    return [box for box in boxes(lab) if box == "infra" or box.startswith("host")]
