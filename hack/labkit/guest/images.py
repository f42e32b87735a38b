"""The guests' images: made before a guest starts, and spoiled on purpose to see that the check finds it."""

import json
from pathlib import Path

from labkit import box
from labkit.guest.pattern import BLOCK_BYTES, block, still_blocks
from labkit.guest.spec import NVRAM_BYTES, Disk, Guest
from labkit.guest.xml import target
from labkit.lab import Lab
from labkit.shell import LabError

SPOILED_BLOCK = 3
SECTOR_BYTES = 512


def need_free(lab: Lab, guest: Guest) -> None:
    """`LabError` when one of the guest's images is there already on its host."""
    for path in guest.files():
        if box.ok_inside(lab, guest.host, "test", "-e", str(path)):
            raise LabError(f"{guest.host} has {path} already: remove it, or take another name")


def make(lab: Lab, guest: Guest) -> None:
    """Create every image on the guest's host."""
    for disk, path in zip(guest.disks, guest.images(), strict=True):
        box.inside(
            lab, guest.host, "qemu-img", "create", "-q", "-f", disk.format, str(path), str(disk.size_bytes)
        )
        if disk.read_only:
            _write_pattern(lab, guest, disk, path)
    if guest.nvram:
        nvram = ("-f", "raw", str(guest.nvram_path()), str(NVRAM_BYTES))
        box.inside(lab, guest.host, "qemu-img", "create", "-q", *nvram)


def remove(lab: Lab, host: str, guest: Guest) -> None:
    """Of a host that runs."""
    if files := guest.files():
        box.inside(lab, host, "rm", "-f", *map(str, files))


def spoil(lab: Lab, host: str, guest: Guest, number: int) -> str:
    """Overwrite one sector behind the running guest's back, at a place that it wrote once; says where."""
    if number >= len(guest.disks):
        raise LabError(f"{guest.name} has no disk {number}: it has {len(guest.disks)}, counted from 0")
    disk, path = guest.disks[number], str(guest.images()[number])
    offset = SPOILED_BLOCK * BLOCK_BYTES
    if disk.format == "qcow2":
        offset = _offset_in_file(lab, host, path, offset)
    box.inside(
        lab, host, "dd", "if=/dev/urandom", f"of={path}", f"bs={SECTOR_BYTES}", "count=1",
        f"seek={offset // SECTOR_BYTES}", "conv=notrunc,fsync", "status=none",
    )  # fmt: skip
    return f"{path} on {host}: {SECTOR_BYTES} bytes at {offset} ({target(number)}, block {SPOILED_BLOCK})"


def _write_pattern(lab: Lab, guest: Guest, disk: Disk, path: Path) -> None:
    """What the guest would have written first, where it can't."""
    blocks = still_blocks(disk.size_bytes)
    source = f"/tmp/{guest.name}-pattern"  # noqa: S108 - the host's own
    outside = Path(f"/proc/{box.running(lab, guest.host)}/root{source}")
    outside.write_bytes(b"".join(block(place, 1) for place in range(blocks)))
    write = f"write -s {source} 0 {blocks * BLOCK_BYTES}"
    box.inside(lab, guest.host, "qemu-io", "-f", disk.format, "-c", write, str(path))
    outside.unlink()


def _offset_in_file(lab: Lab, host: str, path: str, offset: int) -> int:
    found = box.inside(
        lab, host, "qemu-img", "map", "-U", "-f", "qcow2", "--output=json", f"--start-offset={offset}",
        f"--max-length={BLOCK_BYTES}", path,
    )  # fmt: skip
    extent = json.loads(found)[0]
    if "offset" not in extent:
        raise LabError(f"{path} holds nothing at {offset} yet: the guest has not written there")
    return int(extent["offset"]) + offset - int(extent["start"])
