"""A line per disk, whatever its kind: what it is, what becomes of it, and what proves that."""

from collections.abc import Callable, Iterator

import pytest

from labkit.lab import Plane
from labkit.registry import open_lab

from ..api_server import Body
from ..bad.scene import Scene, Told
from .cast import COMMON, HERE, PLACE, THERE, Member, file_disk, images, on_stage, other_disk
from .journeys import disks

pytestmark = pytest.mark.e2e

VM = "storage-kinds"
STORE, PORT = "store", 10809
NBD_IMAGE = "/var/lib/brick/kinds.raw"
POOL = "kinds-of-somebody"
BY_ID, SERIAL = "/dev/disk/by-id", "ata-KINDS_DISK_Z1D5"
"""Both hosts see one /dev, which is the machine's: each run has a name of its own there."""


@pytest.fixture(scope="module")
def server(scene: Scene) -> Iterator[str]:
    """An NBD server in the store: its address."""
    address = open_lab(scene.lab.name).address(Plane.STORAGE, STORE)
    serve = f"qemu-nbd --fork --persistent --shared=8 -f raw -b {address} -p {PORT} --pid-file=/run/kinds.pid"
    scene.inside(STORE, f"truncate -s 4M {NBD_IMAGE}; {serve} {NBD_IMAGE}")
    yield address
    scene.inside(STORE, f"kill $(cat /run/kinds.pid); rm -f {NBD_IMAGE}")


@pytest.fixture(scope="module")
def told(scene: Scene, server: str, name: Callable[[str], str]) -> Iterator[Told]:
    """Of a domain that has a disk of each kind; it is refused for some of them."""
    here = """
truncate -s 4M local.raw transient.raw device.raw serial.raw
mkdir pool
truncate -s 4M pool/volume.raw
head -c 1M /dev/urandom > same.raw
cp same.raw other.raw
cp same.raw missing.iso
"""
    there = "truncate -s 1M other.raw"
    common = f"{COMMON}/{VM}"
    with images(scene, host1=here, host2=there):
        scene.inside(HERE, f"truncate -s 4M {common}-a.raw {common}-b.raw {common}-c.raw")
        device = scene.inside(HERE, f"losetup --find --show {PLACE}/device.raw").strip()
        by_serial = f"{BY_ID}/{SERIAL}{scene.namespace.rpartition('-')[2]}"
        named = scene.inside(HERE, f"losetup --find --show {PLACE}/serial.raw").strip()
        scene.inside(HERE, f"mkdir -p {BY_ID}; ln -s {named} {by_serial}")
        scene.virsh(HERE, "pool-create-as", POOL, "dir", "--target", f"{PLACE}/pool")
        nbd = f"<source protocol='nbd'><host name='{server}' port='{PORT}'/></source>"
        member = Member(
            VM,
            (
                file_disk("vda", f"{common}-a.raw"),
                file_disk("vdb", f"{common}-b.raw", marks="<readonly/>"),
                file_disk("vdc", f"{common}-c.raw", marks="<shareable/>"),
                file_disk("vdd", f"{PLACE}/local.raw"),
                file_disk("vde", f"{PLACE}/same.raw", marks="<readonly/>"),
                other_disk("network", "vdf", nbd),
                file_disk("hda", "", device="cdrom", marks="<readonly/>"),
                file_disk(
                    "hdb", f"{PLACE}/missing.iso", device="cdrom", marks="<readonly/>", policy="optional"
                ),
                file_disk("hdc", f"{PLACE}/missing.iso", device="cdrom", marks="<readonly/>"),
                file_disk("vdg", f"{PLACE}/other.raw", marks="<readonly/>"),
                other_disk("block", "vdh", f"<source dev='{device}'/>"),
                file_disk("vdi", f"{PLACE}/transient.raw", marks="<transient/>"),
                other_disk("volume", "vdj", f"<source pool='{POOL}' volume='volume.raw'/>"),
                other_disk("block", "vdk", f"<source dev='{by_serial}'/>"),
            ),
        )
        scene.inside(HERE, f"cat {PLACE}/same.raw > /tmp/same.raw")
        _same_there(scene)
        try:
            with on_stage(scene, member):
                yield scene.fails(name("kinds"), VM, THERE, "DiskRefused")
        finally:
            scene.lab.attempt("exec", HERE, "--", "virsh", "-q", "pool-destroy", POOL)
            scene.inside(HERE, f"losetup --detach {device}; losetup --detach {named}; rm -f {common}-*.raw")
            scene.inside(HERE, f"rm -f {by_serial}; rmdir --ignore-fail-on-non-empty {BY_ID}")


@pytest.fixture(scope="module")
def lines(told: Told) -> dict[str, Body]:
    return disks(told)


def _same_there(scene: Scene) -> None:
    """The very bytes of the source's image."""
    whole = scene.inside(HERE, f"base64 -w 0 {PLACE}/same.raw")
    done = scene.lab.attempt("exec", THERE, "--", "sh", "-c", f"base64 -d > {PLACE}/same.raw", stdin=whole)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("target", "kind", "action", "proof"),
    [
        ("vda", "Shared", "Keep", "a token written beside it by the source was read by the destination"),
        ("vdb", "ReadOnly", "Keep", "a token written beside it by the source was read"),
        ("vdc", "Shareable", "Keep", "a token written beside it by the source was read"),
        ("vdd", "Local", "Copy", "was not found by the destination"),
        ("vde", "ReadOnly", "Keep", "both hosts have a file of the same content at that path (SHA-256)"),
        ("vdf", "Network", "Keep", "both hosts open nbd"),
        ("hda", "Empty", "Keep", "there is no medium in it"),
        ("hdb", "ReadOnly", "Eject", "startupPolicy optional lets the drive arrive empty"),
        ("hdc", "ReadOnly", "Refuse", "the destination has no such file"),
        ("vdg", "ReadOnly", "Refuse", "the destination's file of that path has other content"),
        ("vdh", "Local", "Refuse", "is no name under /dev/disk/by-id that holds the device's WWN"),
        ("vdi", "Local", "Refuse", "it is <transient/>"),
        ("vdj", "Local", "Refuse", "nothing can be proven of a volume disk"),
        ("vdk", "Shared", "Keep", f"both hosts have the device {SERIAL}"),
    ],
)
def test_each_disk_has_its_class_its_action_and_its_proof(
    lines: dict[str, Body], target: str, kind: str, action: str, proof: str
) -> None:
    line = lines[target]
    assert (line["class"], line["action"]) == (kind, action), line
    assert proof in line["proof"]


def test_a_line_says_how_large_a_disk_is_and_how_much_of_it_is_allocated(lines: dict[str, Body]) -> None:
    line = lines["vdd"]
    assert (line["path"], line["format"]) == (f"{PLACE}/local.raw", "raw")
    assert line["virtualSize"] == 4 << 20
    assert line["allocated"] < 1 << 20


@pytest.mark.parametrize(
    ("target", "remedy"),
    [
        ("vdh", "name it by its WWN or serial"),
        ("vdi", "take <transient/> out of its definition"),
        ("vdj", "name the volume's path as a file, device or network disk instead"),
    ],
)
def test_a_disk_that_can_neither_stay_nor_be_copied_fails_by_its_name_with_what_to_do(
    told: Told, target: str, remedy: str
) -> None:
    [said] = [said for said in told.failed_checks()["Disks"] if said.startswith(f"disk {target} ")]
    assert remedy in said
