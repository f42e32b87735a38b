"""The archive that the kernel unpacks at boot: cpio's `newc`, of plain files and directories."""

from collections.abc import Iterable
from dataclasses import dataclass

_DIRECTORY, _REGULAR = 0o040000, 0o100000


@dataclass(frozen=True)
class Entry:
    """One member."""

    name: str
    mode: int
    content: bytes = b""


def directory(name: str) -> Entry:
    """A directory that everybody may read."""
    return Entry(name, _DIRECTORY | 0o755)


def file(name: str, content: bytes, mode: int) -> Entry:
    """A regular file."""
    return Entry(name, _REGULAR | mode, content)


def newc(entries: Iterable[Entry]) -> bytes:
    """The whole archive; header and name are padded together to four bytes, contents by themselves."""
    whole = b"".join(_member(number, entry) for number, entry in enumerate(entries, 1))
    return whole + _member(0, Entry("TRAILER!!!", 0))


def _member(inode: int, entry: Entry) -> bytes:
    name = entry.name.encode() + b"\0"
    fields = (inode, entry.mode, 0, 0, 1, 0, len(entry.content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + name) + _padded(entry.content)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
