"""What was checked is what moves: a guest that got another device after the check is not started."""

import json

import pytest

from ..api_server import HOME, Body
from ..lab import wait_until
from .scene import Scene

pytestmark = pytest.mark.e2e

IMAGE = "/var/lib/godwit/local/plugged.raw"


def source_is_inspected(scene: Scene) -> bool:
    """The guest's devices are known; what comes after it is unknown to the operator."""
    tasks: list[Body] = json.loads(scene.cluster.kubectl("get", "migrationtasks", "-n", HOME, "-o", "json"))[
        "items"
    ]
    return any(
        task["spec"]["role"] == "Source" and task.get("status", {}).get("reached") == "Inspected"
        for task in tasks
    )


def test_a_disk_that_is_plugged_in_between_the_check_and_the_start_stops_the_migration(
    scene: Scene, guest: str
) -> None:
    scene.inside("host1", f"qemu-img create -q -f raw {IMAGE} 1M")
    try:
        with scene.as_before():
            scene.lab.run("freeze", "agent", "host2")
            try:
                scene.ask("plugged", guest, "host2")
                wait_until("the inspection of the source", lambda: source_is_inspected(scene), 60)
                plug = ("--targetbus", "virtio", "--driver", "qemu", "--subdriver", "raw", "--live")
                scene.virsh("host1", "attach-disk", guest, IMAGE, "vdz", *plug)
            finally:
                scene.lab.run("thaw", "agent", "host2")
            told = scene.failed("plugged", "GuestChanged")
            assert IMAGE in scene.virsh("host1", "domblklist", guest)
            unplug(scene, guest)
    finally:
        unplug(scene, guest)
        scene.inside("host1", f"rm -f {IMAGE}")
    assert f"a device of {guest} came or went since it was inspected: nothing was started" in told.message
    assert "apply the migration again" in told.message


def unplug(scene: Scene, guest: str) -> None:
    """The guest gives it back when it is asked to; nothing when it has none."""
    if IMAGE not in scene.virsh("host1", "domblklist", guest):
        return
    scene.virsh("host1", "detach-disk", guest, "vdz", "--live")
    wait_until("the disk to be gone", lambda: IMAGE not in scene.virsh("host1", "domblklist", guest), 30)
