"""The lab that the campaign harms: brought up when it is not there, and mended before each run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from faultkit.client import Client
from faultkit.guests import Guests
from labkit import box, faults, filling, libvirt, links, store
from labkit.guest.whereabouts import VIRSH
from labkit.lab import Lab, hosts
from labkit.machine import prepare
from labkit.network import planes_of
from labkit.registry import claim_lab, open_lab
from labkit.shell import LabError, say, wait_for
from labkit.up import up

LABEL = "godwit.dev/faults"
"""On every namespace of a campaign."""
_HOSTS = 2
_HYPERVISORS = "/apis/godwit.dev/v1alpha1/hypervisors"
_READY_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Rig:
    """The lab, its API server, and the guests that are moved."""

    lab: Lab
    client: Client
    guests: Guests

    def mend(self) -> None:
        """Every box runs, links are whole, libvirt answers, agents live; a second when all is well."""
        try:
            self._mend()
        except LabError as error:
            say(f"the lab is mended: {error}")
            up(self.lab, _HOSTS)
            self._mend()

    def _mend(self) -> None:
        for host in hosts(self.lab):
            if box.init_pid(self.lab, host) is None:
                faults.power_on(self.lab, host)
            for plane in planes_of(host):
                links.clear(self.lab, host, plane)
            filling.empty(self.lab, host)
        store.wait(self.lab)
        for host in hosts(self.lab):
            libvirt.wait(self.lab, host)
        self.wait_told()

    def wait_told(self) -> None:
        """Both agents live, and have told of exactly the domains that are there."""
        wait_for("the hypervisors to be Ready", partial(_ready, self.lab, self.client), _READY_SECONDS, 0.3)


@contextmanager
def rig(name: str) -> Iterator[Rig]:
    """Its guests end with the block; the lab stays."""
    try:
        lab = open_lab(name)
    except LabError:
        prepare()
        lab = claim_lab(name)
        up(lab, _HOSTS)
    if len(hosts(lab)) < _HOSTS:
        raise LabError(f"lab {name!r} has one host: `hack/lab up --name {name} --hosts 2` gives it another")
    found = Rig(lab, Client(lab), Guests(lab))
    try:
        yield found
    finally:
        found.mend()
        _wait_ended(found.client)
        found.guests.end()


def _wait_ended(client: Client) -> None:
    """An interrupted run leaves a migration that is being deleted: its guest is not taken from under it."""

    def ended() -> bool:
        return not client.must("GET", f"/api/v1/namespaces?labelSelector={LABEL}=true")["items"]

    try:
        wait_for("the last migrations to go", ended, _READY_SECONDS)
    except LabError as late:
        say(f"{late}: `kubectl get vmm -A` shows them")


def _ready(lab: Lab, client: Client) -> bool:
    """Each agent lives, and has told what its libvirt has now: what it told before a power-off is old."""
    listed = {each["metadata"]["name"]: each["status"] for each in client.must("GET", _HYPERVISORS)["items"]}
    return all(
        any(c["type"] == "Ready" and c["status"] == "True" for c in listed[host]["conditions"])
        and {domain["uuid"] for domain in listed[host].get("domains", [])} == _domains(lab, host)
        for host in hosts(lab)
    )


def _domains(lab: Lab, host: str) -> set[str]:
    return set(box.inside(lab, host, *VIRSH, "list", "--all", "--uuid", timeout_seconds=30).split())
