"""What may be wrong with the guest's disks, and with what lies at the destination."""

from msgspec.structs import replace

from godwit.domain.disks import Storage, Strategy
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import FileKind, ImageFacts

from ..builders import DISK
from ..storage.known import ABSENT, BLOCK, CDROM, CREATE, IMAGE, ISO, LOCAL, MUST_EXIST, PLACE, THERE
from .row import fails, not_run, row, warns
from .world import World, with_disks, with_guest, with_storage


def _disk(
    world: World,
    disk: DiskFacts = DISK,
    wish: Storage = CREATE,
    there: tuple[ImageFacts, ...] = ABSENT,
    **changes: object,
) -> World:
    """The only one; `changes`: of its facts."""
    return with_disks(world, replace(disk, **changes), wish=wish, there=there)


def _place(world: World, **changes: object) -> World:
    """Of the one image that is to be made there."""
    world = with_disks(world, LOCAL, there=ABSENT)
    return with_storage(world, replace(world.storage, directories=(replace(PLACE, **changes),)))


def _no_directories(world: World) -> World:
    world = with_disks(world, LOCAL, there=ABSENT)
    return with_storage(world, replace(world.storage, image_directories=()))


NO_MEDIUM = (ImageFacts(CDROM.path, FileKind.ABSENT),)
LINK = (ImageFacts(LOCAL.path, FileKind.SYMLINK),)
UNKNOWN_UUID = "77777777-2222-3333-4444-555555555555"
P = "disks"

WRONG_STORAGE = (
    row(
        "a snapshot",
        "snapshots",
        with_guest,
        fails("Snapshots"),
        "host1",
        "VM vm1",
        "snapshot monday",
        snapshots=("monday",),
    ),
    row(
        "a checkpoint",
        "snapshots",
        with_guest,
        fails("Snapshots"),
        "host1",
        "VM vm1",
        "checkpoint backup",
        checkpoints=("backup",),
    ),
    row("a block job", P, _disk, fails("BlockJobs"), "host1", "disk vda", "block job copy", block_job="copy"),
    row("a transient disk", P, _disk, fails("Disks"), "host1", "disk vda", "<transient/>", transient=True),
    row("a volume of a pool", P, _disk, fails("Disks"), "host1", "disk vda", "volume", kind=DiskKind.VOLUME),
    row(
        "a device that nothing proves",
        P,
        _disk,
        fails("Disks"),
        "host1",
        "disk vdd",
        "/dev/sdb",
        disk=replace(BLOCK, path="/dev/sdb"),
    ),
    row(
        "a local disk that must be shared",
        P,
        _disk,
        fails("Disks"),
        "host2",
        "disk vdb",
        "strategy Shared",
        disk=LOCAL,
        wish=Storage(Strategy.SHARED),
    ),
    row(
        "a place that libvirt calls local",
        P,
        _disk,
        fails("SafeStorage"),
        "host1",
        "disk vda",
        "lies on ext4",
        file_system="ext4",
    ),
    row(
        "a place of unknown kind",
        P,
        _disk,
        warns("SafeStorage"),
        "host1",
        "disk vda",
        "unknown kind",
        file_system="",
    ),
    row(
        "a format that is not copied",
        P,
        _disk,
        fails("CopyList"),
        "host1",
        "disk vdb",
        "format is vmdk",
        disk=LOCAL,
        format="vmdk",
    ),
    row(
        "a disk that it has not",
        P,
        _disk,
        fails("CopyList"),
        "host1",
        "disk vdz",
        "no such disk",
        wish=Storage(disks=("vdz",)),
    ),
    row(
        "a shared disk to be copied",
        P,
        _disk,
        fails("CopyList"),
        "host1",
        "disk vda",
        "onto itself",
        wish=Storage(disks=("vda",)),
    ),
    row(
        "a disk that is left behind",
        P,
        _disk,
        fails("CopyList"),
        "host1",
        "disk vdb",
        "left behind",
        disk=LOCAL,
        wish=Storage(disks=()),
    ),
    row(
        "a layer that is not shared",
        P,
        _disk,
        fails("BackingChain"),
        "host1",
        "disk vda",
        "layer /images/base",
        backing=("/images/base.qcow2",),
    ),
    row(
        "a secret is missing",
        P,
        _disk,
        fails("Encryption"),
        "host2",
        "disk vda",
        UNKNOWN_UUID,
        encrypted=True,
        secret=UNKNOWN_UUID,
    ),
    row(
        "an encrypted disk to be copied",
        P,
        _disk,
        fails("Encryption"),
        "host2",
        "disk vdb",
        "no encrypted image",
        disk=LOCAL,
        encrypted=True,
        secret=UNKNOWN_UUID,
    ),
    row(
        "a medium is missing",
        P,
        _disk,
        fails("CDROM"),
        "host2",
        "disk sda",
        CDROM.path,
        disk=CDROM,
        there=NO_MEDIUM,
    ),
    row(
        "another medium",
        P,
        _disk,
        fails("CDROM"),
        "host2",
        "disk sda",
        "other content",
        disk=CDROM,
        there=(replace(ISO, digest="other"),),
    ),
    row(
        "a drive arrives empty",
        P,
        _disk,
        warns("CDROM"),
        "host2",
        "disk sda",
        "arrives empty",
        disk=CDROM,
        startup_policy="optional",
        there=NO_MEDIUM,
    ),
    row(
        "an image is there already",
        P,
        _disk,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "already",
        disk=LOCAL,
        there=(THERE,),
    ),
    row(
        "a symlink is there",
        P,
        _disk,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "symlink",
        disk=LOCAL,
        there=LINK,
    ),
    row(
        "an image is missing",
        P,
        _disk,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "is missing",
        disk=LOCAL,
        wish=MUST_EXIST,
    ),
    row(
        "a smaller image",
        P,
        _disk,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "smaller",
        disk=LOCAL,
        wish=MUST_EXIST,
        there=(replace(THERE, virtual_size_bytes=1 << 20),),
    ),
    row(
        "the source's own file",
        P,
        _disk,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "own file",
        disk=LOCAL,
        wish=MUST_EXIST,
        there=(IMAGE,),
    ),
    row(
        "another guest's image",
        P,
        _disk,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "vm9",
        disk=LOCAL,
        wish=MUST_EXIST,
        there=(replace(THERE, used_by=("vm9",)),),
    ),
    row(
        "no image directories",
        P,
        _no_directories,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "image directories",
    ),
    row(
        "a symlink on the way",
        P,
        _place,
        fails("DestinationImage"),
        "host2",
        "disk vdb",
        "/images",
        allowed=False,
    ),
    row(
        "too little space",
        P,
        _place,
        fails("Space"),
        "host2",
        "/images lacks",
        "1 MiB are free",
        free_bytes=1 << 20,
    ),
    row("space not told", P, _place, not_run("Space"), "host2", "/images", free_bytes=None),
)
