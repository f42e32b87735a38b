"""The fake's images: what `godwit.hypervisor.ports.Images` promises, over the files of `hypervisor_files`."""

from posixpath import basename, dirname
from typing import TYPE_CHECKING

from msgspec.structs import replace

from godwit.domain.host import Leftover
from godwit.domain.image import Copy, DirectoryFacts, FileKind, ImageFacts, Whose
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError, LeftAloneError

from .hypervisor_files import FakeFile

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt

FRESH_QCOW2_BYTES = 196_608


class FakeImages:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def look(
        self, paths: tuple[str, ...], digests: tuple[str, ...] = (), *, everywhere: bool = False
    ) -> tuple[ImageFacts, ...]:
        self._libvirt.called("images.look")
        seen = (self.seen(path, digest=path in digests) for path in paths)
        far = self._libvirt.layered_elsewhere if everywhere else {}
        return tuple(replace(one, used_by=(*one.used_by, *far.get(one.path, ()))) for one in seen)

    async def directories(self, paths: tuple[str, ...]) -> tuple[DirectoryFacts, ...]:
        self._libvirt.called("images.directories")
        return tuple(self._directory(path) for path in paths)

    async def make_directory(self, path: str) -> str:
        self._libvirt.called("images.make_directory")
        if self._libvirt.is_directory(path) or self._libvirt.file_at(path):
            raise LeftAloneError(Reason.IMAGE_EXISTS, f"{path} exists already")
        self._must_be_allowed(path)
        if not self._libvirt.is_directory(dirname(path)):
            raise HypervisorError(Reason.LIBVIRT_ERROR, f"there is no {dirname(path)}")
        self._libvirt.acts.append(f"make_directory {path}")
        made = FakeFile(kind=FileKind.DIRECTORY, mode="0711")
        self._libvirt.put(path, made)
        return made.identity

    async def create(self, image: Copy) -> str:
        self._libvirt.called("images.create")
        if self._libvirt.is_directory(image.path) or self._libvirt.file_at(image.path):
            raise LeftAloneError(Reason.IMAGE_EXISTS, f"{image.path} exists already")
        self._must_be_allowed(image.path)
        if not self._libvirt.is_directory(dirname(image.path)):
            raise HypervisorError(Reason.LIBVIRT_ERROR, f"there is no {dirname(image.path)}")
        if image.format == "qcow2" and image.virtual_size_bytes % 1024:
            raise HypervisorError(
                Reason.LIBVIRT_ERROR, f"{image.path}: libvirt makes a qcow2 in whole KiB only"
            )
        self._libvirt.acts.append(f"create {image.path}")
        made = FakeFile(
            format=image.format,
            virtual_size_bytes=image.virtual_size_bytes,
            allocated_bytes=FRESH_QCOW2_BYTES if image.format == "qcow2" else 0,
            cluster_size_bytes=image.cluster_size_bytes,
            compat=image.compat,
            owner=image.owner or 0,
            group=image.group or 0,
            mode=image.mode or "0600",
            empty=True,
        )
        self._libvirt.put(image.path, made)
        return made.identity

    async def remove(self, path: str, identity: str) -> None:
        self._libvirt.called("images.remove")
        there = self._libvirt.file_at(path)
        if there is None:
            if identity and self._is_away(path):
                raise LeftAloneError(Reason.IMAGE_EXISTS, f"{path} is on a file system that is not mounted")
            return
        if users := self._users(path):
            raise LeftAloneError(Reason.IMAGE_EXISTS, f"{path} is named by {', '.join(users)}")
        if identity and identity != there.identity:
            raise LeftAloneError(Reason.IMAGE_EXISTS, f"{path} is another file than the one that was created")
        if not identity and not (there.empty or there.kind is FileKind.DIRECTORY):
            raise LeftAloneError(Reason.IMAGE_EXISTS, f"{path} is not known to be ours, and not empty")
        if there.kind is FileKind.DIRECTORY and self._libvirt.below(path):
            raise LeftAloneError(Reason.IMAGE_EXISTS, f"{path} is not empty")
        self._libvirt.acts.append(f"remove {path}")
        self._libvirt.drop(path)

    async def whose(self, identities: dict[str, str]) -> dict[str, Whose]:
        self._libvirt.called("images.whose")
        return {path: self._whose(path, identity) for path, identity in identities.items()}

    async def missing(self, identities: dict[str, str]) -> tuple[str, ...]:
        self._libvirt.called("images.missing")
        return tuple(path for path, identity in identities.items() if self._is_missing(path, identity))

    async def leftovers(self) -> tuple[Leftover, ...]:
        self._libvirt.called("images.leftovers")
        pools = (
            Leftover("Pool", pool, f"virsh pool-destroy {pool}")
            for pool in self._libvirt.pools
            if pool.startswith("godwit-")
        )
        probes = (
            Leftover("ProbeFile", path, f"rm {path}")
            for path, file in {**self._libvirt.local_files, **self._libvirt.network.shared_files}.items()
            if basename(path).startswith(".godwit-") and file.old
        )
        return (*pools, *probes)

    def seen(self, path: str, *, digest: bool = False) -> ImageFacts:
        """Also for the inspection."""
        there = self._libvirt.file_at(path)
        if there is None:
            kind = FileKind.DIRECTORY if self._libvirt.is_directory(path) else FileKind.ABSENT
            return ImageFacts(path=path, kind=kind, used_by=self._users(path))
        return there.facts(path, digest=digest, used_by=self._users(path))

    def _whose(self, path: str, identity: str) -> Whose:
        there = self._libvirt.file_at(path)
        if there is None and not self._libvirt.is_directory(path):
            return Whose.AWAY if identity and self._is_away(path) else Whose.GONE
        if there is None or not identity or there.kind not in (FileKind.REGULAR, FileKind.DIRECTORY):
            return Whose.UNKNOWN
        if there.identity == identity:
            return Whose.OURS
        return Whose.AWAY if self._is_away(path) else Whose.ANOTHERS

    def _is_away(self, path: str) -> bool:
        return any(_holds(directory, path) for directory in self._libvirt.unmounted)

    def _is_missing(self, path: str, identity: str) -> bool:
        there = self._libvirt.file_at(path)
        return there is None or (bool(identity) and there.identity != identity)

    def _directory(self, path: str) -> DirectoryFacts:
        missing: list[str] = []
        level = path
        while not self._libvirt.is_directory(level) and level != "/":
            missing.insert(0, level)
            level = dirname(level)
        return DirectoryFacts(
            path=path,
            exists=not missing,
            missing=tuple(missing),
            allowed=self._allowed(path),
            free_bytes=self._libvirt.free_bytes,
            file_system=self._libvirt.file_system(path),
        )

    def _allowed(self, path: str) -> bool:
        places = self._libvirt.image_directories
        return any(_holds(place, path) for place in places)

    def _must_be_allowed(self, path: str) -> None:
        if not self._allowed(dirname(path)):
            raise HypervisorError(Reason.LIBVIRT_ERROR, f"{path} lies in none of the image directories")

    def _users(self, path: str) -> tuple[str, ...]:
        return tuple(
            sorted(
                domain.name
                for domain in self._libvirt.domains.values()
                if path == domain.nvram or any(path in (disk.path, *disk.backing) for disk in domain.disks)
            )
        )


def _holds(place: str, path: str) -> bool:
    return path == place or path.startswith(f"{place}/")
