"""The hypervisors: one object per selected node, and which agents live.

A node that the agents' DaemonSet selects gets a Hypervisor and a Lease, a node that is gone or no longer
selected loses them. An agent lives as long as its Lease moves: when it last did is measured by our own
clock, so that no clock of another host decides. A restarted operator believes a Lease at first by what is
written in it.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from godwit.cluster.ports import ClusterError, Heartbeats, Hypervisors
from godwit.cluster.ports_inventory import Inventory, Node
from godwit.domain.host import Hypervisor
from godwit.domain.host_conditions import conditions_of
from godwit.runtime.cache import Cache
from godwit.runtime.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from datetime import datetime

EVERY_SECONDS = 2.0
SELECTOR_EVERY_SECONDS = 30.0
LEASE_SECONDS = 40.0
RECENT_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Fleet:
    """`changed` is called when an agent came to life or went silent."""

    def __init__(
        self,
        inventory: Inventory,
        hypervisors: Hypervisors,
        heartbeats: Heartbeats,
        cache: Cache[Hypervisor],
        nodes: Cache[Node],
        changed: Callable[[], None],
        clock: Clock = SYSTEM,
    ) -> None:
        self._inventory = inventory
        self._port = hypervisors
        self._heartbeats = heartbeats
        self._cache = cache
        self._nodes = nodes
        self._changed = changed
        self._clock = clock
        self._beats: dict[str, tuple[datetime, float]] = {}
        """What the Lease says, and our monotonic time when it was first seen to say so."""
        self._alive: frozenset[str] = frozenset()
        self._selector: dict[str, str] | None = None
        self._selector_at: float | None = None
        self._answered: float | None = None
        self._wake = asyncio.Event()
        self._known = asyncio.Event()

    async def wait_known(self) -> None:
        """Until it is known which agents live."""
        await self._known.wait()

    def all(self) -> tuple[Hypervisor, ...]:
        """Every hypervisor, with whether its agent lives and what its Node says; by name."""
        nodes = {node.name: node.host for node in self._nodes.values()}
        found = [
            replace(each, ready=each.name in self._alive, node=nodes.get(each.name))
            for each in self._cache.values()
        ]
        return tuple(sorted(found, key=lambda each: each.name))

    def fenced(self) -> frozenset[str]:
        """Nodes of which somebody vouches that nothing runs on them any more."""
        return frozenset(node.name for node in self._nodes.values() if node.fenced)

    def see_node(self) -> None:
        """A node came, went, or has other labels."""
        self._wake.set()

    def api_answers(self) -> bool:
        """The API server has answered a moment ago."""
        return self._answered is not None and self._clock.monotonic() - self._answered < RECENT_SECONDS

    async def run(self) -> None:
        """Until cancelled."""
        await self._cache.wait_synced()
        await self._nodes.wait_synced()
        while True:
            self._wake.clear()
            try:
                await self._take_pulse()
                await self._match_nodes()
                await self._tell_conditions()
            except ClusterError as error:
                logger.info("the hypervisors can't be looked after now", extra={"problem": str(error)})
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _take_pulse(self) -> None:
        now, wall = self._clock.monotonic(), self._clock.now()
        beats = await self._heartbeats.all()
        self._forgive(now)
        self._answered = now
        for node, renewed in beats.items():
            known = self._beats.get(node)
            if known is None:
                age = min(max((wall - renewed).total_seconds(), 0.0), LEASE_SECONDS)
                self._beats[node] = (renewed, now - age)
            elif known[0] != renewed:
                self._beats[node] = (renewed, now)
        alive = frozenset(node for node in beats if now - self._beats[node][1] < LEASE_SECONDS)
        self._known.set()
        if alive != self._alive:
            self._alive = alive
            self._changed()

    def _forgive(self, now: float) -> None:
        """While the API server was away nobody could renew a Lease: that time is no agent's silence."""
        away = now - self._answered - EVERY_SECONDS if self._answered is not None else 0.0
        if away > EVERY_SECONDS:
            self._beats = {node: (renewed, at + away) for node, (renewed, at) in self._beats.items()}

    async def _match_nodes(self) -> None:
        selector = await self._agent_selector()
        if selector is None:
            return
        wanted = {node.name for node in self._nodes.values() if node.selected_by(selector)}
        there = {hypervisor.name for hypervisor in self._cache.values()}
        for name in sorted(wanted - there):
            await self._port.create(name)
        for name in sorted(there - wanted):
            await self._port.delete(name)
            self._beats.pop(name, None)

    async def _agent_selector(self) -> dict[str, str] | None:
        now = self._clock.monotonic()
        if self._selector_at is None or now - self._selector_at > SELECTOR_EVERY_SECONDS:
            self._selector = await self._inventory.agent_node_selector()
            self._selector_at = now
        return self._selector

    async def _tell_conditions(self) -> None:
        """For people; decisions ask `all`."""
        for hypervisor in self.all():
            wanted = conditions_of(hypervisor, self._clock.now())
            if wanted != hypervisor.status.conditions:
                await self._port.write_conditions(hypervisor.name, wanted)
