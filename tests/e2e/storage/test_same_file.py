"""The source's own file, which the destination sees by another way: a copy onto itself would destroy it.

A token beside an image tells shared directories. It sees neither a single file that is mounted elsewhere, nor
a hard link in a directory that is not shared.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import FINAL, HOSTS, POLL_SECONDS, Scene, Told
from ..lab import wait_until
from .cast import HERE, PLACE, THERE, Member, file_disk, images, on_stage

pytestmark = pytest.mark.e2e

VM = "storage-same"
ONE = f"{PLACE}/one"
MOUNTED, LINKED, SHARED = f"{PLACE}/mounted.raw", f"{PLACE}/linked/image.raw", f"{ONE}/shared.raw"
DEVICE = f"{PLACE}-one.img"
WRITES = "nohup sh -c 'while :; do printf x | dd of={} bs=1 conv=notrunc; done' >/dev/null 2>&1 & echo $!"


@pytest.fixture(scope="module")
def same(scene: Scene) -> Iterator[str]:
    """vda: one file mounted on both hosts; vdb: hard links of one file; vdc: a directory that both have."""
    with images(scene), _one_file_system(scene):
        scene.inside(
            HERE,
            f"cd {ONE}; mkdir here there; truncate -s 4M mounted.raw shared.raw here/image.raw; "
            "ln here/image.raw there/image.raw",
        )
        with _ways(scene):
            member = Member(
                VM,
                (file_disk("vda", MOUNTED), file_disk("vdb", LINKED), file_disk("vdc", SHARED)),
            )
            with on_stage(scene, member):
                yield VM


@contextmanager
def _one_file_system(scene: Scene) -> Iterator[None]:
    """Both hosts mount it at `ONE`: to the kernel that is a directory bound into both."""
    make = f"truncate -s 64M {DEVICE}; mkfs.ext4 -q {DEVICE}; losetup --find --show {DEVICE}"
    device = scene.inside(HERE, make).strip()
    try:
        for host in HOSTS:
            scene.inside(host, f"mkdir {ONE}; mount {device} {ONE}")
        yield
    finally:
        for host in HOSTS:
            scene.inside(host, f"umount {ONE}; rmdir {ONE}")
        scene.inside(HERE, f"losetup --detach {device}; rm {DEVICE}")


@contextmanager
def _ways(scene: Scene) -> Iterator[None]:
    """To the same files, at paths of directories that are not the same."""
    try:
        for host, directory in zip(HOSTS, ("here", "there"), strict=True):
            scene.inside(
                host,
                f"cd {PLACE}; touch {MOUNTED}; mkdir linked; mount --bind {ONE}/mounted.raw {MOUNTED}; "
                f"mount --bind {ONE}/{directory} linked",
            )
        yield
    finally:
        for host in HOSTS:
            scene.inside(host, f"cd {PLACE}; umount {MOUNTED} linked; rm {MOUNTED}; rmdir linked")


def refused(scene: Scene, name: str, **storage: object) -> Told:
    return scene.fails(name, VM, THERE, "DiskRefused", storage=storage)


def test_one_file_by_another_way_is_refused_also_where_an_image_must_exist(
    scene: Scene, same: str, name: Callable[[str], str]
) -> None:
    told = refused(scene, name(same), provisioning="MustExist")
    said = dict(zip(("vda", "vdb"), told.failed_checks()["DestinationImage"], strict=True))
    for target, path in (("vda", MOUNTED), ("vdb", LINKED)):
        assert f"disk {target} ({path})" in said[target]
        assert "is the source's own file" in said[target]
        assert "give the destination an image of its own at that path" in said[target]


def test_where_an_image_is_to_be_created_the_message_says_whose_file_is_there(
    scene: Scene, same: str, name: Callable[[str], str]
) -> None:
    told = refused(scene, name(same), provisioning="Create")
    said = told.failed_checks()["DestinationImage"]
    assert len(said) == 2 and all("is the source's own file" in each for each in said)


def test_a_directory_that_both_hosts_have_is_found_to_be_shared_and_not_copied_onto_itself(
    scene: Scene, same: str, name: Callable[[str], str]
) -> None:
    told = refused(scene, name(same), strategy="Copy", disks=["vda", "vdb", "vdc"])
    [said] = told.failed_checks()["CopyList"]
    assert f"disk vdc ({SHARED}): it is proven to be shared" in said


def test_a_source_that_writes_all_the_time_does_not_hide_it(
    scene: Scene, same: str, name: Callable[[str], str]
) -> None:
    """Its times differ at each look; the inode's never goes back, and that tells."""
    writers = [scene.inside(HERE, WRITES.format(path)).strip() for path in (MOUNTED, LINKED)]
    asked = name(same)
    try:
        time.sleep(0.2)
        with scene.as_before():
            scene.ask(asked, same, THERE, storage={"provisioning": "MustExist"})
            wait_until("its end", lambda: scene.told(asked).phase in FINAL, 90, POLL_SECONDS)
            told = scene.clean(asked)
    finally:
        scene.inside(HERE, f"kill {' '.join(writers)}")
    assert told.phase == "Failed"
    assert told.reason in ("DiskRefused", "SameImage"), told.message
    assert "the source's own file" in told.message
    assert scene.left_over(told) == []
