"""The fake hosts' files: a dictionary of them by path is a file system, and one file may have many paths.

Two hosts that hold the same dictionary share a directory; two paths that hold the same `FakeFile` are a hard
link, or a file that is bound elsewhere.
"""

import hashlib
from dataclasses import dataclass, field
from itertools import count

from godwit.domain.image import FileKind, Fingerprint, ImageFacts

MEBIBYTE = 1 << 20
_inodes = count(1000)
_moments = count(1_700_000_000)


def moment() -> str:
    """Later than any before."""
    return f"{next(_moments)}.000000001"


@dataclass
class FakeFile:
    """Whatever lies at a path; tests may change any field of it."""

    content: str = ""
    kind: FileKind = FileKind.REGULAR
    format: str = "raw"
    virtual_size_bytes: int = MEBIBYTE
    allocated_bytes: int = MEBIBYTE
    cluster_size_bytes: int | None = None
    compat: str = ""
    owner: int = 0
    group: int = 0
    mode: str = "0600"
    backing: str = ""
    wwn: str = ""
    """Of a block device."""
    empty: bool = False
    """As it was created: nobody has written to it."""
    old: bool = False
    """A probe that no work under way can need any more."""
    inode: int = field(default_factory=lambda: next(_inodes))
    changed: str = field(default_factory=moment)

    @property
    def identity(self) -> str:
        return f"fake:{self.inode}:0"

    def write(self, content: str = "written", allocated_bytes: int | None = None) -> None:
        """By a guest, or by a mirror."""
        self.content, self.empty, self.changed = content, False, moment()
        self.allocated_bytes = self.virtual_size_bytes if allocated_bytes is None else allocated_bytes

    def facts(self, path: str, *, digest: bool = False, used_by: tuple[str, ...] = ()) -> ImageFacts:
        if self.kind not in (FileKind.REGULAR, FileKind.BLOCK):
            return ImageFacts(path=path, kind=self.kind, identity=self.identity, used_by=used_by)
        regular = self.kind is FileKind.REGULAR
        return ImageFacts(
            path=path,
            kind=self.kind,
            format=self.format,
            virtual_size_bytes=self.virtual_size_bytes,
            allocated_bytes=self.allocated_bytes,
            cluster_size_bytes=self.cluster_size_bytes,
            compat=self.compat,
            owner=self.owner,
            group=self.group,
            mode=self.mode,
            backing=self.backing,
            fingerprint=self.fingerprint() if regular else None,
            identity=self.identity if regular else "",
            digest=hashlib.sha256(self.content.encode()).hexdigest() if digest else "",
            wwn=self.wwn,
            used_by=used_by,
        )

    def fingerprint(self) -> Fingerprint:
        return Fingerprint(
            capacity_bytes=self.virtual_size_bytes,
            allocation_bytes=self.allocated_bytes,
            modified=self.changed,
            changed=self.changed,
        )


Files = dict[str, FakeFile]
