"""What has to be made at the destination: directories that it lacks too, and no image that is only alike."""

import json
from collections.abc import Callable, Iterator

import pytest

from ..api_server import HOME, Body
from ..bad.scene import Scene
from .cast import PLACE, THERE, Member, file_disk, images, on_stage
from .journeys import MUST_EXIST, Journeys

pytestmark = pytest.mark.e2e

ODD, DEEP = "storage-odd", "storage-deep"
ODD_BYTES = (32 << 20) + 512
ODD_IMAGE = f"{PLACE}/odd.qcow2"
MAKE_ODD = f"qemu-img create -q -f qcow2 {ODD_IMAGE} {ODD_BYTES}"
SLOW = "8mbit"
"""The copy of 16 MiB is not over before it is cancelled."""


@pytest.fixture(scope="module", autouse=True)
def two(scene: Scene) -> Iterator[None]:
    """One has a qcow2 of half a KiB too much, the other one an image in directories of its host alone."""
    make = f"""
{MAKE_ODD}
qemu-io -f qcow2 -c 'write -q -P 71 0 16M' {ODD_IMAGE}
mkdir -p one/two
dd if=/dev/urandom of=one/two/deep.raw bs=1M count=16 status=none
"""
    members = (
        Member(ODD, (file_disk("vda", ODD_IMAGE, "qcow2"),)),
        Member(DEEP, (file_disk("vda", f"{PLACE}/one/two/deep.raw"),)),
    )
    with images(scene, host1=make), on_stage(scene, *members):
        yield


def cancelled(scene: Scene, journeys: Journeys, asked: str) -> None:
    journeys.patch(asked, {"cancel": True})
    scene.until(asked, "Cancelled")
    scene.clean(asked)


def created(scene: Scene, asked: str) -> list[Body]:
    """What the destination's agent has written down as created."""
    tasks = json.loads(scene.cluster.kubectl("get", "migrationtasks", "-n", HOME, "-o", "json"))["items"]
    [task] = [
        task
        for task in tasks
        if task["spec"]["migrationRef"]["name"] == asked and task["spec"]["role"] == "Destination"
    ]
    found: list[Body] = task["status"]["createdResources"]
    return found


def test_a_qcow2_that_libvirt_can_not_make_to_the_byte_is_refused_with_what_to_do(
    scene: Scene, name: Callable[[str], str]
) -> None:
    told = scene.fails(name(ODD), ODD, THERE, "DiskRefused")
    said = told.failed_check("DestinationImage")
    assert set(told.failed_checks()) == {"DestinationImage"}
    assert f"libvirt makes a qcow2 in whole KiB only, and this one has {ODD_BYTES} bytes" in said
    assert "make it yourself on the destination and set storage.provisioning to MustExist" in said


@pytest.mark.walk
def test_made_by_hand_it_is_copied_and_stays_when_that_is_cancelled(
    scene: Scene, journeys: Journeys, name: Callable[[str], str]
) -> None:
    scene.inside(THERE, MAKE_ODD)
    try:
        with journeys.slow(SLOW):
            asked = name(ODD)
            scene.ask(asked, ODD, THERE, storage=MUST_EXIST)
            journeys.phase(asked, "Copying")
            cancelled(scene, journeys, asked)
        assert scene.inside(THERE, f"ls -A {PLACE}").split() == ["odd.qcow2"]
    finally:
        scene.inside(THERE, f"rm -f {ODD_IMAGE}")


@pytest.mark.walk
def test_directories_that_are_missing_are_made_counted_as_created_and_go_with_what_lies_in_them(
    scene: Scene, journeys: Journeys, name: Callable[[str], str]
) -> None:
    with journeys.slow(SLOW):
        asked = name(DEEP)
        scene.ask(asked, DEEP, THERE)
        journeys.phase(asked, "Copying")
        assert [(each["kind"], each["path"], each["state"]) for each in created(scene, asked)] == [
            ("Directory", f"{PLACE}/one", "Created"),
            ("Directory", f"{PLACE}/one/two", "Created"),
            ("Image", f"{PLACE}/one/two/deep.raw", "Created"),
        ]
        scene.inside(THERE, f"test -f {PLACE}/one/two/deep.raw")
        cancelled(scene, journeys, asked)
    assert scene.inside(THERE, f"ls -A {PLACE}") == ""
