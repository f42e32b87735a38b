"""A task's journal of images: what was made or is to go, how far each copy is, and what stays behind."""

from enum import StrEnum

from godwit.domain.value import Value


class ResourceState(StrEnum):
    """How far a thing that Godwit creates has come."""

    INTENDED = "Intended"
    CREATED = "Created"


class CreatedResource(Value):
    """Something on the host that is ours to remove."""

    kind: str
    path: str
    state: ResourceState
    identity: str = ""
    """File system and inode of what was created: only that is removed."""


class LeftBehind(Value):
    """What was ours, or would have been removed, and stays."""

    kind: str
    path: str
    why: str
    identity: str = ""
    """Which file or directory that was; empty: nobody wrote it down."""
    in_doubt: bool = False
    """It may be the guest's, or somebody else's: only a person knows whether it is needed."""


class Copied(Value):
    """How far a disk's copy is, in bytes."""

    target: str
    copied_bytes: int
    total_bytes: int


class SynchronousWrites(Value):
    """From here on the guest's writes to a disk wait for its copy, which ran and could not follow them."""

    target: str
    why: str
    refused: str = ""
    """Why QEMU can't: it is not asked again."""
