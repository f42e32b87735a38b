"""When an inode was born, by Linux's `statx`, which Python doesn't have.

File systems give an inode's number to the next file at once: a number alone doesn't tell a file from one that
was made in its place.
"""

import ctypes
import os
import struct
from pathlib import Path

_AT_FDCWD = -100
_STATX_BTIME = 0x800
_SIZE = 256
_MASK_AT, _SECONDS_AT, _NANOSECONDS_AT = 0, 80, 88


def birth_of(path: Path) -> str:
    """`seconds.nanoseconds`, of what a symlink leads to; empty where the file system doesn't say."""
    statx = getattr(ctypes.CDLL(None, use_errno=True), "statx", None)
    if statx is None:
        return ""
    answer = ctypes.create_string_buffer(_SIZE)
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, answer) != 0:
        return ""
    (mask,) = struct.unpack_from("=I", answer, _MASK_AT)
    if not mask & _STATX_BTIME:
        return ""
    (seconds,) = struct.unpack_from("=q", answer, _SECONDS_AT)
    (nanoseconds,) = struct.unpack_from("=I", answer, _NANOSECONDS_AT)
    return f"{seconds}.{nanoseconds:09}"
