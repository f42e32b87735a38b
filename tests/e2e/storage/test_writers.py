"""A guest that writes faster than a copy can follow gets there all the same, and the status says how."""

import json
import time

import pytest

from ..bad.scene import Scene
from ..lab import wait_until
from .journeys import DELETE, Journeys, disks

pytestmark = pytest.mark.e2e

MIB = 1 << 20
AT_ITS_WORK_SECONDS = 180.0


def at_its_work(scene: Scene, guest: str, bytes_per_second: int) -> None:
    """It writes as fast as that: right after its boot, or on a busy machine, it does not."""

    def written() -> tuple[float, int]:
        told = dict(
            line.split()[1:] for line in scene.virsh("host1", "domblkstat", guest, "vda").splitlines()
        )
        return time.monotonic(), int(told["wr_bytes"])

    def fast() -> bool:
        began, before = written()
        time.sleep(2)
        now, after = written()
        return (after - before) / (now - began) > bytes_per_second

    wait_until(f"{guest} to write {bytes_per_second} bytes/s", fast, AT_ITS_WORK_SECONDS)


def test_it_arrives_although_it_writes_faster_than_the_whole_migration_may_send(
    scene: Scene, journeys: Journeys
) -> None:
    """Without synchronous writes such a copy is never complete."""
    fast = ("--disk", "local:64Mi:raw", "--write-disk", "12Mi/s")
    with scene.lab.guest("storage-fast-writer", "host1", *fast) as guest:
        at_its_work(scene, guest, 4 * MIB)
        asked = journeys.begin(guest, storage=DELETE, tuning={"bandwidth": "3Mi"})
        journeys.phase(asked, "Migrating", 180)
        journeys.patch(asked, {"tuning": {"bandwidth": "50Mi"}})  # the disk is there: now the memory
        told = journeys.arrives(asked, guest)
        assert "its writes wait for the copy" in disks(told)["vda"]["proof"]
        assert scene.lab.check(guest)["disks"][0]["records"] > 0


@pytest.mark.walk
def test_so_does_one_whose_writes_alone_take_most_of_the_bandwidth(scene: Scene, journeys: Journeys) -> None:
    busy = ("--disk", "local:64Mi:raw", "--write-disk", "4Mi/s")
    with scene.lab.guest("storage-writer", "host1", *busy) as guest:
        at_its_work(scene, guest, 3 * MIB)
        told = journeys.move(guest, 240, storage=DELETE, tuning={"bandwidth": "5Mi"})
        assert "its writes wait for the copy" in disks(told)["vda"]["proof"]


def hold_back(scene: Scene, guest: str, bytes_per_second: int) -> None:
    """What QEMU lets the guest write to its first disk; 0: all that it wants to."""
    limits = dict.fromkeys(("bps", "bps_rd", "iops", "iops_rd", "iops_wr"), 0) | {"bps_wr": bytes_per_second}
    disk = {"id": "/machine/peripheral/virtio-disk0/virtio-backend"}
    command = json.dumps({"execute": "block_set_io_throttle", "arguments": disk | limits})
    scene.virsh("host1", "qemu-monitor-command", guest, command)


@pytest.mark.walk
def test_so_does_one_that_begins_to_do_so_after_the_copy_has_begun(scene: Scene, journeys: Journeys) -> None:
    """At the inspection it wrote next to nothing, so nobody could know."""
    begins = ("--disk", "local:80Mi:raw:filled=36Mi", "--write-disk", "12Mi/s")
    with scene.lab.guest("storage-late-writer", "host1", *begins) as guest:
        hold_back(scene, guest, 64 << 10)
        asked = journeys.begin(guest, storage=DELETE, tuning={"bandwidth": "2Mi"})
        journeys.phase(asked, "Copying")
        hold_back(scene, guest, 0)
        journeys.phase(asked, "Migrating", 180)
        journeys.patch(asked, {"tuning": {"bandwidth": "50Mi"}})  # the disk is there: now the memory
        proof = disks(journeys.arrives(asked, guest))["vda"]["proof"]
        assert "less than half of the bandwidth (2 MiB/s): the copy can follow" in proof
        assert "no less than half of what was sent" in proof
        assert "its writes wait for the copy since then" in proof
