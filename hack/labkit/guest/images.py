"""The guests' images: made before a guest starts, and spoiled on purpose to see that the check finds it."""

import json
import shutil
from pathlib import Path

from labkit import box, listing
from labkit.guest import served
from labkit.guest.pattern import BLOCK_BYTES, block, still_blocks
from labkit.guest.spec import BASE_FILLED_BYTES, NVRAM_BYTES, Disk, Guest
from labkit.guest.xml import target
from labkit.lab import Lab, hosts
from labkit.shell import LabError

SPOILED_BLOCK = 3
SECTOR_BYTES = 512
FILLED_WITH = 71
"""The byte that `filled` writes."""
AT_ONCE_BYTES = 64 << 20


def need_free(lab: Lab, guest: Guest) -> None:
    """`LabError` when one of the guest's images is there already on a host that runs: `remove` takes all."""
    for host in hosts(lab):
        if box.init_pid(lab, host) is None:
            continue
        there = listing.of(lab, host, guest.files())
        if there:
            paths = " and ".join(sorted(there))
            raise LabError(f"{host} has {paths} already: remove it, or take another name")


def make(lab: Lab, guest: Guest) -> None:
    """Create every image on the guest's host, and on all others those that lie everywhere."""
    for number, disk in enumerate(guest.disks):
        if disk.lies_on_hosts:
            _make_disk(lab, guest, number, disk)
        else:
            served.serve(lab, guest, number)
    for drive, path in guest.media():
        create(lab, guest.host, path, "raw", drive.size_bytes)
        _write_pattern(lab, guest, drive.size_bytes, "raw", path)
        if drive.everywhere:
            _spread(lab, guest.host, path)
    if nvram := guest.nvram_path():
        create(lab, guest.host, nvram, "raw", NVRAM_BYTES)


def remove(lab: Lab, host: str, guest: Guest) -> None:
    """Of a host that runs."""
    if files := guest.files():
        box.inside(lab, host, "rm", "-f", *map(str, files))


def copy(lab: Lab, path: Path, source: str, destination: str) -> None:
    """The same bytes at the same path on another host, as `rsync` would bring them."""
    with _outside(lab, source, path).open("rb") as read, _outside(lab, destination, path).open("wb") as write:
        shutil.copyfileobj(read, write)


def spoil(lab: Lab, host: str, guest: Guest, number: int) -> str:
    """Overwrite one sector behind the running guest's back, at a place that it wrote once; says where."""
    if number >= len(guest.disks):
        raise LabError(f"{guest.name} has no disk {number}: it has {len(guest.disks)}, counted from 0")
    disk, path = guest.disks[number], str(guest.images()[number])
    if not disk.lies_on_hosts:
        raise LabError(f"{target(number)} of {guest.name} is a network disk: {host} has no file of it")
    offset = SPOILED_BLOCK * BLOCK_BYTES
    if disk.format == "qcow2":
        offset = _offset_in_file(lab, host, path, offset)
    box.inside(
        lab, host, "dd", "if=/dev/urandom", f"of={path}", f"bs={SECTOR_BYTES}", "count=1",
        f"seek={offset // SECTOR_BYTES}", "conv=notrunc,fsync", "status=none",
    )  # fmt: skip
    return f"{path} on {host}: {SECTOR_BYTES} bytes at {offset} ({target(number)}, block {SPOILED_BLOCK})"


def _make_disk(lab: Lab, guest: Guest, number: int, disk: Disk) -> None:
    path, lowest = disk.path(guest.name, number), disk.path(guest.name, number)
    if disk.backing:
        lowest = disk.base_path(guest.name, number)
        create(lab, guest.host, lowest, disk.format, disk.size_bytes)
        create(lab, guest.host, path, disk.format, disk.size_bytes, "-b", str(lowest), "-F", disk.format)
    else:
        create(lab, guest.host, path, disk.format, disk.size_bytes)
    _fill(lab, guest.host, lowest, disk)
    if disk.read_only:
        _write_pattern(lab, guest, disk.size_bytes, disk.format, path)
    if disk.everywhere:
        _spread(lab, guest.host, path)


def create(lab: Lab, host: str, path: Path, kind: str, size_bytes: int, *how: str) -> None:
    """An image that holds nothing; `how` are further words for `qemu-img create`."""
    box.inside(lab, host, "qemu-img", "create", "-q", "-f", kind, *how, str(path), str(size_bytes))


def _fill(lab: Lab, host: str, path: Path, disk: Disk) -> None:
    """With a byte that is no zero, from the middle on."""
    first, left = disk.size_bytes // 2, disk.filled_bytes or (BASE_FILLED_BYTES if disk.backing else 0)
    steps = [
        f"write -q -P {FILLED_WITH} {first + at} {min(left - at, AT_ONCE_BYTES)}"
        for at in range(0, left, AT_ONCE_BYTES)
    ]
    if steps:
        words = [word for step in steps for word in ("-c", step)]
        box.inside(lab, host, "qemu-io", "-f", disk.format, *words, str(path))


def _spread(lab: Lab, source: str, path: Path) -> None:
    """To all other hosts of the lab."""
    for host in hosts(lab):
        if host != source:
            copy(lab, path, source, host)


def _outside(lab: Lab, host: str, path: Path) -> Path:
    """A host's file as the machine sees it."""
    return Path(f"/proc/{box.running(lab, host)}/root{path}")


def _write_pattern(lab: Lab, guest: Guest, size_bytes: int, kind: str, path: Path) -> None:
    """What the guest would have written first, where it can't."""
    blocks = still_blocks(size_bytes)
    source = f"/tmp/{guest.name}-pattern"  # noqa: S108 - the host's own
    outside = _outside(lab, guest.host, Path(source))
    outside.write_bytes(b"".join(block(place, 1) for place in range(blocks)))
    write = f"write -q -s {source} 0 {blocks * BLOCK_BYTES}"
    box.inside(lab, guest.host, "qemu-io", "-f", kind, "-c", write, str(path))
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
