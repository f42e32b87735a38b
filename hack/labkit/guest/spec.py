"""What a guest is asked to be, and what is kept of it; pure."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from labkit.guest.size import size
from labkit.lab import LOCAL, SHARED
from labkit.shell import LabError

PLACES = {"shared": Path(SHARED), "local": Path(LOCAL)}
FORMATS = ("qcow2", "raw")
CACHES = ("none", "writeback", "writethrough", "directsync", "unsafe")
MOST_DISKS = 16
SMALLEST_DISK_BYTES = 1 << 20
KERNEL_SHARE_BYTES = 72 << 20
NVRAM_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Disk:
    """One image: where it lies, how large it is, what it may."""

    place: str
    size_bytes: int
    format: str
    read_only: bool = False
    shareable: bool = False

    def path(self, guest: str, number: int) -> Path:
        """The image's path on the host."""
        return PLACES[self.place] / f"{guest}-{number}.{self.format}"


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest as it was asked for. `number` gives its addresses, `boot_id` is what it said at first."""

    name: str
    host: str
    disks: tuple[Disk, ...] = ()
    memory_bytes: int = 128 << 20
    vcpus: int = 1
    cache: str = "none"
    working_set_bytes: int = 8 << 20
    dirty_bytes_per_second: int = 0
    write_bytes_per_second: int = 0
    probe_milliseconds: int = 10
    nvram: bool = False
    """Its firmware has a store of variables, on the shared storage."""
    uuid: str = ""
    number: int = 0
    boot_id: str = ""

    @property
    def mac(self) -> str:
        """Its network card's address."""
        return f"52:54:00:67:77:{self.number:02x}"

    def images(self) -> list[Path]:
        """The paths of its disks, in their order."""
        return [disk.path(self.name, number) for number, disk in enumerate(self.disks)]

    def nvram_path(self) -> Path:
        """Of the firmware's variables, if it has any."""
        return PLACES["shared"] / f"{self.name}-nvram.fd"

    def files(self) -> list[Path]:
        """Everything of it that lies on its host."""
        return [*self.images(), *([self.nvram_path()] if self.nvram else [])]

    def validate(self) -> None:
        """`LabError` when no such guest can be."""
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,30}", self.name):
            raise LabError(f"{self.name!r} can't be a guest's name: letters, digits and dashes, 31 at most")
        if self.vcpus < 1:
            raise LabError(f"--vcpus {self.vcpus}: a guest needs at least one")
        if self.probe_milliseconds < 1:
            raise LabError(f"--probe-every {self.probe_milliseconds}: milliseconds, at least 1")
        if len(self.disks) > MOST_DISKS:
            raise LabError(f"{len(self.disks)} disks are too many: a guest has {MOST_DISKS} at most")
        if self.working_set_bytes > self.memory_bytes - KERNEL_SHARE_BYTES:
            fits = max(0, self.memory_bytes - KERNEL_SHARE_BYTES) >> 20
            raise LabError(
                f"a working set of {self.working_set_bytes >> 20}Mi "
                f"does not fit into {self.memory_bytes >> 20}Mi "
                f"of memory beside the kernel: at most {fits}Mi do; give it more --memory"
            )

    def to_json(self) -> str:
        """As it is kept in the lab's state."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Guest":
        """What `to_json` gave."""
        known = json.loads(text)
        return cls(**{**known, "disks": tuple(Disk(**disk) for disk in known["disks"])})


def parse_disk(text: str) -> Disk:
    """`shared:64Mi:qcow2`, with `:ro` or `:shareable` after it; `LabError` says what is wrong."""
    words = text.split(":")
    marks = set(words[3:])
    if (
        len(words) < 3
        or words[0] not in PLACES
        or words[2] not in FORMATS
        or not marks <= {"ro", "shareable"}
    ):
        raise LabError(
            f"--disk {text!r}: write shared or local, a size, qcow2 or raw, "
            "and :ro or :shareable after it if it is "
            "so; e.g. shared:64Mi:qcow2"
        )
    disk = Disk(words[0], size(words[1]), words[2], "ro" in marks, "shareable" in marks)
    if disk.size_bytes < SMALLEST_DISK_BYTES or disk.size_bytes % 4096:
        raise LabError(f"--disk {text!r}: a disk has at least 1Mi, in whole blocks of 4Ki")
    if disk.shareable and disk.format != "raw":
        raise LabError(
            f"--disk {text!r}: QEMU shares raw images only; write {words[0]}:{words[1]}:raw:shareable"
        )
    return disk
