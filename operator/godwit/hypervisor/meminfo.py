"""What memory a host has for guests that come: its kernel's own estimate (`MemAvailable` of `/proc/meminfo`).

Of libvirt's figures `cached` holds shared memory, too. That of guests which share theirs (memfd, `/dev/shm`)
is never given up, and would look free. The file is the host's in a container, too; one that something has put
in its place tells another total, and is not believed.
"""

from collections.abc import Mapping
from pathlib import Path

from godwit.domain.host import Memory

KIB = 1024
FREE_STEP_BYTES = 64 * 1024 * KIB
"""Free memory is told in these steps, so that it doesn't change all the time."""


def memory(libvirts_kib: Mapping[str, int], meminfo: Path) -> Memory:
    """`libvirts_kib` is of all cells; it alone is believed where the kernel tells nothing better."""
    told = _figures_kib(meminfo)
    total = libvirts_kib["total"]
    free = libvirts_kib["free"] + libvirts_kib["buffers"] + libvirts_kib["cached"]
    if told.get("MemTotal") == total:
        free = told.get("MemAvailable", free)
    return Memory(total_bytes=total * KIB, free_bytes=free * KIB // FREE_STEP_BYTES * FREE_STEP_BYTES)


def _figures_kib(meminfo: Path) -> dict[str, int]:
    try:
        lines = meminfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    found = (line.partition(":") for line in lines)
    return {name: int(figure.split()[0]) for name, _, figure in found if figure.strip().endswith(" kB")}
