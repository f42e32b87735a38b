"""What stays on a host is told until it is gone, and never removed; commands only for what is ours alone."""

import asyncio

import pytest
from msgspec.structs import replace

from godwit.agent.leftovers import Leftovers
from godwit.domain.host import Leftover
from godwit.domain.image import FileKind, ImageFacts, Whose
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, TaskStatus
from godwit.hypervisor.ports import HypervisorError

from ...fakes.hypervisor import FakeDomain, FakeFile
from ...fakes.hypervisor_images import FakeImages
from ..controller.house.house import disk
from ..domain.builders import destination
from .copies import PLAN, VDA
from .test_facts import World, reporting

OURS = FakeFile()
PLACE = FakeFile(kind=FileKind.DIRECTORY)
IMAGE = LeftBehind("Image", "/local/vda.img", "because", OURS.identity)
DIRECTORY = LeftBehind("Directory", "/local/a place", "because", PLACE.identity)
TOLD = Leftover("Image", "/local/vda.img", "rm /local/vda.img", "because", OURS.identity)
TOLD_DIRECTORY = Leftover(
    "Directory", DIRECTORY.path, "rmdir '/local/a place'", "because", DIRECTORY.identity
)


def told(world: World) -> list[Leftover]:
    return list(world.status.leftovers)


def in_words(world: World) -> str:
    """Of the one that is told, without a command that removes it."""
    [only] = world.status.leftovers
    assert replace(only, remedy="") == replace(TOLD, remedy="", identity=only.identity)
    assert not only.remedy.startswith("rm")
    return only.remedy


async def test_nothing_left_is_nothing_told() -> None:
    async with reporting(World()) as world:
        await asyncio.sleep(600)
        assert told(world) == []
        assert world.written == 0


async def test_what_a_task_leaves_is_told_before_it_goes_on_and_kept_until_it_is_gone() -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        world.libvirt.put(DIRECTORY.path, PLACE)
        await world.reporter.tell((IMAGE, DIRECTORY))
        assert told(world) == [TOLD_DIRECTORY, TOLD]
        await asyncio.sleep(600)
        assert world.written == 1
        world.libvirt.drop(IMAGE.path)
        world.libvirt.drop(DIRECTORY.path)
        await asyncio.sleep(35)
        assert told(world) == []
        assert world.libvirt.acts == []


async def test_an_agent_that_starts_anew_keeps_what_was_told() -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
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
        world.libvirt.put(IMAGE.path, OURS)
        status = TaskStatus(reached=Goal.PREPARED, left_behind=(IMAGE,))
        task = destination(Goal.ROLLED_BACK, status)
        world.tasks.append(task)
        await asyncio.sleep(35)
        assert told(world) == [], "that is another host's task"
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        await asyncio.sleep(35)
        assert told(world) == [TOLD]


async def test_a_file_that_somebody_put_in_the_place_of_ours_is_theirs_and_told_no_more() -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        await world.reporter.tell((IMAGE,))
        world.libvirt.put(IMAGE.path, FakeFile("of somebody"))
        await asyncio.sleep(35)
        assert told(world) == []
        world.libvirt.put(IMAGE.path, FakeFile("of somebody"))
        await world.reporter.tell((IMAGE,))
        assert told(world) == [], "nor when it was theirs from the beginning"


@pytest.mark.parametrize(
    "there", [FakeFile("full"), FakeFile(kind=FileKind.SYMLINK)], ids=["file", "symlink"]
)
async def test_what_nobody_wrote_down_is_told_with_no_command_that_removes_it(there: FakeFile) -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, there)
        await world.reporter.tell((replace(IMAGE, identity=""),))
        assert f"ls -l {IMAGE.path}" in in_words(world)
        world.libvirt.drop(IMAGE.path)
        await asyncio.sleep(35)
        assert told(world) == []


async def test_what_an_older_agent_told_with_a_command_is_told_in_words() -> None:
    world = World()
    world.libvirt.put_file(IMAGE.path)
    async with reporting(world):
        [known] = await Leftovers("host1", world.libvirt.images, tuple).now(
            (Leftover("Image", IMAGE.path, f"rm {IMAGE.path}"),)
        )
        assert not known.remedy.startswith("rm")


