"""Guests whose disks are copied, on their way: what is asked, what lies where, and what came of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labkit import listing
from labkit.guest import state
from labkit.lab import LOCAL, Plane
from labkit.lab import Lab as TheLab
from labkit.listing import Entry, changes
from labkit.registry import open_lab

from ..api_server import Body
from ..bad.scene import HOSTS, Scene, Told
from ..lab import wait_until

DELETE = {"sourceImages": "Delete"}
MUST_EXIST = {"provisioning": "MustExist"}
MOVE_SECONDS = 120.0
LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Journeys:
    """Moves guests one after the other, and looks at the hosts' own images."""

    scene: Scene
    name: Callable[[str], str]

    @property
    def lab(self) -> TheLab:
        """For what the lab's command doesn't tell."""
        return open_lab(self.scene.lab.name)

    def place(self, guest: str) -> str:
        """Where it is active."""
        found = self.scene.lab.json("guest", "where", guest)
        [host] = [host for host, place in found.items() if place["state"] not in ("absent", "shut off")]
        return str(host)

    def other(self, host: str) -> str:
        """Of the two."""
        return HOSTS[1 - HOSTS.index(host)]

    def begin(self, guest: str, **spec: object) -> str:
        """The name of a migration to where the guest is not."""
        name = self.name(guest)
        self.scene.ask(name, guest, self.other(self.place(guest)), **spec)
        return name

    def move(self, guest: str, seconds: float = MOVE_SECONDS, **spec: object) -> Told:
        """As it is told when it has succeeded and nothing is owed any more; the guest is intact."""
        return self.arrives(self.begin(guest, **spec), guest, seconds)

    def arrives(self, name: str, guest: str, seconds: float = MOVE_SECONDS) -> Told:
        """The same of one that was begun."""
        told = self.scene.until(name, "Succeeded", seconds)
        told = self.scene.clean(name)
        assert self.scene.lab.check(guest)["host"] == told.body["status"]["destination"]["hypervisor"]
        assert self.scene.left_over(told) == []
        return told

    def phase(self, name: str, phase: str, seconds: float = MOVE_SECONDS) -> None:
        """It is in that phase, or has been."""

        def there() -> bool:
            told = self.scene.told(name)
            return phase in phases(told)

        wait_until(f"{name}: {phase}", there, seconds, LOOK_SECONDS)

    def images(self, guest: str) -> list[Path]:
        """The paths of those that only its host has."""
        return state.load(self.lab, guest).leaving()

    def local(self, host: str) -> dict[str, Entry]:
        """Everything in the host's own directory of images."""
        return listing.below(self.lab, host, LOCAL)

    def changed(self, before: dict[str, dict[str, Entry]]) -> dict[str, dict[str, str]]:
        """Per host what came, went or was exchanged since."""
        return {host: changes(before[host], self.local(host)) for host in HOSTS}

    def before(self) -> dict[str, dict[str, Entry]]:
        """Both hosts' directories."""
        return {host: self.local(host) for host in HOSTS}

    def remove_images(self, guest: str, host: str) -> None:
        """Those that a migration has left at its source."""
        assert self.place(guest) != host
        self.scene.lab.inside(host, "rm", "-f", *map(str, self.images(guest)))

    def patch(self, name: str, spec: Body) -> None:
        """As `kubectl patch` does."""
        body = json.dumps({"spec": spec})
        namespace = ("-n", self.scene.namespace)
        self.scene.cluster.kubectl("patch", "vmmigration", name, *namespace, "--type=merge", "-p", body)

    @contextmanager
    def slow(self, rate: str) -> Iterator[None]:
        """What both hosts send over the data plane, until the end of the block."""
        for host in HOSTS:
            self.scene.lab.run("link", host, "--rate", rate)
        try:
            yield
        finally:
            for host in HOSTS:
                self.scene.lab.run("link", host, "--clear")

    def link(self, host: str) -> str:
        """The machine's end of the host's link into the data plane."""
        return self.lab.link(Plane.DATA, host)

    def sent_bytes(self, host: str) -> int:
        """By the host into the data plane, as its link counts."""
        return int(Path(f"/sys/class/net/{self.link(host)}/statistics/rx_bytes").read_text())

    def hypervisor(self, host: str) -> Body:
        """The Hypervisor's status."""
        found: Body = json.loads(self.scene.cluster.kubectl("get", "hypervisor", host, "-o", "json"))
        return dict(found["status"])


def phases(told: Told) -> list[str]:
    """All that it has gone through."""
    return [each["phase"] for each in told.body["status"].get("phaseTransitions", [])]


def disks(told: Told) -> dict[str, Body]:
    """The status' lines by their targets."""
    return {disk["target"]: disk for disk in told.body["status"].get("disks", [])}
