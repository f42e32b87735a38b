"""The fake's own hands: faults that are ordered, answers that get lost, changes that are told."""

import pytest

from godwit.api.constants import Resource
from godwit.cluster.ports import Claim, Conflict, Unavailable
from godwit.domain.migration import Destination, MigrationSpec, MigrationStatus, Phase, VMSelector

from ...fakes.cluster import FakeCluster

SPEC = MigrationSpec(vm=VMSelector(name="vm1"), destination=Destination("host2"))
PENDING = MigrationStatus(phase=Phase.PENDING)


async def test_the_next_write_conflicts_once_and_writes_nothing() -> None:
    fake = FakeCluster()
    migration = fake.migrations.apply("vmm", SPEC)
    fake.fail_next_write(Conflict("ordered"))
    with pytest.raises(Conflict, match="ordered"):
        await fake.migrations.write_status(migration, PENDING)
    assert fake.migrations.objects["default", "vmm"] == migration
    await fake.migrations.write_status(migration, PENDING)
    assert fake.server.writes == [("VMMigration", "patch", "Conflict"), ("VMMigration", "patch", "done")]


async def test_a_write_whose_answer_got_lost_was_done() -> None:
    fake = FakeCluster()
    fake.fail_next_write(Unavailable("ordered"), done=True)
    with pytest.raises(Unavailable, match="ordered"):
        await fake.claims.take(Claim(vm_uuid="vm", migration_uid="first", migration="default/first"))
    there = await fake.claims.read("vm")
    assert there is not None
    assert there.migration_uid == "first"


async def test_a_fault_waits_for_the_kind_that_it_was_ordered_for() -> None:
    fake = FakeCluster()
    migration = fake.migrations.apply("vmm", SPEC)
    fake.fail_next_write(Unavailable("ordered"), kind="Lease")
    await fake.migrations.write_status(migration, PENDING)
    with pytest.raises(Unavailable):
        await fake.claims.take(Claim(vm_uuid="vm", migration_uid="first", migration="default/first"))


async def test_a_server_that_is_away_neither_reads_nor_writes() -> None:
    fake = FakeCluster()
    fake.server.reachable = False
    with pytest.raises(Unavailable):
        await fake.tasks.read("t")
    with pytest.raises(Unavailable):
        await fake.hypervisors.create("host1")
    assert fake.hypervisors.objects == {}


async def test_whoever_watches_is_told_of_each_change() -> None:
    fake = FakeCluster()
    told: list[tuple[Resource, str, str]] = []
    fake.on_change(lambda *change: told.append(change))
    migration = fake.migrations.apply("vmm", SPEC)
    await fake.migrations.write_status(migration, PENDING)
    fake.migrations.mark_deleted("default", "vmm")
    assert told == [(Resource.MIGRATION, "default", "vmm")] * 3
