"""A shared image may lie on a layer that only its host has: it would be half a disk at the destination."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import Scene
from .cast import COMMON, HERE, PLACE, THERE, Member, file_disk, images, on_stage
from .journeys import disks

pytestmark = pytest.mark.e2e

VM = "storage-layers"
BASE, TOP = f"{PLACE}/base.qcow2", f"{COMMON}/{VM}.qcow2"


@pytest.fixture
def layered(scene: Scene) -> Iterator[str]:
    """Its own image is shared, the one below is the source's alone."""
    make = f"qemu-img create -q -f qcow2 {BASE} 4M\nqemu-img create -q -f qcow2 -b {BASE} -F qcow2 {TOP}"
    with images(scene, host1=make):
        try:
            with on_stage(scene, Member(VM, (file_disk("vda", TOP, "qcow2"),))):
                yield VM
        finally:
            scene.inside(HERE, f"rm -f {TOP}")


def test_a_layer_that_only_the_source_has_is_refused_by_its_path(
    scene: Scene, layered: str, name: Callable[[str], str]
) -> None:
    told = scene.fails(name("layers"), layered, THERE, "DiskRefused")
    assert set(told.failed_checks()) == {"BackingChain"}
    said = told.failed_check("BackingChain")
    assert f"disk vda ({TOP}): its layer {BASE} is not proven to be shared" in said
    assert "virsh blockpull" in said
    line = disks(told)["vda"]
    assert (line["class"], line["action"]) == ("Shared", "Refuse")
