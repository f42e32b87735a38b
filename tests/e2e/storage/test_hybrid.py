"""One guest with disks of every kind goes there by strategy Auto alone, and back onto what it has left."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import HOSTS, Scene, Told
from .journeys import MUST_EXIST, Journeys, disks

pytestmark = pytest.mark.e2e

GUEST = "storage-hybrid"
DISKS = (
    "shared:32Mi:qcow2",
    "local:64Mi:raw:filled=4Mi",
    "local:64Mi:qcow2:backing:filled=4Mi",
    "local:4Mi:raw:ro:everywhere",
)
FILLED_AT, FILLED_BYTES, FILLED_WITH = 32 << 20, 4 << 20, 71


@pytest.fixture(scope="module")
def hybrid(scene: Scene) -> Iterator[str]:
    options = [word for disk in DISKS for word in ("--disk", disk)]
    work = ("--cdrom", "empty", "--nvram", "local", "--write-disk", "128Ki/s")
    with scene.lab.guest(GUEST, HOSTS[0], *options, *work) as guest:
        yield guest


@pytest.fixture(scope="module")
def moved(journeys: Journeys, hybrid: str) -> Told:
    """To the second host."""
    return journeys.move(hybrid)


def test_shared_disks_are_kept_local_ones_copied_and_read_only_ones_compared(moved: Told) -> None:
    lines = disks(moved)
    assert {target: (line["class"], line["action"]) for target, line in lines.items()} == {
        "vda": ("Shared", "Keep"),
        "vdb": ("Local", "Copy"),
        "vdc": ("Local", "Copy"),
        "vdd": ("ReadOnly", "Keep"),
        "hda": ("Empty", "Keep"),
    }
    assert "same content" in lines["vdd"]["proof"]


def test_a_layered_image_becomes_one_with_what_its_base_held_and_the_status_says_so(
    scene: Scene, moved: Told
) -> None:
    assert "become one" in disks(moved)["vdc"]["proof"]
    path = f"/var/lib/godwit/local/{GUEST}-2.qcow2"
    info = scene.lab.inside(HOSTS[1], "qemu-img", "info", "-U", "-f", "qcow2", path)
    assert "backing file" not in info
    read = f"read -P {FILLED_WITH} {FILLED_AT} {FILLED_BYTES}"
    told = scene.lab.inside(HOSTS[1], "qemu-io", "-U", "-r", "-f", "qcow2", "-c", read, path)
    assert "verification failed" not in told


def test_everything_is_read_back_intact_and_its_firmware_variables_are_there(
    scene: Scene, moved: Told, hybrid: str
) -> None:
    verdict = scene.lab.check(hybrid)
    assert (verdict["host"], verdict["same_boot"], len(verdict["disks"])) == (HOSTS[1], True, 4)
    variables = ("sha256sum", f"/var/lib/godwit/local/{GUEST}-nvram.fd")
    assert scene.lab.inside(HOSTS[1], *variables) == scene.lab.inside(HOSTS[0], *variables)
    assert moved.phase == "Succeeded"


def test_the_way_back_is_refused_as_long_as_images_are_to_be_created(
    scene: Scene, moved: Told, hybrid: str, name: Callable[[str], str]
) -> None:
    told = scene.fails(name(hybrid), hybrid, HOSTS[0], "DiskRefused")
    said = told.failed_checks()["DestinationImage"]
    assert [each.split(" ")[1] for each in said] == ["vdb", "vdc"]
    for each in said:
        assert "an image is there on the destination already (left by an earlier move?)" in each
        assert "MustExist" in each and "remove it there" in each
    assert scene.lab.check(hybrid)["host"] == HOSTS[1]
    assert moved.phase == "Succeeded"


@pytest.fixture(scope="module")
def back(scene: Scene, journeys: Journeys, moved: Told, hybrid: str) -> Told:
    """Onto the images that the first migration has left; in the layer's place one lies that stands alone."""
    path = f"/var/lib/godwit/local/{GUEST}-2.qcow2"
    scene.lab.inside(HOSTS[0], "qemu-img", "create", "-q", "-f", "qcow2", path, str(64 << 20))
    before = journeys.before()
    told = journeys.move(hybrid, storage=MUST_EXIST)
    assert journeys.changed(before) == {HOSTS[0]: {}, HOSTS[1]: {}}
    assert moved.phase == "Succeeded"
    return told


def test_onto_images_that_exist_and_are_not_the_sources_it_goes_back_and_says_what_is_lost(
    scene: Scene, back: Told, hybrid: str
) -> None:
    for target in ("vdb", "vdc"):
        proof = disks(back)[target]["proof"]
        assert "the former content of the destination's image is lost" in proof
    verdict = scene.lab.check(hybrid)
    assert (verdict["host"], verdict["same_boot"]) == (HOSTS[0], True)
