"""The pattern in Python and its twin in C: a guest reads on a read-only disk what the lab wrote there."""

import subprocess
from pathlib import Path

import pytest

from labkit.guest.artifacts import SOURCES
from labkit.guest.pattern import BLOCK_BYTES, block, still_blocks

PRINT = """#include "guest.h"
#include <stdlib.h>
int main(int argc, char **argv) {
    uint64_t words[WORDS];
    for (int i = 1; i + 1 < argc; i += 2) {
        fill(words, strtoull(argv[i], 0, 10), strtoull(argv[i + 1], 0, 10));
        fwrite(words, 1, sizeof words, stdout);
    }
}
"""
WRITTEN = [(0, 1), (1, 1), (255, 1), (0, 2), (1 << 40, (1 << 32) - 1)]


@pytest.fixture(scope="module")
def guests_own(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The blocks that the guest's program makes of WRITTEN."""
    place = tmp_path_factory.mktemp("pattern")
    (place / "print.c").write_text(PRINT)
    source = SOURCES / "guest"
    program = place / "print"
    subprocess.run(["gcc", "-I", source, "-o", program, place / "print.c", source / "pattern.c"], check=True)
    words = [str(number) for pair in WRITTEN for number in pair]
    return subprocess.run([program, *words], check=True, capture_output=True).stdout


def test_both_write_the_same_bytes(guests_own: bytes) -> None:
    assert guests_own == b"".join(block(place, sequence) for place, sequence in WRITTEN)


def test_a_block_differs_from_that_of_every_other_place_and_time() -> None:
    assert len({block(place, sequence) for place in range(20) for sequence in range(1, 20)}) == 20 * 19


def test_no_two_words_of_a_block_are_equal_so_that_a_sector_elsewhere_is_found() -> None:
    content = block(3, 1)
    assert len(content) == BLOCK_BYTES
    assert len({content[at : at + 8] for at in range(24, BLOCK_BYTES, 8)}) == BLOCK_BYTES // 8 - 3


def test_the_guest_and_the_lab_agree_on_how_many_blocks_are_written_once() -> None:
    source = (Path(SOURCES) / "guest" / "disks.c").read_text()
    assert "STILL = 256" in source
    assert "disk->blocks / 4 < STILL ? disk->blocks / 4 : STILL" in source
    assert [still_blocks(size) for size in (1 << 20, 4 << 20, 64 << 20)] == [64, 256, 256]
