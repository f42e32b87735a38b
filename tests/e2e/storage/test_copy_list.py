"""The guide's warnings about `--migrate-disks`: whoever asks for the wrong disk is told which, and why."""

import json
from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import Scene, Told, migration
from .cast import COMMON, HERE, PLACE, THERE, Member, file_disk, images, on_stage, other_disk
from .journeys import disks

pytestmark = pytest.mark.e2e

VM = "storage-listed"
SHARED = f"{COMMON}/{VM}"
COPY = "Copy"


@pytest.fixture(scope="module")
def listed(scene: Scene) -> Iterator[str]:
    """vda shared, vdb and vdf local, vdc read-only, vdd shareable, vde a raw device, hda an empty drive."""
    make = "truncate -s 4M {}"
    here = "\n".join(make.format(name) for name in ("vdb.raw", "vdc.raw", "vdf.raw", "loop.raw"))
    with images(scene, host1=here, host2=make.format("vdc.raw")):
        scene.inside(HERE, f"truncate -s 4M {SHARED}-vda.raw {SHARED}-vdd.raw")
        device = scene.inside(HERE, f"losetup --find --show {PLACE}/loop.raw").strip()
        member = Member(
            VM,
            (
                file_disk("vda", f"{SHARED}-vda.raw"),
                file_disk("vdb", f"{PLACE}/vdb.raw"),
                file_disk("vdc", f"{PLACE}/vdc.raw", marks="<readonly/>"),
                file_disk("vdd", f"{SHARED}-vdd.raw", marks="<shareable/>"),
                other_disk("block", "vde", f"<source dev='{device}'/>"),
                file_disk("vdf", f"{PLACE}/vdf.raw"),
                file_disk("hda", "", device="cdrom", marks="<readonly/>"),
            ),
        )
        try:
            with on_stage(scene, member):
                yield VM
        finally:
            scene.inside(HERE, f"losetup --detach {device}; rm -f {SHARED}-*.raw")


def refused(scene: Scene, listed: str, name: str, **storage: object) -> Told:
    return scene.fails(name, listed, THERE, "DiskRefused", storage=storage)


@pytest.fixture(scope="module")
def told(scene: Scene, listed: str, name: Callable[[str], str]) -> Told:
    """Everything that can be wrong with a list, in one."""
    wrong = ["vda", "vdb", "vdc", "vdd", "vde", "vdz", "hda"]
    return refused(scene, listed, name("listed"), strategy=COPY, disks=wrong)


def about(told: Told, target: str) -> str:
    """The one failure of the check CopyList that is about that disk."""
    [said] = [said for said in told.failed_checks()["CopyList"] if said.startswith(f"disk {target}")]
    return said


def test_a_shared_disk_would_be_copied_onto_itself(told: Told) -> None:
    assert f"disk vda ({SHARED}-vda.raw): it is proven to be shared" in about(told, "vda")
    assert "take it out of storage.disks" in about(told, "vda")


def test_a_read_only_disk_is_not_copied(told: Told) -> None:
    assert "the guest can't write to it, and libvirt copies no such disk" in about(told, "vdc")


def test_a_shareable_disk_is_written_to_by_others_meanwhile(told: Told) -> None:
    assert "it is <shareable/>: others write to it while it is copied" in about(told, "vdd")


def test_a_raw_device_is_no_source_of_a_copy(told: Told) -> None:
    assert "it is a raw device" in about(told, "vde")
    assert "only regular files are copied" in about(told, "vde")


def test_an_empty_drive_has_nothing_to_copy(told: Told) -> None:
    assert "there is no medium in it" in about(told, "hda")


def test_a_target_that_the_guest_has_not_is_answered_with_those_that_it_has(told: Told) -> None:
    said = about(told, "vdz")
    assert "the guest has no such disk" in said
    assert "it has vda, vdb, vdc, vdd, vde, vdf, hda" in said


def test_a_local_disk_that_is_not_named_would_be_left_behind(told: Told) -> None:
    assert "not named in storage.disks, and would be left behind" in about(told, "vdf")


def test_all_reasons_are_told_at_once_and_kubectl_describe_shows_each_on_a_line_of_its_own(
    scene: Scene, told: Told
) -> None:
    name = told.body["metadata"]["name"]
    shown = scene.cluster.kubectl("describe", "vmmigration", name, "-n", scene.namespace)
    assert set(told.failed_checks()) == {"CopyList", "Disks"}
    for failures in told.failed_checks().values():
        for said in failures:
            message = said.partition(" (")[0]
            assert any(message in line for line in shown.splitlines()), shown
    assert disks(told)["vdb"]["action"] == "Copy"


def test_a_disk_that_is_named_twice_is_refused_by_the_api_server(scene: Scene, listed: str) -> None:
    storage = {"strategy": COPY, "disks": ["vdb", "vdb"]}
    spec = {"vm": {"name": listed}, "destination": {"hypervisor": THERE}, "storage": storage}
    body = json.dumps(migration(scene.namespace, "twice", spec))
    assert "Duplicate value" in scene.cluster.refusal("create", "-f", "-", stdin=body)


def test_strategy_shared_refuses_every_local_disk_by_its_name(
    scene: Scene, listed: str, name: Callable[[str], str]
) -> None:
    told = refused(scene, listed, name("shared"), strategy="Shared")
    said = told.failed_checks()["Disks"]
    for target in ("vdb", "vdf"):
        [about] = [each for each in said if each.startswith(f"disk {target} ({PLACE}/{target}.raw)")]
        assert "strategy Shared copies nothing" in about
        assert "set storage.strategy to Auto" in about
    assert not [each for each in said if "disk vda" in each]
