"""A guest that writes faster than a copy can follow gets there all the same, and the status says how."""

import json
import time
from collections.abc import Iterator

import pytest

from ..bad.scene import Scene
from ..lab import wait_until
from .journeys import DELETE, Journeys, disks

pytestmark = pytest.mark.e2e

GUEST = "storage-writer"
MIB = 1 << 20
AT_ITS_WORK_SECONDS = 180.0


@pytest.fixture(scope="module")
def writer(scene: Scene) -> Iterator[str]:
    """Writes 4 MiB each second, round and round."""
    with scene.lab.guest(GUEST, "host1", "--disk", "local:64Mi:raw", "--write-disk", "4Mi/s") as name:
        yield name


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


def test_it_arrives_over_a_bandwidth_of_which_its_writes_alone_take_most(
    scene: Scene, journeys: Journeys, writer: str
) -> None:
    at_its_work(scene, writer, 3 * MIB)
    told = journeys.move(writer, 180, storage=DELETE, tuning={"bandwidth": "6Mi"})
    whole = json.dumps(told.body["status"])
    assert "its writes wait for the copy" in whole, whole
    assert scene.lab.check(writer)["disks"][0]["records"] > 0


@pytest.mark.walk
def test_so_does_one_that_writes_faster_than_the_whole_migration_may_send(
    scene: Scene, journeys: Journeys
) -> None:
    """Without synchronous writes such a copy is never complete."""
    fast = ("--disk", "local:64Mi:raw", "--write-disk", "12Mi/s")
    with scene.lab.guest("storage-fast-writer", "host1", *fast) as guest:
        at_its_work(scene, guest, 7 * MIB)
        told = journeys.move(guest, 240, storage=DELETE, tuning={"bandwidth": "6Mi"})
        assert "its writes wait for the copy" in json.dumps(told.body["status"])


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
