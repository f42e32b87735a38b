"""What a guest is asked to be, and what is kept of it; pure."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from labkit.guest.size import size
from labkit.lab import LOCAL, SHARED
from labkit.shell import LabError

PLACES = {"shared": Path(SHARED), "local": Path(LOCAL)}
NETWORK = "network"
"""The image lies in the store, and a server there gives it to whoever connects (`labkit.guest.served`)."""
SERVED = Path("/var/lib/nbd")
FORMATS = ("qcow2", "raw")
CACHES = ("none", "writeback", "writethrough", "directsync", "unsafe")
MARKS = ("ro", "shareable", "backing", "everywhere")
MOST_DISKS, MOST_CDROMS, MOST_FLOPPIES = 16, 4, 2
SMALLEST_DISK_BYTES = 1 << 20
KERNEL_SHARE_BYTES = 72 << 20
NVRAM_BYTES = 128 << 10
"""As large as what libvirt makes such a file from at a destination."""
BASE_FILLED_BYTES = 256 << 10
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Disk:
    """One image: where it lies, how large it is, what it may."""

    place: str
    size_bytes: int
    format: str
    read_only: bool = False
    shareable: bool = False
    backing: bool = False
    """It is layered on another one, which holds something."""
    everywhere: bool = False
    """The same image lies on every host."""
    filled_bytes: int = 0
    """So much is written into its second half before the guest starts; the guest leaves it alone."""

    def path(self, guest: str, number: int) -> Path:
        """The image's path on the host, or in the store."""
        place = SERVED if self.place == NETWORK else PLACES[self.place]
        return place / f"{guest}-{number}.{self.format}"

    def base_path(self, guest: str, number: int) -> Path:
        """Of the image that it is layered on."""
        return PLACES[self.place] / f"{guest}-{number}-base.{self.format}"

    @property
    def lies_on_hosts(self) -> bool:
        """Its image has a path there."""
        return self.place != NETWORK

    @property
    def leaves_with_the_guest(self) -> bool:
        """Only its host has it, and the guest writes to it."""
        return self.place == "local" and not (self.read_only or self.shareable)


@dataclass(frozen=True, slots=True)
class Drive:
    """For CDs or floppies, and the image in it, if there is one. The guest itself doesn't look at it."""

    place: str = EMPTY
    size_bytes: int = 0
    optional: bool = False
    """The guest may start, and arrive, without its medium."""
    everywhere: bool = False
    """The same image lies on every host."""

    def path(self, guest: str, name: str) -> Path | None:
        """The medium's path on the host; None of an empty drive."""
        return None if self.place == EMPTY else PLACES[self.place] / f"{guest}-{name}"


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
    nvram: str = ""
    """Where its firmware's store of variables lies; nowhere when empty."""
    cdroms: tuple[Drive, ...] = ()
    floppies: tuple[Drive, ...] = ()
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

    def images_on_hosts(self) -> list[Path]:
        """Without those that lie in the store."""
        pairs = zip(self.disks, self.images(), strict=True)
        return [path for disk, path in pairs if disk.lies_on_hosts]

    def bases(self) -> list[Path]:
        """The paths of the images that others are layered on."""
        return [disk.base_path(self.name, number) for number, disk in enumerate(self.disks) if disk.backing]

    def leaving(self) -> list[Path]:
        """The paths of the images that a migration has to copy."""
        pairs = zip(self.disks, self.images(), strict=True)
        return [path for disk, path in pairs if disk.leaves_with_the_guest]

    def cdrom_path(self, number: int) -> Path | None:
        """Of what lies in that CD drive."""
        return self.cdroms[number].path(self.name, f"cdrom{number}.iso")

    def floppy_path(self, number: int) -> Path | None:
        """Of what lies in that floppy drive."""
        return self.floppies[number].path(self.name, f"floppy{number}.img")

    def media(self) -> list[tuple[Drive, Path]]:
        """Its drives that are not empty, and the paths of what lies in them."""
        cdroms = [(drive, self.cdrom_path(number)) for number, drive in enumerate(self.cdroms)]
        floppies = [(drive, self.floppy_path(number)) for number, drive in enumerate(self.floppies)]
        return [(drive, path) for drive, path in (*cdroms, *floppies) if path]

    def nvram_path(self) -> Path | None:
        """Of the firmware's variables, if it has any."""
        return PLACES[self.nvram] / f"{self.name}-nvram.fd" if self.nvram else None

    def files(self) -> list[Path]:
        """Everything of it that may lie on a host."""
        nvram, media = self.nvram_path(), [path for _, path in self.media()]
        return [*self.images_on_hosts(), *self.bases(), *media, *([nvram] if nvram else [])]

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
        if len(self.cdroms) > MOST_CDROMS:
            raise LabError(
                f"{len(self.cdroms)} CD-ROM drives are too many: a guest has {MOST_CDROMS} at most"
            )
        if len(self.floppies) > MOST_FLOPPIES:
            raise LabError(
                f"{len(self.floppies)} floppy drives are too many: a guest has {MOST_FLOPPIES} at most"
            )
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
        disks = tuple(Disk(**disk) for disk in known["disks"])
        drives = {kind: tuple(Drive(**each) for each in known[kind]) for kind in ("cdroms", "floppies")}
        return cls(**{**known, **drives, "disks": disks})


