"""Which hypervisors there are, and which of their agents live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from msgspec.structs import replace

from godwit.api.constants import Resource
from godwit.api.parse import parse_hypervisor
from godwit.cluster.inventory import parse_node
from godwit.cluster.ports_inventory import OUT_OF_SERVICE, Node, Taint
from godwit.controller.fleet import Fleet
from godwit.domain.conditions import ConditionStatus, find
from godwit.domain.host import HostNode, HypervisorSpec, HypervisorStatus
from godwit.runtime.cache import Cache, Key

from ...fakes.bodies import hypervisor_body
from ...fakes.cluster import FakeCluster
from .house.watch import NODES, Watch
from .virtual_time import virtual_clock, virtual_now

SELECTOR = {"godwit.dev/hypervisor": "true"}
HOST1, HOST2 = Node("host1", SELECTOR), Node("host2", {**SELECTOR, "zone": "a"})
INFRA = Node("infra", {"zone": "a"})


class World:
    """A fleet over a cluster with three nodes, of which the DaemonSet selects two."""

    def __init__(self, cluster: FakeCluster | None = None) -> None:
        self.cluster = cluster or FakeCluster()
        self.cluster.inventory.known_nodes = (HOST1, HOST2, INFRA)
        self.cluster.inventory.node_selector = SELECTOR
        self.changes = 0
        self.hypervisors = Cache(parse_hypervisor)
        self.nodes = Cache(parse_node, lambda *_: self.fleet.see_node())
        self.watch = Watch(self.cluster, {Resource.HYPERVISOR: self.hypervisors, NODES: self.nodes}, 0.001)
        self.fleet = Fleet(
            self.cluster.inventory,
            self.cluster.hypervisors,
            self.cluster.heartbeats,
            self.hypervisors,
            self.nodes,
            self._changed,
            virtual_clock(),
        )

    def _changed(self) -> None:
        self.changes += 1

    def ready(self) -> dict[str, bool]:
        return {each.name: each.ready for each in self.fleet.all()}

    def set_nodes(self, *nodes: Node) -> None:
        self.cluster.inventory.known_nodes = nodes
        self.watch.nodes_changed()

    async def beat(self, *names: str, seconds: float) -> None:
        """Those agents live for so long."""
        for _ in range(int(seconds / 10)):
            for name in names:
                await self.cluster.heartbeats.renew(name, virtual_now())
            await asyncio.sleep(10)

    def told(self, name: str) -> ConditionStatus | None:
        condition = find(self.cluster.hypervisors.objects[name].status.conditions, "Ready")
        return condition.status if condition else None


@asynccontextmanager
async def working(cluster: FakeCluster | None = None) -> AsyncIterator[World]:
    """Its first look is over."""
    world = World(cluster)
    world.watch.start()
    work = asyncio.create_task(world.fleet.run())
    await asyncio.sleep(1)
    yield world
    work.cancel()
    world.watch.stop()


async def test_each_node_that_the_daemon_set_selects_has_a_hypervisor_and_a_lease() -> None:
    async with working() as world:
        assert sorted(world.cluster.hypervisors.objects) == ["host1", "host2"]
        assert sorted(world.cluster.heartbeats.objects) == ["host1", "host2"]


async def test_a_node_that_comes_later_gets_its_own_at_once() -> None:
    async with working() as world:
        world.set_nodes(HOST1, HOST2, Node("host3", SELECTOR))
        await asyncio.sleep(0.1)
        assert sorted(world.cluster.hypervisors.objects) == ["host1", "host2", "host3"]


async def test_a_node_that_goes_or_is_no_longer_selected_loses_them() -> None:
    async with working() as world:
        world.set_nodes(Node("host1", {}))
        await asyncio.sleep(0.1)
        assert world.cluster.hypervisors.objects == {}
        assert world.cluster.heartbeats.objects == {}


async def test_a_changed_selector_is_followed_within_half_a_minute() -> None:
    async with working() as world:
        world.cluster.inventory.node_selector = {**SELECTOR, "zone": "a"}
        await asyncio.sleep(90)
        assert sorted(world.cluster.hypervisors.objects) == ["host2"]


async def test_without_the_daemon_set_nothing_is_made_and_nothing_taken_away() -> None:
    async with working() as world:
        world.cluster.inventory.node_selector = None
        await asyncio.sleep(90)
        world.set_nodes(HOST1, Node("host3", SELECTOR))
        await asyncio.sleep(90)
        assert sorted(world.cluster.hypervisors.objects) == ["host1", "host2"]


async def test_an_agent_lives_from_its_first_renewal_until_40_s_after_its_last() -> None:
    async with working() as world:
        assert world.ready() == {"host1": False, "host2": False}
        await world.beat("host1", seconds=100)
        assert world.ready() == {"host1": True, "host2": False}
        assert world.changes == 1
        await asyncio.sleep(25)
        assert world.ready()["host1"]
        await asyncio.sleep(10)
        assert world.ready() == {"host1": False, "host2": False}
        assert world.changes == 2


async def test_the_clock_of_another_host_decides_nothing() -> None:
    async with working() as world:
        for hour in (5, 2, -3):
            await world.cluster.heartbeats.renew("host1", virtual_now() + timedelta(hours=hour))
            await asyncio.sleep(10)
            assert world.ready()["host1"]
        await asyncio.sleep(35)
        assert not world.ready()["host1"]


async def test_a_restarted_operator_believes_a_lease_at_first_by_what_is_written_in_it() -> None:
    async with working() as world:
        await world.beat("host1", "host2", seconds=30)
        await world.beat("host1", seconds=60)
    async with working(world.cluster) as later:
        await later.fleet.wait_known()
        assert later.ready() == {"host1": True, "host2": False}


async def test_the_condition_is_written_when_it_changes_and_then_only() -> None:
    async with working() as world:
        await world.beat("host1", seconds=100)
        assert world.told("host1") is ConditionStatus.TRUE
        assert world.told("host2") is ConditionStatus.FALSE
        before = find(world.cluster.hypervisors.objects["host1"].status.conditions, "Ready")
        world.cluster.server.writes.clear()
        await world.beat("host1", seconds=100)
        assert {write[0] for write in world.cluster.server.writes} == {"Lease"}
        assert find(world.cluster.hypervisors.objects["host1"].status.conditions, "Ready") == before
        await asyncio.sleep(60)
        assert world.told("host1") is ConditionStatus.FALSE


async def test_a_directory_that_the_agent_does_not_see_is_told_once_and_until_it_is_mended() -> None:
    async with working() as world:
        objects = world.cluster.hypervisors
        await objects.write_facts("host1", HypervisorStatus(observed_generation=1))
        asked = HypervisorSpec(image_directories=("/data",))
        objects.put(replace(objects.objects["host1"], spec=asked))
        await asyncio.sleep(5)
        condition = find(objects.objects["host1"].status.conditions, "ImageDirectories")
        assert condition is not None
        assert "does not see /data" in condition.message
        world.cluster.server.writes.clear()
        await asyncio.sleep(30)
        assert world.cluster.server.writes == []
        objects.put(replace(objects.objects["host1"], spec=HypervisorSpec()))
        await asyncio.sleep(5)
        assert find(objects.objects["host1"].status.conditions, "ImageDirectories") is None


async def test_a_node_out_of_service_is_fenced() -> None:
    async with working() as world:
        assert world.fleet.fenced() == frozenset()
        fenced = Node("host1", SELECTOR, (Taint(OUT_OF_SERVICE, "NoExecute"),))
        world.set_nodes(fenced, HOST2, INFRA)
        await asyncio.sleep(0.1)
        assert world.fleet.fenced() == frozenset({"host1"})


async def test_an_api_server_that_is_away_is_noticed_and_ends_nothing() -> None:
    async with working() as world:
        assert world.fleet.api_answers()
        world.cluster.server.reachable = False
        await asyncio.sleep(90)
        assert not world.fleet.api_answers()
        world.cluster.server.reachable = True
        world.set_nodes(HOST1, HOST2, Node("host3", SELECTOR))
        await asyncio.sleep(6)
        assert world.fleet.api_answers()
        assert "host3" in world.cluster.hypervisors.objects


async def test_what_a_node_says_is_seen_at_its_hypervisor_at_once() -> None:
    async with working() as world:
        before = world.changes
        world.set_nodes(HOST1, Node("host2", HOST2.labels, unschedulable=True, deleting=True))
        seen = {each.name: each.node for each in world.fleet.all()}
        assert seen == {
            "host1": HostNode(HOST1.labels),
            "host2": HostNode(HOST2.labels, cordoned=True, deleting=True),
        }
        assert world.changes == before, "no agent came or went"


async def test_nothing_is_made_or_taken_away_before_everything_was_seen() -> None:
    cluster = FakeCluster()
    await cluster.hypervisors.create("host1")
    world = World(cluster)
    work = asyncio.create_task(world.fleet.run())
    await asyncio.sleep(60)
    world.hypervisors.listed({Key("", "host1"): 1}, 1)
    world.hypervisors.saw(Key("", "host1"), 1, hypervisor_body(cluster.hypervisors.objects["host1"]))
    await asyncio.sleep(60)
    assert sorted(cluster.hypervisors.objects) == ["host1"]
    world.watch.start()
    await asyncio.sleep(1)
    assert sorted(cluster.hypervisors.objects) == ["host1", "host2"]
    work.cancel()
