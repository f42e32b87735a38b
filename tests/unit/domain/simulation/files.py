"""The files of both hosts: the guest's local image, what is made for it, what somebody else puts there.

Each removal fails at once when it would hurt: an image that the guest needs, or that was never Godwit's.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from godwit.domain.guest import DiskFacts, DiskKind, DomainState
from godwit.domain.image import Copy, DirectoryFacts, FileKind, Fingerprint, ImageFacts
from godwit.domain.task import Probe, Role

from ..builders import VM

if TYPE_CHECKING:
    from .world import World

DIRECTORY, PATH = "/local/new", "/local/new/vdb.img"
SIZE = 1 << 20
LOCAL = DiskFacts(
    "vdb",
    DiskKind.FILE,
    path=PATH,
    format="raw",
    virtual_size_bytes=SIZE,
    regular_file=True,
    file_system="ext4",
)
TOKEN = Probe(DIRECTORY, f"{DIRECTORY}/.godwit-1", (PATH,), "another secret", file_system="ext4")
GUEST, OURS, SOMEBODY = "the guest's", "made by Godwit", "somebody's"


class LeftAloneError(Exception):
    """Nothing was done."""


@dataclass
class File:
    """An image, or a directory."""

    owner: str
    number: int
    kind: FileKind = FileKind.REGULAR
    empty: bool = True
    modified: float = 0.0

    @property
    def identity(self) -> str:
        return f"simulated:{self.number}"


@dataclass
class Files:
    """By host and path."""

    world: "World"
    of: dict[Role, dict[str, File]] = field(default_factory=lambda: {role: {} for role in Role})
    told: set[tuple[Role, str]] = field(default_factory=set)
    """What the Hypervisors' status says was left behind."""
    dropped: bool = False
    """Somebody removed an image by hand."""
    _numbers: "count[int]" = field(default_factory=count)

    def put(self, role: Role, path: str, owner: str, kind: FileKind = FileKind.REGULAR) -> File:
        made = File(owner, next(self._numbers), kind, owner is OURS, self.world.now.timestamp())
        self.of[role][path] = made
        return made

    def open(self, role: Role) -> bool:
        """By a QEMU that is about to write to it; False when it is not there."""
        there = self.of[role].get(PATH)
        if there is None:
            return False
        there.empty = False
        return True

    def drop_by_hand(self) -> None:
        """At the destination, whatever happens to lie there."""
        there = self.of[Role.DESTINATION].pop(PATH, None)
        self.dropped = self.dropped or (there is not None and there.owner is OURS)

    def guest_writes(self, role: Role) -> None:
        """It runs there, or has just done so."""
        if there := self.of[role].get(PATH):
            there.empty, there.modified = False, self.world.now.timestamp()

    def look(self, role: Role) -> ImageFacts:
        """At the guest's image."""
        if self.world.libvirt.of(role).runs:
            self.guest_writes(role)
        there = self.of[role].get(PATH)
        users = self._users(role)
        if there is None:
            return ImageFacts(PATH, FileKind.ABSENT, used_by=users)
        time = f"{there.modified:.9f}"
        return ImageFacts(
            PATH,
            there.kind,
            "raw",
            SIZE,
            allocated_bytes=SIZE,
            fingerprint=Fingerprint(SIZE, SIZE, time, time),
            identity=there.identity,
            used_by=users,
        )

    def directory(self, role: Role) -> DirectoryFacts:
        exists = DIRECTORY in self.of[role]
        missing = () if exists else (DIRECTORY,)
        return DirectoryFacts(
            DIRECTORY, exists, missing, allowed=True, free_bytes=1 << 40, file_system="ext4"
        )

    def make_directory(self, role: Role) -> str:
        if DIRECTORY in self.of[role]:
            raise LeftAloneError
        return self.put(role, DIRECTORY, OURS, FileKind.DIRECTORY).identity

    def create(self, role: Role, copy: Copy) -> str:
        assert role is Role.DESTINATION, "an image was made at the source"
        assert DIRECTORY in self.of[role]
        if copy.path in self.of[role]:
            raise LeftAloneError
        return self.put(role, copy.path, OURS).identity

    def remove(self, role: Role, path: str, identity: str) -> None:
        files = self.of[role]
        there = files.get(path)
        if there is None:
            return
        if path == PATH and self._users(role):
            raise LeftAloneError
        if there.kind is FileKind.DIRECTORY and PATH in files:
            raise LeftAloneError
        if identity != there.identity and (identity or not (there.empty or there.kind is FileKind.DIRECTORY)):
            raise LeftAloneError
        assert there.owner is not SOMEBODY, "what was there before was removed"
        if path == PATH:
            self._must_not_be_needed(role, there)
        del files[path]

    def _must_not_be_needed(self, role: Role, there: File) -> None:
        world = self.world
        if role is Role.DESTINATION:
            assert there.owner is OURS
            assert not world.committed, "an image was removed after it had become the guest's"
            assert not world.libvirt.destination.has_run, "an image was removed that the guest has run from"
            return
        assert world.committed, "the source's image went before the commit"
        assert world.libvirt.source.state is DomainState.ABSENT, "an image went before its definition"
        assert not world.acts.is_brought_back, "the image of a guest that was brought back was removed"
        assert PATH in self.of[Role.DESTINATION] or self.dropped, "the last image was removed"

    def _users(self, role: Role) -> tuple[str, ...]:
        return () if self.world.libvirt.of(role).state is DomainState.ABSENT else (VM.name,)
