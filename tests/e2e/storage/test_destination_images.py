"""What lies at the destination already is never written over by mistake, and never removed."""

from collections.abc import Callable, Iterator

import pytest

from ..bad.scene import Scene, Told
from .cast import IMAGE_BYTES, PLACE, THERE, Member, file_disk, images, on_stage

pytestmark = pytest.mark.e2e

VM = "storage-images"
RAW = "raw"
NAMES = (
    "fits", "smaller", "larger", "format", "missing", "directory", "symlink", "dangling", "used", "device",
    "layered", "way/image",
)  # fmt: skip
TARGETS = {name: f"vd{chr(ord('a') + number)}" for number, name in enumerate(NAMES)}
ELSEWHERE = "/var/lib/elsewhere"
MADE_AT_THE_DESTINATION = f"""
truncate -s 4M fits.raw used.raw
truncate -s 2M smaller.raw
truncate -s 8M larger.raw
qemu-img create -q -f qcow2 format.raw 4M
mkdir directory.raw real {ELSEWHERE}
truncate -s 4M {ELSEWHERE}/symlink.raw
ln -s {ELSEWHERE}/symlink.raw symlink.raw
ln -s {PLACE}/nothing.raw dangling.raw
mknod device.raw b 7 0
ln -s real way
echo 'of somebody else' | dd of=fits.raw conv=notrunc status=none
"""
USER = """<domain type='qemu'><name>storage-user</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64'>hvm</type></os><devices><disk type='file' device='disk'>
<source file='{}/used.raw'/><target dev='vda' bus='virtio'/></disk></devices></domain>"""


def path(name: str) -> str:
    return f"{PLACE}/{name}.qcow2" if name == "layered" else f"{PLACE}/{name}.raw"


@pytest.fixture(scope="module")
def crowded(scene: Scene) -> Iterator[str]:
    """A disk per mistake: the source's images are all alike, the destination's each wrong in its own way."""
    made = " ".join(path(name) for name in NAMES if name != "layered")
    here = f"mkdir way; truncate -s 4M {made}; qemu-img create -q -f qcow2 {path('layered')} 4M"
    base = "qemu-img create -q -f qcow2 base.qcow2 4M"
    layered = f"{base}; qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 layered.qcow2"
    disks = [file_disk(TARGETS[name], path(name), "qcow2" if name == "layered" else RAW) for name in NAMES]
    with images(scene, host1=here, host2=f"{MADE_AT_THE_DESTINATION}\n{layered}"):
        scene.virsh(THERE, "define", "/dev/stdin", stdin=USER.format(PLACE))
        try:
            with on_stage(scene, Member(VM, disks)):
                yield VM
        finally:
            scene.virsh(THERE, "undefine", "storage-user")
            scene.inside(THERE, f"rm -rf {ELSEWHERE}")


def content(scene: Scene) -> str:
    """Of what lies there, and of what the symlinks lead to."""
    return scene.inside(
        THERE, f"cd {PLACE}; ls -lR . {ELSEWHERE}; sha256sum fits.raw {ELSEWHERE}/symlink.raw"
    )


def refused(scene: Scene, name: str, provisioning: str) -> Told:
    before = content(scene)
    told = scene.fails(name, VM, THERE, "DiskRefused", storage={"provisioning": provisioning})
    assert content(scene) == before
    return told


@pytest.fixture(scope="module")
def must_exist(scene: Scene, crowded: str, name: Callable[[str], str]) -> Told:
    return refused(scene, name(crowded), "MustExist")


@pytest.fixture(scope="module")
def create(scene: Scene, crowded: str, name: Callable[[str], str]) -> Told:
    return refused(scene, name(crowded), "Create")


def about(told: Told, name: str) -> str:
    """All that is told of that disk's image."""
    mine = f"disk {TARGETS[name]} ({path(name)}): "
    return "\n".join(said for said in told.failed_checks()["DestinationImage"] if said.startswith(mine))


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("smaller", f"the destination's image is smaller: {IMAGE_BYTES // 2} bytes, and not {IMAGE_BYTES}"),
        ("larger", f"the destination's image is larger: {IMAGE_BYTES * 2} bytes, and not {IMAGE_BYTES}"),
        ("format", "the destination's image is qcow2, and not raw"),
        ("missing", "it must exist on the destination (provisioning: MustExist), and is missing"),
        ("missing", f"qemu-img create -f raw {PLACE}/missing.raw {IMAGE_BYTES}"),
        ("directory", "a directory lies there on the destination"),
        ("symlink", "a symlink lies there on the destination"),
        ("dangling", "a symlink lies there on the destination"),
        ("used", "the destination's storage-user names that path as a disk"),
        ("device", "a raw device lies there on the destination"),
        ("layered", "the destination's image is layered on"),
        ("way/image", f"no image may lie in {PLACE}/way there"),
    ],
)
def test_an_image_that_must_exist_is_refused_for_what_is_wrong_with_it(
    must_exist: Told, image: str, said: str
) -> None:
    assert said in about(must_exist, image), must_exist.message


def test_an_image_that_must_exist_and_fits_is_not_refused_and_its_loss_is_told_beforehand(
    must_exist: Told,
) -> None:
    assert about(must_exist, "fits") == ""
    [line] = [disk for disk in must_exist.body["status"]["disks"] if disk["target"] == TARGETS["fits"]]
    assert line["action"] == "Copy"
    assert "the former content of the destination's image is lost once the copy begins" in line["proof"]


def test_as_many_images_as_disks_must_exist_and_each_that_is_missing_is_named(must_exist: Told) -> None:
    failed = must_exist.failed_checks()
    assert set(failed) == {"DestinationImage"}
    wrong = {name for name in NAMES if about(must_exist, name)}
    assert wrong == set(NAMES) - {"fits"}


@pytest.mark.parametrize("image", ["fits", "smaller", "larger", "format", "layered"])
def test_where_an_image_is_to_be_created_a_file_of_that_name_is_refused_and_stays(
    create: Told, image: str
) -> None:
    said = about(create, image)
    assert "an image is there on the destination already" in said
    assert "MustExist" in said and "remove it" in said


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("directory", "a directory lies there"),
        ("symlink", "an image would be made or written where it leads"),
        ("dangling", "an image would be made or written where it leads"),
        ("device", "a raw device lies there"),
        ("used", "storage-user names that path"),
        ("way/image", f"no image may lie in {PLACE}/way there"),
    ],
)
def test_so_is_everything_else_that_lies_there_or_on_the_way(create: Told, image: str, said: str) -> None:
    assert said in about(create, image)


def test_only_where_nothing_is_one_would_be_created(scene: Scene, create: Told) -> None:
    assert about(create, "missing") == ""
    [line] = [disk for disk in create.body["status"]["disks"] if disk["target"] == TARGETS["missing"]]
    assert (line["action"], line["class"]) == ("Copy", "Local")
    assert scene.lab.attempt("exec", THERE, "--", "ls", f"{PLACE}/nothing.raw").returncode != 0
