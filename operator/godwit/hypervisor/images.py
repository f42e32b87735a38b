"""Images, devices and directories of one host: `godwit.hypervisor.ports.Images`.

All work goes through the one place for storage work, a directory or a content at a time, so that nothing
waits long behind it. The agent's own looks that need no libvirt have places of their own: a storage that
hangs holds up nobody who asks libvirt.
"""

from collections import defaultdict
from posixpath import dirname

from msgspec.structs import replace

from godwit.domain.host import Leftover
from godwit.domain.image import Copy, DirectoryFacts, FileKind, ImageFacts, Whose
from godwit.hypervisor import imagelook, imagework, leftovers
from godwit.hypervisor.calls import Calls
from godwit.hypervisor.digests import Digests
from godwit.hypervisor.eyes import Eyes, Sight, same_inode
from godwit.hypervisor.imageusers import users
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.threads import NoAnswerError, Threads
from godwit.hypervisor.whose import whose

EYES_SECONDS = 5.0
_MOST_EYES = 4


class LibvirtImages:
    """`godwit.hypervisor.ports.Images`."""

    def __init__(self, calls: Calls, eyes: Eyes, mounts: Mounts) -> None:
        self._calls = calls
        self._eyes = eyes
        self._mounts = mounts
        self._digests = Digests()
        self._threads = Threads(_MOST_EYES)

    async def look(
        self, paths: tuple[str, ...], digests: tuple[str, ...] = (), *, everywhere: bool = False
    ) -> tuple[ImageFacts, ...]:
        """A path that nothing could be learned of is `Unknown`, with the reason."""
        if not paths:
            return ()
        found = await self._seen(paths)
        used = await self._calls.storage(
            "imageUsers", lambda libvirtd: users(libvirtd, paths, self._eyes, everywhere=everywhere)
        )
        for path in dict.fromkeys(digests):
            if path in found:
                found[path] = await self._with_digest(found[path])
        return tuple(replace(found[path], used_by=used[path]) for path in paths)

    async def directories(self, paths: tuple[str, ...]) -> tuple[DirectoryFacts, ...]:
        """The deadline is the storage work's: whoever hangs is told as `LibvirtUnreachable`."""
        return tuple([await self._directory(path) for path in paths])

    async def make_directory(self, path: str) -> str:
        """Killed in between, an empty directory may be left."""
        return await self._calls.storage(
            "makeDirectory", lambda libvirtd: imagework.make_directory(libvirtd, self._eyes, path)
        )

    async def create(self, image: Copy) -> str:
        """Killed in between, an empty image may be left."""
        return await self._calls.storage(
            "createImage", lambda libvirtd: imagework.create(libvirtd, self._eyes, image)
        )

    async def remove(self, path: str, identity: str) -> None:
        """May be repeated: what is gone is gone."""
        await self._calls.storage(
            "removeImage", lambda libvirtd: imagework.remove(libvirtd, self._eyes, path, identity)
        )

    async def whose(self, identities: dict[str, str]) -> dict[str, Whose]:
        """By the agent's eyes and by libvirt, which must agree."""
        return {path: await self._whose(path, identity) for path, identity in identities.items()}

    async def missing(self, identities: dict[str, str]) -> tuple[str, ...]:
        """By the agent's eyes; that nothing is there libvirt has to say as well."""
        gone: list[str] = []
        absent: list[str] = []
        for path, identity in identities.items():
            sight = await self._sight(path)
            if sight.kind is FileKind.ABSENT:
                absent.append(path)
            elif sight.identity and identity and not same_inode(sight.identity, identity):
                gone.append(path)
        if absent:
            found = await self._seen(tuple(absent))
            gone += [path for path in absent if found[path].kind is FileKind.ABSENT]
        return tuple(path for path in identities if path in gone)

    async def leftovers(self) -> tuple[Leftover, ...]:
        """Where the directories can't be read in time, the pools alone."""
        pools = await self._calls.storage("leftoverPools", leftovers.pools)
        try:
            probes = await self._threads.run(
                lambda: leftovers.probes(self._eyes), deadline_seconds=2 * EYES_SECONDS
            )
        except NoAnswerError:
            probes = ()
        return (*pools, *probes)

    async def _seen(self, paths: tuple[str, ...]) -> dict[str, ImageFacts]:
        by_directory: defaultdict[str, list[str]] = defaultdict(list)
        for path in dict.fromkeys(paths):
            by_directory[dirname(path)].append(path)
        found: dict[str, ImageFacts] = {}
        for files in by_directory.values():
            found |= await self._seen_in(tuple(files))
        return found

    async def _seen_in(self, files: tuple[str, ...]) -> dict[str, ImageFacts]:
        return await self._calls.storage(
            "lookAtImages", lambda libvirtd: imagelook.look(libvirtd, self._eyes, files)
        )

    async def _whose(self, path: str, identity: str) -> Whose:
        return await self._calls.storage(
            "whoseImage", lambda libvirtd: whose(libvirtd, self._eyes, path, identity)
        )

    async def _with_digest(self, seen: ImageFacts) -> ImageFacts:
        return await self._calls.storage(
            "digest", lambda libvirtd: imagelook.with_digest(libvirtd, self._digests, seen)
        )

    async def _directory(self, path: str) -> DirectoryFacts:
        file_system = self._mounts.file_system(path)
        found = await self._calls.storage(
            "lookAtDirectory", lambda libvirtd: imagelook.directory(libvirtd, self._eyes, path, file_system)
        )
        return replace(found, device=self._mounts.device(path))

    async def _sight(self, path: str) -> Sight:
        try:
            return await self._threads.run(lambda: self._eyes.sight(path), deadline_seconds=EYES_SECONDS)
        except NoAnswerError as error:
            return Sight(FileKind.UNKNOWN, message=str(error))
