"""Images, devices and directories as one host's libvirt and its agent see them.

Nothing here is remembered or guessed: each value is what one look gave. What could not be learned is None or
empty, and `message` says why.
"""

from enum import StrEnum

from godwit.domain.value import Value

READING_SECONDS = 40.0
"""How long one medium may be read whole; well below the deadline of storage work, which holds all else up."""


class FileKind(StrEnum):
    """What lies at a path."""

    REGULAR = "Regular"
    BLOCK = "Block"
    DIRECTORY = "Directory"
    SYMLINK = "Symlink"
    """Followed by nobody: libvirt would create an image at the target of a dangling one."""
    ABSENT = "Absent"
    OTHER = "Other"
    UNKNOWN = "Unknown"
    """Neither libvirt nor the agent could look."""


class Whose(StrEnum):
    """What lies now at the path of a file of which the identity was written down."""

    OURS = "Ours"
    """That very file or directory, for libvirt and for the agent."""
    ANOTHERS = "Anothers"
    """Certainly another one."""
    GONE = "Gone"
    """Nothing, and nothing can come back."""
    AWAY = "Away"
    """Its file system is not mounted there: it may come back with it, whatever lies there now."""
    UNKNOWN = "Unknown"


class Fingerprint(Value):
    """What libvirt's storage API tells of a file beside its content; times to the nanosecond."""

    capacity_bytes: int
    allocation_bytes: int
    modified: str
    """`seconds.nanoseconds` since the epoch."""
    changed: str
    """The same of the inode: nobody can set it."""


class ImageFacts(Value):
    """One path on one host."""

    path: str
    kind: FileKind
    format: str = ""
    """As libvirt's storage API tells it, e.g. `qcow2`."""
    virtual_size_bytes: int | None = None
    allocated_bytes: int | None = None
    cluster_size_bytes: int | None = None
    """Of a qcow2."""
    compat: str = ""
    """Of a qcow2: `0.10` or `1.1`."""
    luks_header_bytes: int | None = None
    """What the head of a LUKS image takes beside its virtual size (0 in a qcow2); None: no such."""
    owner: int | None = None
    group: int | None = None
    mode: str = ""
    """Octal, e.g. `0600`."""
    backing: str = ""
    """The file that it is layered on."""
    fingerprint: Fingerprint | None = None
    identity: str = ""
    """File system and inode as the agent sees them; empty where the directory isn't mounted in its pod."""
    digest: str = ""
    """SHA-256 of the content of a read-only image, or of the first and last MiB of a block device."""
    wwn: str = ""
    """Of a block device: the WWN or serial that its name under /dev/disk/by-id holds."""
    used_by: tuple[str, ...] = ()
    """Domains of this host, running or not, that name it as a disk or as a layer of one."""
    message: str = ""


class DirectoryFacts(Value):
    """One directory on one host, as a place for images."""

    path: str
    exists: bool = False
    missing: tuple[str, ...] = ()
    """Levels that would have to be made, the uppermost first."""
    allowed: bool = False
    """It lies under one of the hypervisor's image directories, with no symlink on the way."""
    free_bytes: int | None = None
    file_system: str = ""
    device: str = ""
    """`major:minor` of its file system: directories of one device share its space. Empty: unknown."""
    message: str = ""


class Mirror(Value):
    """One disk on its way: libvirt's block job, in bytes."""

    target: str
    copied_bytes: int = 0
    total_bytes: int | None = None
    """None: QEMU has not counted yet what there is to copy."""
    bandwidth_bytes_per_second: int = 0
    """0: no limit."""

    @property
    def ready(self) -> bool:
        """Everything was sent; what the guest writes from now on follows."""
        return self.total_bytes is not None and self.copied_bytes >= self.total_bytes


class Copy(Value):
    """One disk that is copied, and the image that it becomes at the destination, at the same path."""

    target: str
    path: str
    format: str
    virtual_size_bytes: int
    create: bool = True
    """False: it must exist (`provisioning: MustExist`)."""
    cluster_size_bytes: int | None = None
    compat: str = ""
    owner: int | None = None
    group: int | None = None
    mode: str = ""
    existing: Fingerprint | None = None
    """Of the image that must exist, as it was seen by the inspection."""
    needed_bytes: int | None = None
    """What it may take at the destination, with a margin; None: as much as it can."""
    flattened: bool = False
    """The source's image is layered on others; the copy is one image."""
    delete_source: bool = False
    """`sourceImages: Delete`, and the image is proven to be the source's alone."""


def differences(wanted: Copy, found: ImageFacts) -> str:
    """What of an image is not as it was to be made; an older libvirt leaves out what it doesn't know."""
    pairs = (
        ("format", wanted.format, found.format),
        ("size", wanted.virtual_size_bytes, found.virtual_size_bytes),
        ("cluster size", wanted.cluster_size_bytes or found.cluster_size_bytes, found.cluster_size_bytes),
        ("compat", wanted.compat or found.compat, found.compat),
    )
    return ", ".join(f"{name} {is_}, not {asked}" for name, asked, is_ in pairs if asked != is_)


class Kept(Value):
    """A disk in a file that stays where it is: the destination's QEMU opens what lies at the path there."""

    target: str
    path: str
