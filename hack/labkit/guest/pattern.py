"""What a block holds that was written for the `sequence`th time: the twin of src/guest/pattern.c; pure."""

import struct

BLOCK_BYTES = 4096
STILL_BLOCKS = 256
_MAGIC, _GOLDEN, _MASK = 0x3154495744474F47, 0x9E3779B97F4A7C15, (1 << 64) - 1


def still_blocks(disk_bytes: int) -> int:
    """How many blocks at a disk's beginning are written once and then only read."""
    return min(STILL_BLOCKS, disk_bytes // BLOCK_BYTES // 4)


def block(place: int, sequence: int) -> bytes:
    """The 4096 bytes of block `place`."""
    words = [_MAGIC, place, sequence]
    x = ((place + 1) * _GOLDEN & _MASK) ^ sequence
    while len(words) < BLOCK_BYTES // 8:
        x ^= x << 13 & _MASK
        x ^= x >> 7
        x ^= x << 17 & _MASK
        words.append(x)
    return struct.pack(f"<{len(words)}Q", *words)
