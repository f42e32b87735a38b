"""What an agent tells of its host, and how seldom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from godwit.agent.facts import FactsReporter
from godwit.agent.leftovers import Leftovers
from godwit.domain.conditions import Condition, ConditionStatus
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.host import Hypervisor, HypervisorSpec, HypervisorStatus, Reserve
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import Event, EventKind

from ...fakes.cluster import FakeCluster
from ...fakes.hypervisor import FakeDomain, FakeLibvirt
from ..controller.house.agent import settings
from ..controller.house.house import UUID
from ..controller.virtual_time import BEGINNING

if TYPE_CHECKING:
    from godwit.domain.task import Task

GIB = 1 << 30
TOTAL_BYTES = 100 * GIB


class World:
    """A host with 100 GiB of memory, half of it free."""

    def __init__(self, *directories: Path, mountinfo: Path = Path("/nowhere")) -> None:
        self.cluster = FakeCluster()
        self.libvirt = FakeLibvirt()
        self.has_free(50 * GIB)
        self.tasks: list[Task] = []
        paths = tuple(PurePosixPath(directory) for directory in directories)
        told = settings("host1", "10.0.0.1")
        self.settings = type(told)(**{**vars(told), "image_directories": paths, "mountinfo": mountinfo})
        self.reporter = self.new_reporter()

    def new_reporter(self) -> FactsReporter:
        """Of a process that has just started."""
        return FactsReporter(
            self.settings,
            self.libvirt.host,
            Leftovers("host1", self.libvirt.images, lambda: self.tasks),
            self.cluster.hypervisors,
            self.hypervisor,
        )

    def hypervisor(self) -> Hypervisor | None:
        return self.cluster.hypervisors.objects.get("host1")

    @property
    def status(self) -> HypervisorStatus:
        return self.cluster.hypervisors.objects["host1"].status

    @property
    def written(self) -> int:
        return sum(
            1 for kind, verb, _ in self.cluster.server.writes if (kind, verb) == ("Hypervisor", "patch")
        )

    def has_free(self, free_bytes: int) -> None:
        host = self.libvirt.host
        memory = replace(host.about.memory, total_bytes=TOTAL_BYTES, free_bytes=free_bytes)
        host.about = replace(host.about, memory=memory)

    def happens(self, kind: EventKind, *, on_its_way: bool = False) -> None:
        self.reporter.see(Event(kind, BEGINNING, UUID), on_its_way=on_its_way)


@asynccontextmanager
async def reporting(world: World) -> AsyncIterator[World]:
    """The facts are told; what is counted comes after."""
    await world.cluster.hypervisors.create("host1")
    work = asyncio.create_task(world.reporter.run())
    await asyncio.sleep(1)
    assert world.written == 1
    world.cluster.server.writes.clear()
    yield world
    work.cancel()


async def test_the_host_is_told_with_what_only_the_agent_knows() -> None:
    async with reporting(World()) as world:
        status = world.status
        assert (status.host_uuid, status.host_name) == ("uuid-of-host1", "host1")
        assert (status.versions.libvirt, status.versions.agent) == ("11.3.0", "test")
        assert status.migration_address == "10.0.0.1"
        assert status.observed_generation == 1


async def test_nothing_is_written_while_nothing_changes() -> None:
    async with reporting(World()) as world:
        await asyncio.sleep(3600)
        for kind in EventKind:
            world.happens(kind)
            await asyncio.sleep(10)
        assert world.written == 0


async def test_free_memory_is_told_when_it_crosses_the_reserve_however_little_it_moved() -> None:
    async with reporting(World()) as world:
        own = world.cluster.hypervisors.objects
        own["host1"] = replace(own["host1"], spec=HypervisorSpec(reserve=Reserve(memory="49Gi")))
        world.has_free(48 * GIB)
        await asyncio.sleep(90)
        assert (world.written, world.status.memory.free_bytes) == (1, 48 * GIB)
        world.has_free(47 * GIB)
        await asyncio.sleep(90)
        assert world.written == 1


async def test_free_memory_is_told_when_it_moved_by_a_twentieth_of_all() -> None:
    async with reporting(World()) as world:
        world.has_free(54 * GIB)
        await asyncio.sleep(90)
        assert world.written == 0
        world.has_free(46 * GIB)
        await asyncio.sleep(90)
        assert world.written == 0
        world.has_free(55 * GIB)
        await asyncio.sleep(90)
        assert (world.written, world.status.memory.free_bytes) == (1, 55 * GIB)
        world.has_free(51 * GIB)
        await asyncio.sleep(90)
        assert world.written == 1, "it counts from what was told last"


async def test_a_write_for_another_reason_does_not_carry_small_moves_of_free_memory() -> None:
    async with reporting(World()) as world:
        world.has_free(52 * GIB)
        world.libvirt.add(FakeDomain("vm1", UUID))
        await asyncio.sleep(90)
        assert (world.written, world.status.memory.free_bytes) == (1, 50 * GIB)


async def test_a_domain_that_comes_is_told_at_once() -> None:
    async with reporting(World()) as world:
        world.libvirt.add(FakeDomain("vm1", UUID))
        world.happens(EventKind.STARTED)
        await asyncio.sleep(0.1)
        assert [domain.name for domain in world.status.domains] == ["vm1"]


async def test_a_domain_that_left_by_another_hand_is_told_at_once() -> None:
    async with reporting(World()) as world:
        domain = world.libvirt.add(FakeDomain("vm1", UUID))
        world.happens(EventKind.STARTED)
        await asyncio.sleep(0.1)
        domain.become(DomainState.SHUTOFF, StateReason.MIGRATED)
        world.happens(EventKind.STOPPED)
        await asyncio.sleep(0.1)
        assert world.status.domains[0].state is DomainState.SHUTOFF


async def test_what_a_migration_does_to_a_domain_is_told_in_one_write() -> None:
    async with reporting(World()) as world:
        domain = world.libvirt.add(FakeDomain("vm1", UUID))
        world.happens(EventKind.STARTED)
        await asyncio.sleep(5)
        world.cluster.server.writes.clear()
        domain.become(DomainState.PAUSED, StateReason.MIGRATION)
        world.happens(EventKind.SUSPENDED, on_its_way=True)
        await asyncio.sleep(1)
        assert world.written == 0
        domain.become(DomainState.SHUTOFF, StateReason.MIGRATED)
        world.happens(EventKind.STOPPED, on_its_way=True)
        await asyncio.sleep(10)
        assert world.written == 0
        world.reporter.hurry()
        await asyncio.sleep(1)
        assert (world.written, world.status.domains[0].state) == (1, DomainState.SHUTOFF)


async def test_a_guest_that_arrives_is_told_when_it_runs() -> None:
    async with reporting(World()) as world:
        await asyncio.sleep(1)
        world.cluster.server.writes.clear()
        domain = world.libvirt.add(FakeDomain("vm1", UUID))
        domain.become(DomainState.PAUSED, StateReason.MIGRATION)
        world.happens(EventKind.STARTED, on_its_way=True)
        await asyncio.sleep(10)
        assert world.written == 0
        domain.become(DomainState.RUNNING, StateReason.MIGRATED)
        world.happens(EventKind.RESUMED, on_its_way=True)
        await asyncio.sleep(0.1)
        assert (world.written, world.status.domains[0].state) == (1, DomainState.RUNNING)


async def test_a_change_without_an_event_is_seen_within_half_a_minute() -> None:
    async with reporting(World()) as world:
        world.libvirt.add(FakeDomain("vm1", UUID))
        await asyncio.sleep(90)
        assert len(world.status.domains) == 1


async def test_a_network_of_libvirt_s_that_is_started_is_told_at_once() -> None:
    async with reporting(World()) as world:
        world.libvirt.host.start_network("lan")
        world.happens(EventKind.NETWORK)
        await asyncio.sleep(0.1)
        assert "lan" in {network.name for network in world.status.networks}


async def test_a_silent_libvirt_is_asked_again_until_it_answers() -> None:
    async with reporting(World()) as world:
        world.libvirt.reachable = False
        world.libvirt.add(FakeDomain("vm1", UUID))
        world.happens(EventKind.STARTED)
        await asyncio.sleep(300)
        assert world.written == 0
        world.libvirt.reachable = True
        await asyncio.sleep(6)
        assert len(world.status.domains) == 1


async def test_an_error_of_libvirt_ends_nothing() -> None:
    async with reporting(World()) as world:
        world.libvirt.fail_next("facts", Reason.LIBVIRT_ERROR)
        world.libvirt.add(FakeDomain("vm1", UUID))
        world.happens(EventKind.STARTED)
        await asyncio.sleep(6)
        assert len(world.status.domains) == 1


async def test_an_api_server_that_is_away_is_asked_again_until_it_answers() -> None:
    async with reporting(World()) as world:
        world.cluster.server.reachable = False
        world.libvirt.add(FakeDomain("vm1", UUID))
        world.happens(EventKind.STARTED)
        await asyncio.sleep(300)
        world.cluster.server.reachable = True
        await asyncio.sleep(6)
        assert len(world.status.domains) == 1


async def test_the_facts_wait_until_the_operator_has_made_the_hypervisor() -> None:
    world = World()
    work = asyncio.create_task(world.reporter.run())
    await asyncio.sleep(60)
    assert world.cluster.server.writes == []
    await world.cluster.hypervisors.create("host1")
    await asyncio.sleep(6)
    assert world.status.observed_generation == 1
    work.cancel()


async def test_a_changed_spec_is_acknowledged_at_once() -> None:
    async with reporting(World()) as world:
        there = world.cluster.hypervisors.objects["host1"]
        world.cluster.hypervisors.put(replace(there, generation=2))
        world.reporter.see_hypervisor()
        await asyncio.sleep(0.1)
        assert (world.written, world.status.observed_generation) == (1, 2)
        world.reporter.see_hypervisor()
        await asyncio.sleep(60)
        assert world.written == 1


async def test_the_operators_condition_is_kept_and_causes_no_write() -> None:
    async with reporting(World()) as world:
        lives = Condition("Ready", ConditionStatus.TRUE, "AgentAlive", BEGINNING, "it lives")
        await world.cluster.hypervisors.write_conditions("host1", (lives,))
        world.cluster.server.writes.clear()
        world.reporter.see_hypervisor()
        await asyncio.sleep(90)
        assert world.written == 0
        world.libvirt.add(FakeDomain("vm1", UUID))
        await asyncio.sleep(90)
        [condition] = world.status.conditions
        assert isinstance(condition, Condition)
        assert condition.status is ConditionStatus.TRUE


async def test_an_image_directory_is_told_with_its_space_and_its_kind_of_file_system(tmp_path: Path) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(
        f"1 0 0:1 / {tmp_path} rw - fuse.glusterfs store rw\n2 0 0:2 / /var/lib rw - xfs /dev/a rw\n"
    )
    async with reporting(World(tmp_path, mountinfo=mountinfo)) as world:
        [directory] = world.status.image_directories
        assert (directory.path, directory.file_system) == (str(tmp_path), "fuse.glusterfs")
        assert directory.total_bytes >= directory.free_bytes > 0
        assert world.status.tpm_state_file_system == "xfs"


async def test_a_directory_that_is_not_there_is_told_without_space(tmp_path: Path) -> None:
    async with reporting(World(tmp_path / "missing")) as world:
        [directory] = world.status.image_directories
        assert (directory.total_bytes, directory.free_bytes) == (0, 0)
