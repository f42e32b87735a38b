"""MigrationTasks: one spec and one status, written by two processes, each fenced against the other."""

import msgspec
import pytest

from godwit.cluster.paths import TASKS
from godwit.cluster.ports import Conflict
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, MigrationRef, Peer, Role, TaskSpec, TaskStatus, VMIdentity

from .worlds import RealWorld, World, unique

SPEC = TaskSpec(
    node_name="host1",
    role=Role.SOURCE,
    attempt=1,
    migration_ref=MigrationRef(namespace="default", name="vmm-1", uid="9a51b3c6-1a0e-4b57-8a3e-6d1f7e1a2b3c"),
    vm=VMIdentity(name="vm1", uuid="3b8f2a6e-0d6b-4a9e-9a51-0c8a2a9a7a11"),
    peer=Peer(node_name="host2", task="vmm-1-destination"),
    goal=Goal.INSPECTED,
)
INSPECTED = TaskStatus(reached=Goal.INSPECTED, run_mark="mark-1")


async def test_a_task_is_as_it_was_created(world: World) -> None:
    name = unique("task")
    task = await world.ports.tasks.create(name, SPEC)
    assert (task.name, task.spec, task.status) == (name, SPEC, TaskStatus())
    assert await world.ports.tasks.read(name) == task


async def test_a_task_that_was_never_created_is_none(world: World) -> None:
    assert await world.ports.tasks.read(unique("task")) is None


async def test_a_second_task_of_one_name_is_a_conflict(world: World) -> None:
    name = unique("task")
    task = await world.ports.tasks.create(name, SPEC)
    with pytest.raises(Conflict, match=name):
        await world.ports.tasks.create(name, msgspec.structs.replace(SPEC, node_name="host9"))
    assert await world.ports.tasks.read(name) == task


async def test_spec_and_status_are_written_apart_from_each_other(world: World) -> None:
    task = await world.ports.tasks.create(unique("task"), SPEC)
    task = await world.ports.tasks.write_status(task, INSPECTED)
    further = msgspec.structs.replace(SPEC, goal=Goal.PREPARED, challenge="host2.7")
    task = await world.ports.tasks.write_spec(task, further)
    assert (task.spec, task.status) == (further, INSPECTED)


async def test_a_status_replaces_the_whole_one_that_was_there(world: World) -> None:
    task = await world.ports.tasks.create(unique("task"), SPEC)
    waiting = TaskStatus(waiting=Failure(reason=Reason.GUEST_BUSY, message="it is being saved"))
    task = await world.ports.tasks.write_status(task, waiting)
    task = await world.ports.tasks.write_status(task, INSPECTED)
    assert task.status == INSPECTED
    assert await world.ports.tasks.read(task.name) == task


async def test_a_goal_that_has_moved_fences_the_agents_write(world: World) -> None:
    seen = await world.ports.tasks.create(unique("task"), SPEC)
    moved = await world.ports.tasks.write_spec(seen, msgspec.structs.replace(SPEC, goal=Goal.ROLLED_BACK))
    with pytest.raises(Conflict, match=seen.name):
        await world.ports.tasks.write_status(seen, INSPECTED)
    assert await world.ports.tasks.read(seen.name) == moved


async def test_a_status_that_has_moved_fences_the_operators_write(world: World) -> None:
    seen = await world.ports.tasks.create(unique("task"), SPEC)
    moved = await world.ports.tasks.write_status(seen, INSPECTED)
    with pytest.raises(Conflict, match=seen.name):
        await world.ports.tasks.write_spec(seen, msgspec.structs.replace(SPEC, goal=Goal.PREPARED))
    assert await world.ports.tasks.read(seen.name) == moved


async def test_a_task_that_has_changed_is_not_deleted(world: World) -> None:
    seen = await world.ports.tasks.create(unique("task"), SPEC)
    moved = await world.ports.tasks.write_status(seen, INSPECTED)
    with pytest.raises(Conflict, match=seen.name):
        await world.ports.tasks.delete(seen)
    assert await world.ports.tasks.read(seen.name) == moved


async def test_a_task_of_the_same_name_that_came_later_is_not_deleted(world: World) -> None:
    seen = await world.ports.tasks.create(unique("task"), SPEC)
    await world.ports.tasks.delete(seen)
    later = await world.ports.tasks.create(seen.name, SPEC)
    with pytest.raises(Conflict, match=seen.name):
        await world.ports.tasks.delete(seen)
    assert await world.ports.tasks.read(seen.name) == later


async def test_a_task_is_deleted_once_and_nothing_happens_twice(world: World) -> None:
    task = await world.ports.tasks.create(unique("task"), SPEC)
    await world.ports.tasks.delete(task)
    await world.ports.tasks.delete(task)
    assert await world.ports.tasks.read(task.name) is None


@pytest.mark.contract
async def test_a_task_has_labels_for_people_and_no_owner(real: RealWorld) -> None:
    long_name = "a" * 62 + "." + "b" * 40
    ref = msgspec.structs.replace(SPEC.migration_ref, name=long_name)
    task = await real.ports.tasks.create(unique("task"), msgspec.structs.replace(SPEC, migration_ref=ref))
    metadata = (await real.rest.get(TASKS.within(real.namespace), task.name))["metadata"]
    assert isinstance(metadata, dict)
    assert "ownerReferences" not in metadata
    assert metadata["labels"] == {
        "godwit.dev/migration-namespace": "default",
        "godwit.dev/migration": "a" * 62,
        "godwit.dev/role": "Source",
    }
