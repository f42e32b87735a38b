"""One file of one export, which both hosts have under another path than the export's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import HOSTS, Scene
from .cast import COMMON, HERE, PLACE, THERE, Member, file_disk, images, on_stage
from .journeys import MUST_EXIST, disks

pytestmark = pytest.mark.e2e

VM = "storage-exported"
EXPORTED = f"{COMMON}/{VM}"
FILE, DIRECTORY = f"{PLACE}/file.raw", f"{PLACE}/export"


@pytest.fixture
def exported(scene: Scene) -> Iterator[str]:
    """vda: a file of it alone, so that no token tells; vdb: in a directory of it."""
    members = Member(VM, (file_disk("vda", FILE), file_disk("vdb", f"{DIRECTORY}/image.raw")))
    with images(scene), _mounted(scene), on_stage(scene, members):
        yield VM


@contextmanager
def _mounted(scene: Scene) -> Iterator[None]:
    scene.inside(HERE, f"mkdir {EXPORTED}; truncate -s 4M {EXPORTED}/file.raw {EXPORTED}/image.raw")
    try:
        for host in HOSTS:
            scene.inside(
                host,
                f"touch {FILE}; mkdir {DIRECTORY}; mount --bind {EXPORTED}/file.raw {FILE}; "
                f"mount --bind {EXPORTED} {DIRECTORY}",
            )
        yield
    finally:
        for host in HOSTS:
            scene.inside(host, f"umount {FILE} {DIRECTORY}; rm {FILE}; rmdir {DIRECTORY}")
        scene.inside(HERE, f"rm -r {EXPORTED}")


def test_a_directory_of_it_is_found_to_be_shared_and_a_single_file_is_not_copied_onto_itself(
    scene: Scene, exported: str, name: Callable[[str], str]
) -> None:
    told = scene.fails(name(exported), exported, THERE, "DiskRefused", storage=MUST_EXIST)
    said = told.failed_check("DestinationImage")
    assert f"disk vda ({FILE})" in said
    assert "the source's own file" in said
    assert "no other way to one export" in said
    assert set(told.failed_checks()) == {"DestinationImage"}
    assert (disks(told)["vdb"]["class"], disks(told)["vdb"]["action"]) == ("Shared", "Keep")


@pytest.fixture
def covered(scene: Scene) -> Iterator[str]:
    """On shared storage; at the destination another file, newer and as large, is mounted over its image."""
    over = f"{PLACE}/over.raw"
    with images(scene):
        scene.inside(HERE, f"truncate -s 4M {EXPORTED}.raw")
        scene.inside(THERE, f"truncate -s 4M {over}; mount --bind {over} {EXPORTED}.raw")
        try:
            with on_stage(scene, Member(VM, (file_disk("vda", f"{EXPORTED}.raw"),))):
                yield VM
        finally:
            scene.inside(THERE, f"umount {EXPORTED}.raw; rm {over}")
            scene.inside(HERE, f"rm {EXPORTED}.raw")


def test_an_image_over_which_the_destination_has_mounted_another_is_not_taken_for_shared(
    scene: Scene, covered: str, name: Callable[[str], str]
) -> None:
    told = scene.fails(name(covered), covered, THERE, "DiskRefused")
    assert f"disk vda ({EXPORTED}.raw)" in told.failed_check("Disks")
