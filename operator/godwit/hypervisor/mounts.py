"""The kind of file system below a path, from the host's mount table (`/proc/<pid>/mountinfo`)."""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath

_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mounts:
    """A mount table that is read at each question: mounts come and go."""

    def __init__(self, mountinfo: Path) -> None:
        self._mountinfo = mountinfo

    def file_system(self, path: str) -> str:
        """E.g. `ext4` or `fuse.glusterfs`; empty when the table can't be read or `path` is not absolute."""
        try:
            return kind_below(self._mountinfo.read_text(encoding="utf-8", errors="surrogateescape"), path)
        except OSError:
            return ""


def kind_below(table: str, path: str) -> str:
    """By the longest mount point that holds `path`; of two at one place the later one lies on top."""
    if not path.startswith("/"):
        return ""
    wanted = PurePosixPath(normpath(path))
    best, kind = -1, ""
    for line in table.splitlines():
        fields, separator, rest = line.partition(" - ")
        words = fields.split(" ")
        if not separator or len(words) < 5:
            continue
        place = PurePosixPath(_ESCAPE.sub(lambda found: chr(int(found[1], 8)), words[4]))
        if wanted.is_relative_to(place) and len(place.parts) >= best:
            best, kind = len(place.parts), rest.split(" ")[0]
    return kind
