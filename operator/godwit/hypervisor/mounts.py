"""Kind and source of the file system below a path, from the host's mount table (`/proc/<pid>/mountinfo`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath

_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mounts:
    """A mount table that is read at each question: mounts come and go."""

    def __init__(self, mountinfo: Path) -> None:
        self._mountinfo = mountinfo

    def file_system(self, path: str) -> str:
        """E.g. `ext4` or `fuse.glusterfs`; empty when the table can't be read or `path` is not absolute."""
        return kind_below(self._table(), path)

    def source(self, path: str) -> str:
        """What is mounted there, e.g. `10.0.0.1:images`; empty likewise."""
        return below(self._table(), path)[1]

    def device(self, path: str) -> str:
        """Its `major:minor`: places with one of these are one file system. Empty likewise."""
        return below(self._table(), path)[2]

    def is_mount_point(self, path: str) -> bool:
        """Something is mounted at that very path, e.g. a single file."""
        wanted = PurePosixPath(normpath(path))
        return any(mount.place == wanted for mount in _mounts(self._table()))

    def _table(self) -> str:
        try:
            return self._mountinfo.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""


def kind_below(table: str, path: str) -> str:
    """The kind of file system below `path`."""
    return below(table, path)[0]


def below(table: str, path: str) -> tuple[str, str, str]:
    """Kind, source and device, by the longest mount point that holds `path`; of two the later one."""
    if not path.startswith("/"):
        return "", "", ""
    wanted = PurePosixPath(normpath(path))
    best, kind, source, device = -1, "", "", ""
    for mount in _mounts(table):
        if wanted.is_relative_to(mount.place) and len(mount.place.parts) >= best:
            best = len(mount.place.parts)
            kind, source, device = mount.kind, mount.source, mount.device
    return kind, source, device


@dataclass(frozen=True, slots=True)
class _Mount:
    """A line of the table."""

    place: PurePosixPath
    kind: str
    source: str
    device: str


def _mounts(table: str) -> Iterator[_Mount]:
    for line in table.splitlines():
        fields, separator, rest = line.partition(" - ")
        words, mounted = fields.split(" "), rest.split(" ")
        if separator and len(words) >= 5:
            source = _plain(mounted[1]) if mounted[1:] else ""
            yield _Mount(PurePosixPath(_plain(words[4])), mounted[0], source, words[2])


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), text)
