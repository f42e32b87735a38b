"""Block devices on a real host: loop devices, with the names that udev would give to disks."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from godwit.domain.guest import DiskKind
from godwit.domain.image import FileKind
from labkit.shell import run

from .images_asked import seen
from .lab_world import LabWorld, domain_xml
from .worlds import NAME, UUID

BY_ID = "/dev/disk/by-id"
WWN = "0x5000c500hvtest01"
SERIAL = "ata-HVTEST_DISK_Z1D5ABCD"
NAMES = {WWN: f"wwn-{WWN}", SERIAL: SERIAL}
"""Of devices, by what they say of them."""
SIZE_BYTES = 8 * 1024 * 1024
pytestmark = pytest.mark.contract


@contextmanager
def device(lab: LabWorld, identity: str = WWN) -> Iterator[tuple[Path, str]]:
    """The file behind a loop device, and the device's name in the host; both hosts see one /dev."""
    image = lab.hands.place(f"{lab.local}/{NAME}-device")
    image.write_bytes(b"\0" * SIZE_BYTES)
    loop = run("losetup", "--find", "--show", str(image)).strip()
    by_id = lab.hands.place(BY_ID)
    made = [each for each in (by_id.parent, by_id) if not each.exists()]
    by_id.mkdir(parents=True, exist_ok=True)
    name = by_id / NAMES[identity]
    name.symlink_to(loop)
    try:
        yield image, f"{BY_ID}/{name.name}"
    finally:
        name.unlink()
        for each in reversed(made):
            each.rmdir()
        run("losetup", "--detach", loop)


@pytest.fixture
async def disk(lab: LabWorld) -> AsyncIterator[tuple[Path, str]]:
    with device(lab) as made:
        yield made


@pytest.mark.parametrize("identity", NAMES, ids=["wwn", "serial"])
async def test_a_device_is_told_with_its_size_and_its_wwn_or_serial_and_both_hosts_read_the_same(
    lab: LabWorld, identity: str
) -> None:
    with device(lab, identity) as (_, path):
        found = await seen(lab, path, digest=True)
        (there,) = await lab.destination.images.look((path,), (path,))
    assert (found.kind, found.wwn, found.virtual_size_bytes) == (FileKind.BLOCK, identity, SIZE_BYTES)
    assert (there.wwn, there.digest) == (found.wwn, found.digest)
    assert found.digest
    assert not found.fingerprint


async def test_the_digest_of_a_device_is_of_both_its_ends(lab: LabWorld, disk: tuple[Path, str]) -> None:
    file, path = disk
    digests = {(await seen(lab, path, digest=True)).digest}
    for at, changes in ((0, True), (SIZE_BYTES // 2, False), (SIZE_BYTES - 1, True)):
        with file.open("r+b", buffering=0) as image:
            image.seek(at)
            image.write(b"x")
        run("blockdev", "--flushbufs", str(lab.hands.place(path).readlink()))
        digest = (await seen(lab, path, digest=True)).digest
        assert (digest not in digests) is changes
        digests.add(digest)


async def test_other_names_of_devices_prove_nothing_and_open_nothing(lab: LabWorld) -> None:
    names = ("/dev/loop0", "/dev/mapper/control", "/dev/watchdog", f"{BY_ID}/{NAME}-none")
    found = await lab.source.images.look(names, names)
    assert [each.kind for each in found[:3]] == [FileKind.UNKNOWN] * 3
    assert all(BY_ID in each.message for each in found[:3])
    assert found[3].kind is FileKind.ABSENT
    assert not any(each.wwn or each.digest for each in found)


async def test_whoever_has_a_device_as_its_disk_is_told_and_its_inspection_tells_the_device(
    lab: LabWorld, disk: tuple[Path, str]
) -> None:
    _, path = disk
    xml = domain_xml(UUID, path).replace("type='file'", "type='block'").replace("file=", "dev=")
    await lab.by_hand(0, lambda host: host.defineXML(xml))
    (facts,) = (await lab.source.guests.inspect(UUID)).disks
    assert facts.kind is DiskKind.BLOCK
    assert facts.image is not None
    assert (facts.image.wwn, facts.image.used_by) == (WWN, (NAME,))
    assert facts.image.digest
    assert not facts.regular_file
