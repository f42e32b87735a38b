"""A disk that is plugged in between the check and the start stops the migration, and no image stays."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import Scene
from ..bad.test_changed_guest import IMAGE, source_is_inspected, unplug
from ..lab import wait_until
from .journeys import Journeys

pytestmark = pytest.mark.e2e


@pytest.fixture
def image(scene: Scene, copied: str, journeys: Journeys) -> Iterator[str]:
    """Of the disk that is plugged in."""
    if journeys.place(copied) != "host1":
        journeys.move(copied, storage={"sourceImages": "Delete"})
    scene.inside("host1", f"qemu-img create -q -f raw {IMAGE} 1M")
    yield IMAGE
    unplug(scene, copied)
    scene.inside("host1", f"rm -f {IMAGE}")


def test_a_disk_that_is_plugged_in_between_the_check_and_the_start_is_noticed_before_anything_is_copied(
    scene: Scene, copied: str, image: str, journeys: Journeys, name: Callable[[str], str]
) -> None:
    asked = name(copied)
    with scene.as_before():
        scene.lab.run("freeze", "agent", "host2")
        try:
            scene.ask(asked, copied, "host2")
            wait_until("the inspection of the source", lambda: source_is_inspected(scene), 60)
            plug = ("--targetbus", "virtio", "--driver", "qemu", "--subdriver", "raw", "--live")
            scene.virsh("host1", "attach-disk", copied, image, "vdz", *plug)
        finally:
            scene.lab.run("thaw", "agent", "host2")
        told = scene.failed(asked, "GuestChanged")
        unplug(scene, copied)
    assert f"a device of {copied} came or went since it was inspected" in told.message
