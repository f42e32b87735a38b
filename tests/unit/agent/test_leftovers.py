"""What stays on a host is told with the command that removes it, until it is gone, and never removed."""

import asyncio

from msgspec.structs import replace

from godwit.agent.leftovers import Leftovers
from godwit.domain.host import Leftover
from godwit.domain.image import ImageFacts
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.task import Goal, TaskStatus

from ...fakes.hypervisor import FakeDomain, FakeFile
from ...fakes.hypervisor_images import FakeImages
from ..controller.house.house import disk
from ..domain.builders import destination
from .copies import PLAN, VDA
from .test_facts import World, reporting

IMAGE = LeftBehind("Image", "/local/vda.img", "because")
DIRECTORY = LeftBehind("Directory", "/local/a place", "because")
TOLD = Leftover("Image", "/local/vda.img", "rm /local/vda.img")


def told(world: World) -> list[Leftover]:
    return list(world.status.leftovers)


async def test_nothing_left_is_nothing_told() -> None:
    async with reporting(World()) as world:
        await asyncio.sleep(600)
        assert told(world) == []
        assert world.written == 0


async def test_what_a_task_leaves_is_told_before_it_goes_on_and_kept_until_it_is_gone() -> None:
    async with reporting(World()) as world:
        world.libvirt.put_file(IMAGE.path)
        world.libvirt.directories.append(DIRECTORY.path)
        await world.reporter.tell((IMAGE, DIRECTORY))
        assert told(world) == [Leftover("Directory", DIRECTORY.path, "rmdir '/local/a place'"), TOLD]
        await asyncio.sleep(600)
        assert world.written == 1
        world.libvirt.drop(IMAGE.path)
        world.libvirt.directories.remove(DIRECTORY.path)
        await asyncio.sleep(35)
        assert told(world) == []
        assert world.libvirt.acts == []


async def test_an_agent_that_starts_anew_keeps_what_was_told() -> None:
    async with reporting(World()) as world:
        world.libvirt.put_file(IMAGE.path)
        await world.reporter.tell((IMAGE,))
        again = World()
        again.cluster, again.libvirt = world.cluster, world.libvirt
        again.reporter = again.new_reporter()
        work = asyncio.create_task(again.reporter.run())
        await asyncio.sleep(100)
        assert told(world) == [TOLD]
        work.cancel()


async def test_what_a_task_that_is_still_there_has_left_is_told_by_whoever_reads_it() -> None:
    async with reporting(World()) as world:
        world.libvirt.put_file(IMAGE.path)
        status = TaskStatus(reached=Goal.ROLLED_BACK, left_behind=(IMAGE,))
        task = destination(Goal.ROLLED_BACK, status)
        world.tasks.append(task)
        await asyncio.sleep(35)
        assert told(world) == [], "that is another host's task"
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        await asyncio.sleep(35)
        assert told(world) == [TOLD]


async def test_an_image_that_a_domain_names_or_a_migration_uses_is_no_leftover_any_more() -> None:
    async with reporting(World()) as world:
        world.libvirt.put_file(IMAGE.path)
        await world.reporter.tell((IMAGE,))
        world.libvirt.add(FakeDomain("vm1", "vm1", disks=(disk("/local", "vda"),)))
        await asyncio.sleep(35)
        assert told(world) == []
    async with reporting(World()) as world:
        world.libvirt.put_file(IMAGE.path)
        task = destination(Goal.PREPARED, TaskStatus(reached=Goal.INSPECTED), replace(PLAN, copies=(VDA,)))
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        await world.reporter.tell((IMAGE,))
        assert told(world) == []


async def test_what_a_task_leaves_is_told_while_that_task_still_ends() -> None:
    async with reporting(World()) as world:
        world.libvirt.put_file(IMAGE.path)
        task = destination(Goal.ROLLED_BACK, TaskStatus(reached=Goal.PREPARED), replace(PLAN, copies=(VDA,)))
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        await world.reporter.tell((IMAGE,))
        assert told(world) == [TOLD]
        world.tasks.clear()
        await asyncio.sleep(100)
        assert told(world) == [TOLD]


async def test_what_is_left_while_others_are_looked_for_is_not_forgotten() -> None:
    class Meanwhile(FakeImages):
        async def look(
            self, paths: tuple[str, ...], digests: tuple[str, ...] = (), *, everywhere: bool = False
        ) -> tuple[ImageFacts, ...]:
            if IMAGE.path not in paths:
                known.add((IMAGE,))
            return await super().look(paths, digests, everywhere=everywhere)

    libvirt = World().libvirt
    libvirt.put_file(IMAGE.path)
    known = Leftovers("host1", Meanwhile(libvirt), tuple)
    known.add((DIRECTORY,))
    assert await known.now(()) == ()
    assert await known.now(()) == (TOLD,)


async def test_pools_and_old_probe_files_are_found_unless_a_migration_needs_them() -> None:
    world = World()
    probe = "/shared/.godwit-1"
    world.libvirt.pools += ["default", "godwit-123"]
    world.libvirt.put(probe, FakeFile(old=True))
    resource = CreatedResource("ProbeFile", probe, ResourceState.CREATED)
    task = destination(Goal.INSPECTED, TaskStatus(created_resources=(resource,)))
    world.tasks.append(task)
    async with reporting(world):
        assert told(world) == [Leftover("Pool", "godwit-123", "virsh pool-destroy godwit-123")]
        world.tasks.clear()
        world.libvirt.pools.clear()
        await asyncio.sleep(65)
        assert told(world) == [Leftover("ProbeFile", probe, f"rm {probe}")]
        assert probe in world.libvirt.network.shared_files


async def test_a_host_whose_hypervisor_is_gone_still_ends_its_tasks() -> None:
    world = World()
    await world.reporter.tell((IMAGE,))
    assert world.cluster.hypervisors.objects == {}
