"""The operator's acts: safe to repeat, fenced against everybody else."""

import pytest
from msgspec.structs import replace

from godwit.api.parse import parse_task
from godwit.cluster.ports import Claim, Conflict
from godwit.controller.act import Actor
from godwit.controller.skew import SkewMeter
from godwit.domain.decision import CreateTask, DeleteTask, ReleaseClaim, SetFinalizer, TakeClaim, WriteSpec
from godwit.domain.migration import Destination, Migration, MigrationSpec, VMSelector
from godwit.domain.observation import Observation
from godwit.domain.task import Goal, MigrationRef, Peer, Role, TaskSpec, VMIdentity
from godwit.runtime.cache import Cache, Key

from ...fakes.cluster import NAMESPACE, FakeCluster

SPEC = TaskSpec(
    node_name="host1",
    role=Role.SOURCE,
    attempt=1,
    migration_ref=MigrationRef("default", "move", "uid"),
    vm=VMIdentity("vm1", "vm-uuid"),
    peer=Peer("host2", "peer"),
    goal=Goal.INSPECTED,
)


class Bench:
    """An actor with a migration to act for."""

    def __init__(self) -> None:
        self.cluster = cluster = FakeCluster()
        self.seen = Cache(parse_task)
        self.actor = Actor(
            NAMESPACE, cluster.migrations, cluster.tasks, cluster.claims, self.seen, SkewMeter()
        )
        spec = MigrationSpec(VMSelector(name="vm1"), Destination("host2"))
        self.migration: Migration = cluster.migrations.apply("move", spec)


async def test_every_act_may_be_repeated() -> None:
    bench = Bench()
    migration = bench.migration
    for _ in range(2):
        migration = await bench.actor.do(SetFinalizer(present=True), migration)
        await bench.actor.do(TakeClaim("vm-uuid"), migration)
        await bench.actor.do(CreateTask("t", SPEC), migration)
    assert bench.cluster.claims.objects["vm-uuid"].migration_uid == migration.uid
    for _ in range(2):
        await bench.actor.do(DeleteTask("t"), migration)
        await bench.actor.do(ReleaseClaim("vm-uuid"), migration)
        migration = await bench.actor.do(SetFinalizer(present=False), migration)
    assert (bench.cluster.tasks.objects, bench.cluster.claims.objects) == ({}, {})


async def test_a_task_of_that_name_for_another_migration_is_not_taken_for_ours() -> None:
    bench = Bench()
    await bench.cluster.tasks.create("t", replace(SPEC, migration_ref=MigrationRef("default", "x", "other")))
    with pytest.raises(Conflict):
        await bench.actor.do(CreateTask("t", SPEC), bench.migration)


async def test_a_task_that_exists_already_is_known_afterwards() -> None:
    bench = Bench()
    created = await bench.cluster.tasks.create("t", SPEC)
    await bench.actor.do(CreateTask("t", SPEC), bench.migration)
    assert bench.seen.get(Key(NAMESPACE, "t")) == created


async def test_the_claim_of_another_is_neither_taken_nor_released() -> None:
    bench = Bench()
    await bench.cluster.claims.take(Claim("vm-uuid", "another", "team/another"))
    await bench.actor.do(TakeClaim("vm-uuid"), bench.migration)
    await bench.actor.do(ReleaseClaim("vm-uuid"), bench.migration)
    assert bench.cluster.claims.objects["vm-uuid"].migration_uid == "another"


async def test_a_goal_is_moved_only_as_it_was_seen() -> None:
    bench = Bench()
    await bench.actor.do(CreateTask("t", SPEC), bench.migration)
    there = bench.cluster.tasks.objects["t"]
    await bench.cluster.tasks.write_status(there, replace(there.status, run_mark="news"))
    with pytest.raises(Conflict):
        await bench.actor.do(WriteSpec("t", replace(SPEC, goal=Goal.ROLLED_BACK)), bench.migration)
    assert bench.cluster.tasks.objects["t"].spec.goal is Goal.INSPECTED


async def test_a_task_that_goes_before_the_answer_comes_is_not_remembered() -> None:
    bench = Bench()
    await bench.actor.do(CreateTask("t", SPEC), bench.migration)
    key = Key(NAMESPACE, "t")
    bench.cluster.on_change(lambda *_: bench.seen.saw(key, 10_000, None))
    await bench.actor.do(WriteSpec("t", replace(SPEC, goal=Goal.PREPARED)), bench.migration)
    assert bench.seen.get(key) is None


async def test_the_goal_of_a_task_that_is_gone_is_nobodys() -> None:
    bench = Bench()
    await bench.actor.do(WriteSpec("t", SPEC), bench.migration)
    assert bench.cluster.server.writes == []


async def test_a_task_that_was_seen_anew_since_the_decision_is_not_written() -> None:
    bench = Bench()
    await bench.actor.do(CreateTask("t", SPEC), bench.migration)
    observed = Observation(bench.migration, source=bench.seen.get(Key(NAMESPACE, "t")))
    move = WriteSpec("t", replace(SPEC, goal=Goal.PREPARED))
    assert not bench.actor.has_changed(move, observed)
    await bench.actor.do(move, bench.migration)
    assert bench.actor.has_changed(move, observed)
    assert not bench.actor.has_changed(TakeClaim("vm-uuid"), observed)
