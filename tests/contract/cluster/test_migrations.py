"""VMMigrations: statuses and finalizers, written by two that don't know of each other."""

from datetime import UTC, datetime

import pytest

from godwit.cluster.paths import MIGRATIONS
from godwit.cluster.ports import Conflict, NotFound
from godwit.domain.migration import Cleanup, MigrationStatus, Phase, Transition
from godwit.domain.task import VMIdentity

from .worlds import RealWorld, World, unique

AT = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
UUID = "3b8f2a6e-0d6b-4a9e-9a51-0c8a2a9a7a11"
QUEUED = MigrationStatus(observed_generation=1, phase=Phase.QUEUED, vm=VMIdentity(name="vm1", uuid=UUID))


async def test_a_migration_is_born_with_an_unobserved_status(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    assert migration.status == MigrationStatus()
    assert not migration.finalizer
    assert not migration.deleting


async def test_a_migration_is_read_as_it_is_now(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    written = await world.ports.migrations.write_status(migration, QUEUED)
    assert await world.ports.migrations.read(migration.namespace, migration.name) == written
    assert await world.ports.migrations.read(migration.namespace, unique("nobody")) is None


async def test_a_status_replaces_the_whole_one_that_was_there(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    first = await world.ports.migrations.write_status(migration, QUEUED)
    assert first.status == QUEUED
    wanted = MigrationStatus(
        observed_generation=1,
        phase=Phase.SUCCEEDED,
        finished_at=AT,
        cleanup=Cleanup.DONE,
        phase_transitions=(Transition(phase=Phase.SUCCEEDED, at=AT),),
    )
    second = await world.ports.migrations.write_status(first, wanted)
    assert second.status == wanted
    assert await world.migration(migration) == second


async def test_a_status_decided_from_an_older_version_is_a_conflict_and_writes_nothing(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    first = await world.ports.migrations.write_status(migration, QUEUED)
    with pytest.raises(Conflict, match=migration.name):
        await world.ports.migrations.write_status(migration, MigrationStatus(phase=Phase.FAILED))
    assert await world.migration(migration) == first


async def test_the_status_of_a_migration_that_is_gone_is_not_found(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    await world.mark_deleted(migration)
    with pytest.raises(NotFound, match=migration.name):
        await world.ports.migrations.write_status(migration, QUEUED)


async def test_a_migration_with_our_finalizer_stays_until_it_is_removed(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    held = await world.ports.migrations.set_finalizer(migration, True)
    assert held.finalizer
    await world.mark_deleted(held)
    deleting = await world.migration(held)
    assert deleting is not None
    assert deleting.deleting
    let_go = await world.ports.migrations.set_finalizer(deleting, False)
    assert not let_go.finalizer
    assert await world.migration(held) is None


async def test_a_finalizer_that_is_as_wanted_costs_no_write(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    assert await world.ports.migrations.set_finalizer(migration, False) == migration
    held = await world.ports.migrations.set_finalizer(migration, True)
    assert await world.ports.migrations.set_finalizer(held, True) == held
    assert world.writes == [("VMMigration", "patch", world.done)]


async def test_a_finalizer_decided_from_an_older_version_is_a_conflict(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    first = await world.ports.migrations.write_status(migration, QUEUED)
    with pytest.raises(Conflict, match=migration.name):
        await world.ports.migrations.set_finalizer(migration, True)
    assert await world.migration(migration) == first


@pytest.mark.contract
async def test_other_peoples_finalizers_are_left_alone(real: RealWorld) -> None:
    migration = await real.apply(unique("vmm"))
    place = MIGRATIONS.within(migration.namespace)
    await real.rest.patch(place, migration.name, {"metadata": {"finalizers": ["example.org/theirs"]}})
    theirs = await real.migration(migration)
    assert theirs is not None
    held = await real.ports.migrations.set_finalizer(theirs, True)
    assert await _finalizers(real, held.name) == ["example.org/theirs", "godwit.dev/migration"]
    await real.ports.migrations.set_finalizer(held, False)
    assert await _finalizers(real, held.name) == ["example.org/theirs"]


async def _finalizers(real: RealWorld, name: str) -> object:
    body = await real.rest.get(MIGRATIONS.within("default"), name)
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    return metadata["finalizers"]
