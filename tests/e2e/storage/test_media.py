"""Drives: an empty one stays so, a medium that may be missing is left behind, any other stops the guest."""

from collections.abc import Callable

import pytest

from ..bad.scene import Scene
from .journeys import DELETE, Journeys, disks

pytestmark = pytest.mark.e2e


def test_a_medium_that_the_destination_has_not_is_ejected_where_its_drive_allows_that(
    scene: Scene, journeys: Journeys
) -> None:
    drives = ("--cdrom", "local:1Mi:optional", "--cdrom", "empty", "--cdrom", "local:1Mi:everywhere")
    disk = ("--disk", "local:16Mi:qcow2")
    with scene.lab.guest("storage-media", "host1", *disk, *drives) as guest:
        told = journeys.move(guest, storage=DELETE)
        actions = {target: line["action"] for target, line in disks(told).items()}
        assert actions == {"vda": "Copy", "hda": "Eject", "hdb": "Keep", "hdc": "Keep"}
        for which in ((), ("--inactive",)):
            listed = scene.virsh("host2", "domblklist", guest, *which)
            rows = dict(line.split()[:2] for line in listed.splitlines() if line.strip())
            assert (rows["hda"], rows["hdb"]) == ("-", "-")
            assert rows["hdc"].endswith("-cdrom2.iso")
        scene.inside("host1", f"test -e /var/lib/godwit/local/{guest}-cdrom0.iso")


def test_a_floppy_on_shared_storage_stays_in_its_drive_and_an_empty_one_stays_empty(
    scene: Scene, journeys: Journeys
) -> None:
    drives = ("--floppy", "shared", "--floppy", "empty")
    with scene.lab.guest("storage-floppy", "host1", "--disk", "shared:16Mi:qcow2", *drives) as guest:
        told = journeys.move(guest)
        lines = disks(told)
        classes = {target: (line["class"], line["action"]) for target, line in lines.items()}
        assert classes == {
            "vda": ("Shared", "Keep"),
            "fda": ("ReadOnly", "Keep"),
            "fdb": ("Empty", "Keep"),
        }
        assert "a token written beside it" in lines["fda"]["proof"]
        listed = scene.virsh("host2", "domblklist", guest).splitlines()
        rows = dict(row.split()[:2] for row in listed if row.strip())
        assert rows["fda"].endswith("-floppy0.img")
        assert rows["fdb"] == "-"


def test_any_other_medium_that_the_destination_has_not_stops_the_migration(
    scene: Scene, name: Callable[[str], str]
) -> None:
    with scene.lab.guest("storage-medium", "host1", "--no-disk", "--cdrom", "local:1Mi") as guest:
        told = scene.fails(name(guest), guest, "host2", "DiskRefused")
        said = told.failed_check("CDROM")
        assert "disk hda (/var/lib/godwit/local/storage-medium-cdrom0.iso)" in said
        assert "the destination has no such file" in said
        assert "--eject" in said
        scene.lab.check(guest)
