"""What is known of a guest's disks on both hosts, gathered by one inspection."""

from collections.abc import Iterable

from godwit.domain.disks import Storage
from godwit.domain.guest import DiskFacts, DiskKind, GuestFacts
from godwit.domain.host import Hypervisor
from godwit.domain.image import DirectoryFacts, ImageFacts
from godwit.domain.storage.paths import directory_of, normal
from godwit.domain.task import Probe, TaskStatus
from godwit.domain.value import Value


class Promise(Value):
    """Space in a directory at the destination that another migration was promised and has not yet taken."""

    directory: str
    bytes: int


class StorageFacts(Value):
    """Frozen; what could not be learned is missing, and then nothing is proven by it."""

    guest: GuestFacts
    wish: Storage = Storage()
    written: tuple[Probe, ...] = ()
    """Tokens as the source wrote them."""
    read: tuple[Probe, ...] = ()
    """The same as the destination read them."""
    images: tuple[ImageFacts, ...] = ()
    """What lies at the destination at `paths_to_look_at(guest)`."""
    directories: tuple[DirectoryFacts, ...] = ()
    """The destination's, of those paths."""
    secrets: tuple[str, ...] = ()
    """UUIDs of the secrets that the destination's libvirt has."""
    image_directories: tuple[str, ...] = ()
    """Under which the destination may be given images."""
    promised: tuple[Promise, ...] = ()

    def image(self, path: str) -> ImageFacts | None:
        """The destination's view of `path`."""
        return next((image for image in self.images if normal(image.path) == normal(path)), None)

    def directory(self, path: str) -> DirectoryFacts | None:
        """The destination's view of the directory in which `path` lies."""
        wanted = directory_of(path)
        return next((found for found in self.directories if normal(found.path) == wanted), None)

    def disk(self, target: str) -> DiskFacts | None:
        """The guest's disk of that target."""
        return next((disk for disk in self.guest.disks if disk.target == target), None)


def gather(
    guest: GuestFacts,
    wish: Storage,
    source: TaskStatus,
    destination: TaskStatus,
    host: Hypervisor,
    promised: Iterable[Promise] = (),
) -> StorageFacts:
    """From both tasks' journals of the inspection; `host` is the destination."""
    mounted = tuple(directory.path for directory in host.status.image_directories)
    asked = host.spec.image_directories
    return StorageFacts(
        guest=guest,
        wish=wish,
        written=source.probes,
        read=destination.probes,
        images=destination.images,
        directories=destination.directories,
        secrets=host.status.secrets,
        image_directories=mounted if asked is None else asked,
        promised=tuple(promised),
    )


def layers_of(disk: DiskFacts) -> tuple[str, ...]:
    """What its image is layered on, as the live definition or else the image itself says."""
    if disk.backing:
        return disk.backing
    return (disk.image.backing,) if disk.image and disk.image.backing else ()


def has_file(disk: DiskFacts) -> bool:
    """An image in a file."""
    return disk.kind is DiskKind.FILE and bool(disk.path)
