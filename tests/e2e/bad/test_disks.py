"""Shared is what is proven to be shared: every other writable disk is copied, or refused by its name.

`safety.unsafe` speaks to libvirt alone: it skips libvirt's own check, and of ours what foretells that.
"""

from collections.abc import Iterator

import pytest

from ..lab import wait_until
from .places import LOCAL, loop_device, one_directory, two_volumes
from .scene import HOSTS, Scene

pytestmark = pytest.mark.e2e

TWO_VOLUMES = "/var/lib/godwit/two-volumes"
ONE_DIRECTORY = "/var/lib/godwit/one-directory"
RAW = ("--driver", "qemu", "--subdriver", "raw", "--cache", "none", "--targetbus", "virtio")


def attach(scene: Scene, guest: str, source: str, target: str) -> None:
    """Now and in its definition."""
    scene.virsh("host1", "attach-disk", guest, source, target, *RAW, "--live", "--config")


@pytest.fixture(scope="module")
def odd_guest(scene: Scene) -> Iterator[str]:
    """vda is shared; vdb local, and host2 has one like it; vdc a loop device, vdd on a volume per host."""
    with (
        two_volumes(scene, TWO_VOLUMES),
        loop_device(scene, "host1") as device,
        scene.lab.guest("odd", "host1", "--disk", "shared:4Mi:raw", "--disk", "local:4Mi:raw") as name,
    ):
        for host in HOSTS:
            scene.inside(host, f"truncate -s 4M {TWO_VOLUMES}/odd.raw")
        scene.inside("host2", f"truncate -s 4M {LOCAL}/odd-1.raw")
        attach(scene, name, device, "vdc")
        attach(scene, name, f"{TWO_VOLUMES}/odd.raw", "vdd")
        wait_until(f"host1 to list {name}", lambda: name in scene.domains("host1"), 30)
        yield name


@pytest.mark.parametrize("unsafe", [False, True], ids=["as it is", "unsafe"])
def test_every_disk_that_is_neither_proven_shared_nor_can_be_copied_is_refused_and_unsafe_skips_none(
    scene: Scene, odd_guest: str, unsafe: bool
) -> None:
    told = scene.fails(f"odd-{unsafe}".lower(), odd_guest, "host2", "DiskRefused", safety={"unsafe": unsafe})
    failed = told.failed_checks()
    assert set(failed) == {"Disks", "DestinationImage"}
    [device] = failed["Disks"]
    assert "disk vdc (/dev/loop" in device
    assert "is no name under /dev/disk/by-id that holds the device's WWN" in device
    local, volume = failed["DestinationImage"][0], "\n".join(failed["DestinationImage"][1:])
    assert f"disk vdb ({LOCAL}/odd-1.raw): an image is there on the destination already" in local
    assert f"disk vdd ({TWO_VOLUMES}/odd.raw): {TWO_VOLUMES} is under none" in volume
    lines = {disk["target"]: disk for disk in told.body["status"]["disks"]}
    classes = {target: (line["class"], line["action"]) for target, line in lines.items()}
    assert classes == {
        "vda": ("Shared", "Keep"),
        "vdb": ("Local", "Refuse"),
        "vdc": ("Local", "Refuse"),
        "vdd": ("Local", "Refuse"),
    }
    scene.lab.check(odd_guest)


def test_a_directory_that_both_hosts_have_but_libvirt_calls_local_needs_unsafe_and_then_moves(
    scene: Scene,
) -> None:
    with (
        one_directory(scene, ONE_DIRECTORY),
        scene.lab.guest("bound", "host1", "--disk", "shared:4Mi:raw") as guest,
    ):
        scene.inside("host1", f"truncate -s 4M {ONE_DIRECTORY}/bound.raw")
        attach(scene, guest, f"{ONE_DIRECTORY}/bound.raw", "vdb")
        wait_until(f"host1 to list {guest}", lambda: guest in scene.domains("host1"), 30)

        told = scene.fails("bound", guest, "host2", "ChecksFailed")
        assert set(told.failed_checks()) == {"SafeStorage"}
        said = told.failed_check("SafeStorage")
        assert f"disk vdb ({ONE_DIRECTORY}/bound.raw) lies on ext4, which libvirt on host1" in said

        told = scene.fails("bound-forced", guest, "host2", "MigrateUnsafe", safety={"force": ["SafeStorage"]})
        assert "Unsafe migration" in told.message
        assert "or, in a new VMMigration, set safety.unsafe, if you know better" in told.message
        assert scene.lab.check(guest)["host"] == "host1"

        scene.ask("bound-unsafe", guest, "host2", safety={"unsafe": True})
        told = scene.until("bound-unsafe", "Succeeded")
        assert told.body["status"]["switchover"]["mode"] == "Strict"
        assert "vdb lies on ext4" in told.body["status"]["switchover"]["why"]
        assert scene.left_over(scene.clean("bound-unsafe")) == []
        assert scene.lab.check(guest)["host"] == "host2"
