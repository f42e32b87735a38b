"""A network disk stays where it is: both hosts open its URI, and the guest finds what it wrote."""

import pytest

from labkit.guest.served import address
from labkit.guest.state import load
from labkit.guest.xml import nbd_port

from ..bad.scene import HOSTS, Scene
from .journeys import Journeys, disks

pytestmark = pytest.mark.e2e

GUEST = "storage-network"


def test_a_guest_on_a_network_disk_moves_with_it_and_no_check_of_libvirts_is_skipped(
    scene: Scene, journeys: Journeys
) -> None:
    work = ("--disk", "network:16Mi", "--write-disk", "128Ki/s")
    with scene.lab.guest(GUEST, HOSTS[0], *work) as guest:
        uri = f"nbd://{address(journeys.lab)}:{nbd_port(load(journeys.lab, guest), 0)}/"
        told = journeys.move(guest)
        assert not told.body["spec"].get("safety", {}).get("unsafe")
        line = disks(told)["vda"]
        assert (line["kind"], line["class"], line["action"]) == ("Network", "Network", "Keep")
        assert line["path"] == uri
        assert uri in line["proof"]
        verdict = scene.lab.check(guest)
        assert (verdict["host"], verdict["same_boot"]) == (HOSTS[1], True)
        assert verdict["disks"][0]["records"] > 0