def parse_disk(text: str) -> Disk:
    """`shared:64Mi:qcow2`, with marks after it, e.g. `:ro`; `LabError` says what is wrong."""
    words = text.split(":")
    if words[0] == NETWORK:
        return _parse_network_disk(text, words)
    filled = [word for word in words[3:] if word.startswith("filled=")]
    marks = [word for word in words[3:] if word not in filled]
    bad_marks = len(filled) > 1 or not set(marks) <= set(MARKS)
    if len(words) < 3 or words[0] not in PLACES or words[2] not in FORMATS or bad_marks:
        raise LabError(
            f"--disk {text!r}: write shared or local, a size, qcow2 or raw, and after it what else is so: "
            ":ro, :shareable, :backing, :everywhere or :filled=SIZE; e.g. shared:64Mi:qcow2"
        )
    disk = Disk(
        words[0],
        size(words[1]),
        words[2],
        read_only="ro" in marks,
        shareable="shareable" in marks,
        backing="backing" in marks,
        everywhere="everywhere" in marks,
        filled_bytes=size(filled[0].removeprefix("filled=")) if filled else 0,
    )
    _judge(text, f"{words[0]}:{words[1]}", disk)
    return disk


def _parse_network_disk(text: str, words: list[str]) -> Disk:
    if len(words) != 2:
        raise LabError(f"--disk {text!r}: a network disk has a size and no more; e.g. network:64Mi")
    disk = Disk(NETWORK, size(words[1]), "raw")
    _judge(text, text, disk)
    return disk


def _judge(text: str, sized: str, disk: Disk) -> None:
    if disk.size_bytes < SMALLEST_DISK_BYTES or disk.size_bytes % 4096:
        raise LabError(f"--disk {text!r}: a disk has at least 1Mi, in whole blocks of 4Ki")
    if disk.shareable and disk.format != "raw":
        raise LabError(f"--disk {text!r}: QEMU shares raw images only; write {sized}:raw:shareable")
    if disk.backing and (disk.format != "qcow2" or disk.read_only):
        raise LabError(f"--disk {text!r}: a layer is a writable qcow2 here; write {sized}:qcow2:backing")
    if disk.everywhere and not (disk.place == "local" and disk.read_only):
        raise LabError(
            f"--disk {text!r}: only what nobody writes can lie everywhere; write a local one, :ro:everywhere"
        )
    fits = disk.filled_bytes <= disk.size_bytes // 2 - 4096 and disk.filled_bytes % 4096 == 0
    if not fits or (disk.filled_bytes and disk.read_only):
        raise LabError(
            f"--disk {text!r}: filled is less than the half of a writable disk, in whole blocks of 4Ki"
        )


def parse_floppy(text: str) -> Drive:
    """`empty`, `shared` or `local`, with marks as a CD's; every floppy has 1440 KiB."""
    place, *marks = text.split(":")
    sized = text if place == EMPTY else ":".join((place, "1440Ki", *marks))
    return _parse_drive("--floppy", text, sized)


def parse_cdrom(text: str) -> Drive:
    """`empty`, or `local:1Mi` with `:optional` or `:everywhere` after it; `LabError` says what is wrong."""
    return _parse_drive("--cdrom", text, text)


def _parse_drive(option: str, given: str, text: str) -> Drive:
    words = text.split(":")
    if words == [EMPTY]:
        return Drive()
    if len(words) < 2 or words[0] not in PLACES or not set(words[2:]) <= {"optional", "everywhere"}:
        raise LabError(
            f"{option} {given!r}: write empty, or shared or local and (of a CD) a size, and after it what "
            "else is so: :optional or :everywhere; e.g. --cdrom local:1Mi:optional"
        )
    drive = Drive(words[0], size(words[1]), "optional" in words[2:], "everywhere" in words[2:])
    if drive.size_bytes % 4096:
        raise LabError(f"{option} {given!r}: a medium has whole blocks of 4Ki")
    if drive.everywhere and drive.place != "local":
        raise LabError(f"{option} {given!r}: what is shared is everywhere already; leave that out")
    return drive
