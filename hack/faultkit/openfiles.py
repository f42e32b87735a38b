"""Which images QEMU has open on a host, as the kernel shows it: by name, by inode, and whether to write."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit import cgroups, process
from labkit.lab import LOCAL, SHARED, Lab

_DELETED = " (deleted)"


@dataclass(frozen=True, slots=True)
class Open:
    """One image that one QEMU has open. `ours`: the QEMU runs the guest that was asked about."""

    path: str
    inode: int
    writable: bool
    deleted: bool
    ours: bool


def look(lab: Lab, host: str, uuid: str) -> tuple[Open, ...]:
    """Of every QEMU on the host; of one that ends meanwhile what could still be seen."""
    qemus = [pid for pid in cgroups.processes(lab, host) if process.name(pid).startswith("qemu-system")]
    return tuple(each for pid in qemus for each in _of(Path(f"/proc/{pid}"), uuid))


def command_line(proc: Path) -> str:
    """Empty when the process is gone."""
    try:
        return (proc / "cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _of(proc: Path, uuid: str) -> Iterator[Open]:
    ours = uuid in command_line(proc)
    try:
        descriptors = list((proc / "fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return
    for descriptor in descriptors:
        try:
            target = str(descriptor.readlink())
            if not target.startswith((f"{LOCAL}/", f"{SHARED}/")):
                continue
            flags = (proc / "fdinfo" / descriptor.name).read_text()
            inode = descriptor.stat().st_ino
        except (FileNotFoundError, ProcessLookupError):
            continue
        yield Open(
            path=target.removesuffix(_DELETED),
            inode=inode,
            writable=is_writable(flags),
            deleted=target.endswith(_DELETED),
            ours=ours,
        )


def is_writable(fdinfo: str) -> bool:
    """What `/proc/PID/fdinfo/N` says; pure."""
    flags = next(int(line.split()[1], 8) for line in fdinfo.splitlines() if line.startswith("flags:"))
    return flags & os.O_ACCMODE != os.O_RDONLY
