"""A local disk as both hosts show it, from which a test changes what it is about."""

from msgspec.structs import replace

from godwit.domain.disks import Disk, Provisioning, SourceImages, Storage, Strategy
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import DirectoryFacts, FileKind, Fingerprint, ImageFacts
from godwit.domain.storage import Refusal, StorageFacts, Topic, classify, refusals
from godwit.domain.task import Probe

from ..builders import DISK, FACTS, WRITTEN

GIB = 1 << 30
HERE = Fingerprint(GIB, 100 << 20, "1000.5", "1000.5")
"""The source's file, last written to at second 1000."""
OLDER = Fingerprint(GIB, 1 << 20, "500.0", "500.0")
IMAGE = ImageFacts(
    "/images/vdb.qcow2",
    FileKind.REGULAR,
    format="qcow2",
    virtual_size_bytes=GIB,
    allocated_bytes=100 << 20,
    cluster_size_bytes=65536,
    compat="1.1",
    owner=64055,
    group=108,
    mode="0600",
    fingerprint=HERE,
    used_by=("vm1",),
)
LOCAL = DiskFacts(
    "vdb",
    DiskKind.FILE,
    path=IMAGE.path,
    format="qcow2",
    virtual_size_bytes=GIB,
    regular_file=True,
    file_system="ext4",
    image=IMAGE,
)
RAW = replace(
    LOCAL,
    target="vdc",
    path="/images/vdc.raw",
    format="raw",
    image=replace(
        IMAGE,
        path="/images/vdc.raw",
        format="raw",
        cluster_size_bytes=None,
        compat="",
        fingerprint=replace(HERE, modified="1100.0", changed="1100.0"),
    ),
)
ISO = ImageFacts("/iso/a.iso", FileKind.REGULAR, format="raw", digest="abc")
CDROM = DiskFacts(
    "sda",
    DiskKind.FILE,
    device="cdrom",
    path="/iso/a.iso",
    format="raw",
    read_only=True,
    image=ISO,
)
EMPTY = DiskFacts("sdb", DiskKind.EMPTY, device="cdrom", read_only=True)
NETWORK = DiskFacts("vdn", DiskKind.NETWORK, path="rbd://pool/image", format="raw", virtual_size_bytes=GIB)
DEVICE_PATH = "/dev/disk/by-id/wwn-0x5000"
DEVICE = ImageFacts(DEVICE_PATH, FileKind.BLOCK, virtual_size_bytes=GIB, wwn="0x5000", digest="edges")
BLOCK = DiskFacts("vdd", DiskKind.BLOCK, path=DEVICE_PATH, format="raw", virtual_size_bytes=GIB, image=DEVICE)

TOKEN_HERE = Probe(
    "/images",
    "/images/.godwit-1",
    ("/images/vdb.qcow2", "/images/vdc.raw"),
    "local secret",
    file_system="ext4",
)
NO_TOKEN = Probe("/images", "/images/.godwit-1", (), message="there is no /images/.godwit-1 on this host")
PLACE = DirectoryFacts("/images", exists=True, allowed=True, free_bytes=100 * GIB, file_system="ext4")
ABSENT = tuple(ImageFacts(path, FileKind.ABSENT) for path in (IMAGE.path, RAW.path))

CREATE = Storage()
MUST_EXIST = Storage(provisioning=Provisioning.MUST_EXIST)
DELETE = Storage(source_images=SourceImages.DELETE)
THERE = replace(IMAGE, fingerprint=OLDER, used_by=(), allocated_bytes=1 << 20)
"""An image that was made for the copy by hand."""


def known(*disks: DiskFacts, wish: Storage = CREATE, there: tuple[ImageFacts, ...] = ABSENT) -> StorageFacts:
    """These disks; `/images` is local on both hosts, `/shared` is shared."""
    return StorageFacts(
        replace(FACTS, disks=disks),
        wish,
        written=(WRITTEN, TOKEN_HERE),
        read=(WRITTEN, NO_TOKEN),
        images=there,
        directories=(PLACE,),
        image_directories=("/images", "/shared"),
    )


def copying(*targets: str, strategy: Strategy = Strategy.COPY) -> Storage:
    return Storage(strategy, targets)


def line(facts: StorageFacts, target: str = "vdb") -> Disk:
    [only] = [disk for disk in classify(facts) if disk.target == target]
    return only


def told(facts: StorageFacts, topic: Topic | None = None) -> list[Refusal]:
    return [refusal for refusal in refusals(facts) if topic in (None, refusal.topic)]


def why(facts: StorageFacts) -> str:
    """The one reason, under its topic."""
    [only] = refusals(facts)
    return f"{only.topic}: {only.about}: {only.why}"


__all__ = ["DISK", "FACTS", "WRITTEN"]
