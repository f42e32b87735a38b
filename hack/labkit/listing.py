"""What lies in a host's directories, so that before and after can be held against each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit import box
from labkit.lab import Lab

_FORM = r"%y\t%i\t%s\t%b\t%m\t%U\t%G\t%p\n"
_SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or directory. `inode` tells it from another one that took its place."""

    kind: str
    """As `find` says it: f, d, l, b, ..."""
    inode: int
    size_bytes: int
    allocated_bytes: int
    mode: str
    owner: int
    group: int


Listing = Mapping[str, Entry]
"""By path."""


def below(lab: Lab, host: str, *directories: Path) -> dict[str, Entry]:
    """Everything below them, whatever its name begins with; what vanishes meanwhile is left out."""
    return _find(lab, host, [str(directory) for directory in directories], "-mindepth", "1")


def of(lab: Lab, host: str, paths: Iterable[Path]) -> dict[str, Entry]:
    """Those of the paths at which there is something."""
    wanted = [str(path) for path in paths]
    return _find(lab, host, wanted, "-maxdepth", "0") if wanted else {}


def parse(found: str) -> dict[str, Entry]:
    """What `find` printed; pure."""
    entries = {}
    for line in found.splitlines():
        kind, inode, size, sectors, mode, owner, group, path = line.split("\t", 7)
        entries[path] = Entry(
            kind, int(inode), int(size), int(sectors) * _SECTOR_BYTES, mode, int(owner), int(group)
        )
    return entries


def changes(before: Listing, after: Listing) -> dict[str, str]:
    """Which paths came, went or are another file now; what was written into a file is no change. Pure."""
    told = {path: "is new" for path in after.keys() - before.keys()}
    told |= {path: "is gone" for path in before.keys() - after.keys()}
    for path in before.keys() & after.keys():
        old, new = before[path], after[path]
        if (old.kind, old.inode) != (new.kind, new.inode):
            told[path] = "is another file than before"
        elif (old.mode, old.owner, old.group) != (new.mode, new.owner, new.group):
            told[path] = (
                f"was {old.mode} of {old.owner}:{old.group} and is {new.mode} of {new.owner}:{new.group}"
            )
    return dict(sorted(told.items()))


def _find(lab: Lab, host: str, where: list[str], *depth: str) -> dict[str, Entry]:
    """`find` fails for what isn't there, and tells all the same what is."""
    script = 'find "$@" 2> /dev/null || true'
    return parse(box.inside(lab, host, "sh", "-c", script, "find", *where, *depth, "-printf", _FORM))
