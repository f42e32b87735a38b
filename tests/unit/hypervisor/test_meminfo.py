"""What memory a host has for guests is the kernel's word, and libvirt's where there is none."""

from pathlib import Path

import pytest

from godwit.domain.host import Memory
from godwit.hypervisor.meminfo import memory

GIB = 1 << 30
GIB_KIB = 1 << 20
LIBVIRTS = {"total": 64 * GIB_KIB, "free": 2 * GIB_KIB, "buffers": GIB_KIB, "cached": 29 * GIB_KIB}
"""Of the cached, 20 GiB are memory that guests share."""
KERNELS = """MemTotal:       67108864 kB
MemFree:         2097152 kB
MemAvailable:   12648448 kB
Buffers:         1048576 kB
Cached:         30408704 kB
Shmem:          20971520 kB
HugePages_Total:       8
"""


def told(tmp_path: Path, text: str) -> Memory:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(text)
    return memory(LIBVIRTS, meminfo)


def test_memory_that_guests_share_is_not_free(tmp_path: Path) -> None:
    assert told(tmp_path, KERNELS) == Memory(total_bytes=64 * GIB, free_bytes=12 * GIB + (64 << 20))


def test_it_is_rounded_down(tmp_path: Path) -> None:
    assert told(tmp_path, KERNELS.replace("12648448", "12648447")).free_bytes == 12 * GIB


@pytest.mark.parametrize(
    "text",
    ["", KERNELS.replace("MemAvailable", "MemElse"), KERNELS.replace("67108864", "2097152")],
    ids=["nothing", "an older kernel", "of a container alone"],
)
def test_where_the_kernel_tells_nothing_better_libvirt_is_believed(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text).free_bytes == 32 * GIB


def test_a_file_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    assert memory(LIBVIRTS, tmp_path / "none").free_bytes == 32 * GIB
