"""The agent's own eyes: what lies at a path below the image directories, which are mounted in its pod.

libvirt's storage API tells no inode, and takes a symlink for what it leads to. So the agent looks by itself,
for identity, symlinks, emptiness and free space; it never opens a file, and changes nothing. Everything here
blocks: it runs in threads.

An identity is `<file system>:<inode>:<birth>`. The file system is told by the id that it gives itself, and
where it has none (FUSE, NFS) by the source of its mount: the device number of those is another one after each
mount. So a file has the same identity after a restart of the agent and of the host.
"""

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, normpath

from godwit.domain.image import FileKind
from godwit.hypervisor.birth import birth_of
from godwit.hypervisor.mounts import Mounts

_MOST_ENTRIES = 20_000
_MOST_SECONDS = 5.0
_COLONS = 2
"""Of an identity; a file system's own name may have more."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a path gave."""

    kind: FileKind
    identity: str = ""
    message: str = ""
    changed: str = ""
    """The inode's change time, `seconds.nanoseconds`."""


class Eyes:
    """`directories` are image directories of the host, which are seen below `root` at the same paths."""

    def __init__(self, directories: tuple[str, ...], mounts: Mounts, root: Path = Path("/")) -> None:
        self._directories = tuple(normpath(directory) for directory in directories)
        self._mounts = mounts
        self._root = root

    def covers(self, path: str) -> bool:
        """It is one of the directories, or lies below one by its plain name."""
        return self._place(path) is not None

    def sight(self, path: str) -> Sight:
        """Nothing is followed: a symlink on the way is the answer."""
        place = self._place(path)
        if place is None:
            return Sight(FileKind.UNKNOWN)
        for level in _levels(place, path):
            try:
                found = self._here(level).stat(follow_symlinks=level == place)
            except (FileNotFoundError, NotADirectoryError):
                return Sight(FileKind.ABSENT)
            except OSError as error:
                return Sight(FileKind.UNKNOWN, message=f"{level}: {error.strerror}")
            if stat.S_ISLNK(found.st_mode):
                return Sight(FileKind.SYMLINK, message=f"{level} is a symlink")
        return Sight(
            _kind(found.st_mode),
            identity=self._identity(path, found.st_ino),
            changed=f"{found.st_ctime_ns // 10**9}.{found.st_ctime_ns % 10**9:09}",
        )

    def identity(self, path: str) -> str:
        """Of what the path leads to, symlinks followed; empty when it isn't seen."""
        if not self.covers(path):
            return ""
        try:
            return self._identity(path, self._here(path).stat().st_ino)
        except OSError:
            return ""

    def is_away(self, path: str, identity: str) -> bool:
        """Another file system is at the path than the one of that identity, or none that can be seen."""
        wanted = file_system_of(identity)
        place = self._place(path)
        if not wanted or place is None:
            return False
        seen = [level for level in _levels(place, path) if self.sight(level).identity]
        return not seen or file_system_of(self.sight(seen[-1]).identity) != wanted

    def missing_levels(self, path: str) -> tuple[str, ...]:
        """Directories that would have to be made, the uppermost first."""
        place = self._place(path)
        if place is None:
            return ()
        return tuple(level for level in _levels(place, path) if self.sight(level).kind is FileKind.ABSENT)

    def is_empty(self, directory: str) -> bool:
        """It is a directory without any entry, as far as can be seen."""
        try:
            with os.scandir(self._here(directory)) as entries:
                return next(entries, None) is None
        except OSError:
            return False

    def free_bytes(self, path: str) -> int | None:
        """For everybody but root, on the file system of an existing path."""
        try:
            seen = os.statvfs(self._here(path))
        except OSError:
            return None
        return seen.f_frsize * seen.f_bavail

    def permissions(self, directory: str) -> tuple[int, int, int] | None:
        """Owner, group and mode."""
        try:
            found = self._here(directory).stat()
        except OSError:
            return None
        return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)

    def files_named(self, prefix: str, older_than_seconds: float) -> tuple[str, ...]:
        """Regular files below the directories; gives up after some seconds or very many entries."""
        found: set[str] = set()
        until = time.monotonic() + _MOST_SECONDS
        written_before = time.time() - older_than_seconds
        for number, entry in enumerate(self._entries()):
            if number > _MOST_ENTRIES or time.monotonic() > until:
                break
            if entry.name.startswith(prefix) and _is_older(entry, written_before):
                found.add("/" + os.path.relpath(entry.path, self._root))
        return tuple(sorted(found))

    def _entries(self) -> Iterator["os.DirEntry[str]"]:
        waiting = [str(self._here(directory)) for directory in self._directories]
        while waiting:
            try:
                with os.scandir(waiting.pop(0)) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        else:
                            yield entry
            except OSError:
                continue

    def _identity(self, path: str, inode: int) -> str:
        place = self._here(path)
        try:
            own_id = os.statvfs(place).f_fsid
        except OSError:
            own_id = 0
        file_system = f"{own_id:x}" if own_id else self._mounts.source(path)
        return f"{file_system}:{inode}:{birth_of(place)}"

    def _place(self, path: str) -> str | None:
        """The longest of the directories that holds it."""
        if normpath(path) != path:
            return None
        places = (place for place in self._directories if path == place or path.startswith(f"{place}/"))
        return max(places, key=len, default=None)

    def _here(self, path: str) -> Path:
        return self._root / path.lstrip("/")


def file_system_of(identity: str) -> str:
    """Empty where it says none."""
    return identity.rsplit(":", 2)[0] if identity.count(":") >= _COLONS else ""


def same_inode(one: str, other: str) -> bool:
    """Two identities but for their file systems, whose names may change under a running agent."""
    return one.rsplit(":", 2)[1:] == other.rsplit(":", 2)[1:]


def _levels(place: str, path: str) -> list[str]:
    """`place`, and every path from there down to `path`."""
    levels = [path]
    while levels[0] != place:
        levels.insert(0, dirname(levels[0]))
    return levels


def _kind(mode: int) -> FileKind:
    if stat.S_ISREG(mode):
        return FileKind.REGULAR
    if stat.S_ISDIR(mode):
        return FileKind.DIRECTORY
    return FileKind.BLOCK if stat.S_ISBLK(mode) else FileKind.OTHER


def _is_older(entry: "os.DirEntry[str]", moment: float) -> bool:
    try:
        return entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < moment
    except OSError:
        return False
