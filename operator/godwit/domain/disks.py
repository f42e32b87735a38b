"""The disks in a VMMigration: what the user asks about them, and the line that its status has of each."""

from enum import StrEnum

import msgspec

from godwit.domain.guest import DiskKind
from godwit.domain.value import Value


class Strategy(StrEnum):
    """What may become of local disks."""

    AUTO = "Auto"
    """Shared disks stay, local ones are copied."""
    SHARED = "Shared"
    """Every writable disk must be proven shared."""
    COPY = "Copy"
    """The disks of `disks` are copied, or every one that the guest writes to; none of them may be shared."""


class Provisioning(StrEnum):
    """Where the images of copied disks come from."""

    CREATE = "Create"
    MUST_EXIST = "MustExist"


class SourceImages(StrEnum):
    """What becomes of the source's images of copied disks after the commit."""

    KEEP = "Keep"
    DELETE = "Delete"


class Storage(Value):
    """How the guest's disks come to the destination."""

    strategy: Strategy = Strategy.AUTO
    disks: tuple[str, ...] | None = None
    """Targets to copy; every local disk that must be when not given."""
    provisioning: Provisioning = Provisioning.CREATE
    source_images: SourceImages = SourceImages.KEEP


class DiskClass(StrEnum):
    """What a disk is to a migration."""

    SHARED = "Shared"
    LOCAL = "Local"
    """Nothing proves that both hosts open the same bytes."""
    READ_ONLY = "ReadOnly"
    SHAREABLE = "Shareable"
    EMPTY = "Empty"
    NETWORK = "Network"


class DiskAction(StrEnum):
    """What happens to a disk."""

    KEEP = "Keep"
    COPY = "Copy"
    EJECT = "Eject"
    """The drive arrives empty, as its `startupPolicy` allows."""
    REFUSE = "Refuse"


class Disk(Value):
    """One line about one disk."""

    target: str
    kind: DiskKind
    disk_class: DiskClass = msgspec.field(name="class")
    action: DiskAction
    path: str = ""
    format: str = ""
    virtual_size: int | None = None
    """Bytes."""
    allocated: int | None = None
    """Bytes."""
    proof: str = ""
    copied_bytes: int | None = None
    """Of a disk that is copied."""
    source_image: str = ""
    """What becomes of the image that it is copied from, and why; at the end, what became of it."""