async def test_what_lies_on_a_file_system_that_is_not_mounted_stays_told_until_it_is_gone_from_there() -> (
    None
):
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        await world.reporter.tell((IMAGE,))
        world.libvirt.unmount("/local")
        await asyncio.sleep(35)
        assert "not mounted" in in_words(world)
        world.libvirt.put(IMAGE.path, FakeFile("below the mount"))
        await asyncio.sleep(35)
        assert "not mounted" in in_words(world)
        world.libvirt.mount("/local")
        await asyncio.sleep(35)
        assert told(world) == [TOLD]
        world.libvirt.drop(IMAGE.path)
        await asyncio.sleep(35)
        assert told(world) == []


async def test_an_image_that_a_domain_names_is_no_leftover_any_more() -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        await world.reporter.tell((IMAGE,))
        world.libvirt.add(FakeDomain("vm1", "vm1", disks=(disk("/local", "vda"),)))
        await asyncio.sleep(35)
        assert told(world) == []


@pytest.mark.parametrize("arrived", [False, True], ids=["planned", "arrived"])
async def test_what_a_migration_uses_is_told_with_no_command_and_told_again_when_it_is_over(
    arrived: bool,
) -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        plan = replace(PLAN, copies=() if arrived else (VDA,))
        task = destination(Goal.PREPARED, TaskStatus(reached=Goal.INSPECTED), plan)
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        if arrived:
            uuid, name = task.spec.vm.uuid, task.spec.vm.name
            world.libvirt.add(FakeDomain(name, uuid, disks=(disk("/local", "vda"),)))
        await world.reporter.tell((IMAGE,))
        assert "wait" in in_words(world)
        world.tasks.clear()
        world.libvirt.domains.clear()
        await asyncio.sleep(35)
        assert told(world) == [TOLD]


async def test_what_a_task_that_is_over_has_left_belongs_to_whoever_took_it_over() -> None:
    """The guest's only disk again: it must not be told with a command once nobody defines the guest."""
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        task = destination(Goal.ROLLED_BACK, TaskStatus(reached=Goal.ROLLED_BACK, left_behind=(IMAGE,)))
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        await world.reporter.tell((IMAGE,))
        assert told(world) == [TOLD]
        world.libvirt.add(FakeDomain("vm1", "vm1", disks=(disk("/local", "vda"),)))
        await asyncio.sleep(35)
        world.libvirt.domains.clear()
        await asyncio.sleep(35)
        assert told(world) == []


async def test_what_may_be_needed_is_told_with_no_command_though_it_is_the_very_file() -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        await world.reporter.tell((replace(IMAGE, in_doubt=True),))
        [only] = told(world)
        assert only.remedy == (
            "look at it (`ls -l /local/vda.img`) and read why it stays: it may be needed, and only a person "
            "knows"
        )


async def test_what_a_task_leaves_is_told_while_that_task_still_ends() -> None:
    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        task = destination(Goal.ROLLED_BACK, TaskStatus(reached=Goal.PREPARED), replace(PLAN, copies=(VDA,)))
        world.tasks.append(replace(task, spec=replace(task.spec, node_name="host1")))
        await world.reporter.tell((IMAGE,))
        assert told(world) == [TOLD]
        world.tasks.clear()
        await asyncio.sleep(100)
        assert told(world) == [TOLD]


async def test_what_nobody_can_look_at_when_it_is_left_is_told_all_the_same() -> None:
    """Its task is over a moment later, and the agent may be started anew."""

    class Hung(FakeImages):
        async def whose(self, identities: dict[str, str]) -> dict[str, Whose]:
            raise HypervisorError(Reason.LIBVIRT_UNREACHABLE, "hangs")

    async with reporting(World()) as world:
        world.libvirt.put(IMAGE.path, OURS)
        leftovers = Leftovers("host1", Hung(world.libvirt), lambda: world.tasks)
        leftovers.add((IMAGE,))
        [only] = await leftovers.now(())
        assert (only.path, only.identity) == (IMAGE.path, IMAGE.identity)
        assert not only.remedy.startswith("rm")
        assert await leftovers.now((TOLD,)) == (TOLD,)


async def test_what_is_left_while_others_are_looked_for_is_not_forgotten() -> None:
    class Meanwhile(FakeImages):
        async def look(
            self, paths: tuple[str, ...], digests: tuple[str, ...] = (), *, everywhere: bool = False
        ) -> tuple[ImageFacts, ...]:
            if IMAGE.path not in paths:
                known.add((IMAGE,))
            return await super().look(paths, digests, everywhere=everywhere)

    libvirt = World().libvirt
    libvirt.put(IMAGE.path, OURS)
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
