"""Keeps the host's Hypervisor true: facts on news and every 30 s, written only when they changed.

A domain that comes or goes is told at once, since the operator looks VMs up there. What a migration does to
it is told when it has arrived or the migration is over, in one write: nothing waits for that.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import PurePosixPath

from msgspec.structs import replace

from godwit.agent.address import migration_address
from godwit.agent.apart import Apart, NoAnswerError
from godwit.agent.leftovers import Leftovers
from godwit.agent.together import all_of
from godwit.cluster.ports import ClusterError, Hypervisors
from godwit.domain.host import HostFacts, Hypervisor, HypervisorStatus, ImageDirectory, Memory
from godwit.domain.image_journal import LeftBehind
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.ports import Event, EventKind, Host, HypervisorError
from godwit.runtime.settings import AgentSettings

REFRESH_SECONDS = 30.0
SETTLE_SECONDS = 5.0
TRY_AGAIN_SECONDS = 2.0
ROUNDED_BYTES = 64 << 20
TPM_STATE = "/var/lib/libvirt/swtpm"
NOTICEABLE_SHARE = 20
"""Free memory or space counts as changed when it moved by a 20th of the total."""
_AT_ONCE = frozenset(
    {
        EventKind.STARTED,
        EventKind.RESUMED,
        EventKind.STOPPED,
        EventKind.DEFINED,
        EventKind.UNDEFINED,
        EventKind.CONNECTED,
        EventKind.NETWORK,
    }
)
_AT_LAST = frozenset({EventKind.RESUMED, EventKind.CONNECTED})
"""It has arrived: before that, a look would only delay it."""

logger = logging.getLogger(__name__)


class FactsReporter:
    """Of one host; `hypervisor` gives the object as the watch last saw it."""

    def __init__(
        self,
        settings: AgentSettings,
        host: Host,
        leftovers: Leftovers,
        port: Hypervisors,
        hypervisor: Callable[[], Hypervisor | None],
    ) -> None:
        self._settings = settings
        self._host = host
        self._leftovers = leftovers
        self._port = port
        self._hypervisor = hypervisor
        self._mounts = Mounts(settings.mountinfo)
        self._apart = {directory: Apart() for directory in settings.image_directories}
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._writing = asyncio.Lock()
        self._told: HypervisorStatus | None = None
        """What was written last: the watch shows it only later."""

    def see(self, event: Event, *, on_its_way: bool) -> None:
        """An event of libvirt's; `on_its_way`: it is of a domain that Godwit moves just now."""
        if on_its_way and event.kind not in _AT_LAST:
            return
        self._news.set()
        if event.kind in _AT_ONCE:
            self._urgent.set()

    def hurry(self) -> None:
        """The next migration may ask at once: where its VM is, or whether this host takes it."""
        self._news.set()
        self._urgent.set()

    def see_hypervisor(self) -> None:
        """The object is new, or its spec has changed: it has to be written though no fact did."""
        found = self._hypervisor()
        if found and _is_new(found):
            self.hurry()

    async def tell(self, left: tuple[LeftBehind, ...]) -> None:
        """What stays is in the Hypervisor's status when this returns; raises where it can't be written.

        The task that left it may be gone a moment later. A host that has no Hypervisor any more has nobody to
        read it either.
        """
        self._leftovers.add(left)
        try:
            await self._refresh()
        except HypervisorMissingError as error:
            logger.warning("leftovers can't be told", extra={"problem": str(error)})

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news.clear()
            self._urgent.clear()
            try:
                await self._refresh()
            except (HypervisorError, ClusterError) as error:
                logger.info("facts can't be told now", extra={"problem": str(error)})
                await asyncio.sleep(TRY_AGAIN_SECONDS)
                continue
            await _first_of(self._news, REFRESH_SECONDS)
            if self._news.is_set():
                await _first_of(self._urgent, SETTLE_SECONDS)

    async def _refresh(self) -> None:
        async with self._writing:
            await self._write_what_is_new()

    async def _write_what_is_new(self) -> None:
        object_ = self._hypervisor()
        if object_ is None:
            raise HypervisorMissingError(f"there is no Hypervisor {self._settings.node_name} yet")
        told = self._told if self._told and not _is_new(object_) else object_.status
        facts = _steady(await self._gather(), told, object_.spec.reserve.memory_bytes)
        facts = replace(facts, leftovers=await self._leftovers.now(told.leftovers))
        status = HypervisorStatus(
            **{name: getattr(facts, name) for name in HostFacts.__struct_fields__},
            observed_generation=object_.generation,
            conditions=told.conditions,
        )
        if _facts_of(status) != _facts_of(told):
            await self._port.write_facts(self._settings.node_name, status)
        self._told = status

    async def _gather(self) -> HostFacts:
        facts = await self._host.facts()
        return replace(
            facts,
            versions=replace(facts.versions, agent=self._settings.version),
            migration_address=migration_address(
                self._settings.migration_network, self._settings.node_address
            ),
            tpm_state_file_system=self._mounts.file_system(TPM_STATE),
            image_directories=tuple(
                await all_of(self._directory(directory) for directory in self._settings.image_directories)
            ),
        )

    async def _directory(self, directory: PurePosixPath) -> ImageDirectory:
        """A storage that hangs holds nothing up: then nothing is known of its space."""
        path = str(directory)
        kind = self._mounts.file_system(path)
        try:
            seen = await self._apart[directory].run(lambda: os.statvfs(path))
        except (OSError, NoAnswerError):
            return ImageDirectory(path=path, file_system=kind)
        return ImageDirectory(
            path=path,
            total_bytes=seen.f_frsize * seen.f_blocks,
            free_bytes=seen.f_frsize * seen.f_bavail // ROUNDED_BYTES * ROUNDED_BYTES,
            file_system=kind,
        )


def _is_new(hypervisor: Hypervisor) -> bool:
    """Nothing was told to this object, or not for its present spec."""
    return hypervisor.status.observed_generation != hypervisor.generation


def _facts_of(status: HypervisorStatus) -> HypervisorStatus:
    """Without what the operator writes."""
    return replace(status, conditions=())


class HypervisorMissingError(ClusterError):
    """The operator has not made it yet."""


async def _first_of(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _steady(facts: HostFacts, told: HypervisorStatus, reserve_bytes: int) -> HostFacts:
    """Small moves of free memory and space are not worth a write, unless they cross the reserve."""
    now, before = facts.memory.free_bytes, told.memory.free_bytes
    crosses = (now < reserve_bytes) != (before < reserve_bytes)
    free = now if crosses else _free(now, before, facts.memory.total_bytes)
    spaces = {directory.path: directory.free_bytes for directory in told.image_directories}
    directories = tuple(
        replace(each, free_bytes=_free(each.free_bytes, spaces.get(each.path, 0), each.total_bytes))
        for each in facts.image_directories
    )
    memory = Memory(total_bytes=facts.memory.total_bytes, free_bytes=free)
    return replace(facts, memory=memory, image_directories=directories)


def _free(now: int, before: int, total: int) -> int:
    return now if abs(now - before) * NOTICEABLE_SHARE >= total else before
