import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from godwit.domain.guest import DomainState, Job, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.domain.task import StopDetail
from godwit.hypervisor.ports import EventKind, HypervisorError

from .patience import SECONDS, events_until, suppress_unreachable, until
from .worlds import ATTEMPT, MARKS, UUID, World, request


async def test_a_guest_moves_fast_and_bears_the_marks_there(world: World) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, Marks(run="of-the-source", attempt=ATTEMPT))
    await world.source.jobs.migrate(await request(world))
    here, there = await world.source.guests.look(UUID), await world.destination.guests.look(UUID)
    assert (here.state, here.reason) == (DomainState.SHUTOFF, StateReason.MIGRATED)
    assert here.persistent
    assert (there.state, there.reason) == (DomainState.RUNNING, StateReason.MIGRATED)
    assert there.persistent
    assert there.marks == MARKS
    assert there.job is Job.NONE


async def test_the_definition_at_the_destination_bears_the_attempt_alone(world: World) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, Marks(run="of-the-source", attempt=ATTEMPT))
    await world.source.jobs.migrate(await request(world))
    await world.destination.removal.destroy(UUID, marks=Marks(attempt=ATTEMPT))
    left = await world.destination.guests.look(UUID)
    assert left.state is DomainState.SHUTOFF
    assert left.marks == Marks(attempt=ATTEMPT)


async def test_the_destination_does_not_inherit_autostart(world: World) -> None:
    await world.start_guest(autostart=True)
    await world.source.jobs.migrate(await request(world))
    assert (await world.source.guests.look(UUID)).autostart
    assert not (await world.destination.guests.look(UUID)).autostart


async def test_the_strict_switchover_leaves_it_paused_until_it_is_resumed(world: World) -> None:
    await world.start_guest()
    await world.source.jobs.migrate(await request(world, paused=True))
    there = await world.destination.guests.look(UUID)
    assert (there.state, there.reason) == (DomainState.PAUSED, StateReason.USER)
    await world.destination.power.resume(UUID)
    assert (await world.destination.guests.look(UUID)).state is DomainState.RUNNING


async def test_a_guest_that_its_user_paused_stays_paused(world: World) -> None:
    await world.start_guest(paused=True)
    await world.source.jobs.migrate(await request(world))
    there = await world.destination.guests.look(UUID)
    assert (there.state, there.reason) == (DomainState.PAUSED, StateReason.USER)


async def test_a_transient_guest_stays_transient(world: World) -> None:
    await world.start_guest(persistent=False)
    await world.source.jobs.migrate(await request(world, persistent=False))
    assert (await world.source.guests.look(UUID)).state is DomainState.ABSENT
    there = await world.destination.guests.look(UUID)
    assert (there.state, there.persistent, there.marks) == (DomainState.RUNNING, False, MARKS)


async def test_a_device_that_came_in_between_starts_nothing(world: World) -> None:
    await world.start_guest()
    wanted = await request(world)
    await world.plug()
    with pytest.raises(HypervisorError) as refused:
        await world.source.jobs.migrate(wanted)
    assert refused.value.reason is Reason.GUEST_CHANGED
    assert (await world.source.guests.look(UUID)).reason is StateReason.BOOTED
    assert (await world.destination.guests.look(UUID)).state is DomainState.ABSENT


async def test_a_namesake_at_the_destination_is_a_reason_and_stays(world: World) -> None:
    await world.start_guest()
    await world.start_namesake()
    with pytest.raises(HypervisorError) as refused:
        await world.source.jobs.migrate(await request(world))
    assert refused.value.reason is Reason.NAMESAKE
    assert (await world.source.guests.look(UUID)).state is DomainState.RUNNING
    assert (await world.destination.guests.look(UUID)).state is DomainState.ABSENT


async def test_a_destination_that_nobody_reaches_is_a_reason(world: World) -> None:
    await world.start_guest()
    nowhere = msgspec.structs.replace(await request(world), destination_uri="qemu+tls://127.0.0.1:9/system")
    with pytest.raises(HypervisorError) as refused:
        await world.source.jobs.migrate(nowhere)
    assert refused.value.reason is Reason.CONNECTION_FAILED
    assert (await world.source.guests.look(UUID)).job is Job.NONE


async def test_events_tell_the_switchover_and_the_end(world: World) -> None:
    await world.start_guest()
    here, there = world.source.host.events(), world.destination.host.events()
    await world.source.jobs.migrate(await request(world))
    source = [event for event in await events_until(here, EventKind.JOB_COMPLETED) if event.uuid == UUID]
    kinds = [event.kind for event in source]
    assert kinds.index(EventKind.SUSPENDED) < kinds.index(EventKind.STOPPED)
    assert EventKind.ITERATION in kinds
    suspended = source[kinds.index(EventKind.SUSPENDED)]
    stopped = source[kinds.index(EventKind.STOPPED)]
    assert suspended.migrated
    assert stopped.stop is StopDetail.MIGRATED
    assert suspended.at <= stopped.at
    completed = source[-1].stats
    assert completed is not None
    assert completed.downtime_milliseconds is not None
    destination = [event for event in await events_until(there, EventKind.RESUMED) if event.uuid == UUID]
    assert destination[-1].migrated
    assert EventKind.DEFINED in [event.kind for event in destination]


async def test_the_figures_of_the_last_migration_can_be_asked_for_twice(world: World) -> None:
    await world.start_guest()
    assert await world.source.jobs.completed(UUID) is None
    await world.source.jobs.migrate(await request(world))
    first = await world.source.jobs.completed(UUID)
    assert first is not None
    assert first.downtime_milliseconds is not None
    assert first.memory_total_bytes >= 32 * 1024 * 1024
    assert await world.source.jobs.completed(UUID) == first


async def test_a_running_migration_is_seen_on_both_sides_and_ends_when_it_is_aborted(world: World) -> None:
    await world.start_guest(endless=True)
    async with running(world) as migration:
        there = await until(lambda: world.destination.guests.look(UUID), lambda view: view.active)
        assert (there.state, there.job, there.marks) == (DomainState.PAUSED, Job.MIGRATION_IN, MARKS)
        assert not there.persistent
        stats = await until(lambda: world.source.jobs.stats(UUID), lambda found: found is not None)
        assert stats is not None
        await until(lambda: _total(world), lambda total: total > 0)
        await world.source.jobs.abort(UUID)
        with pytest.raises(HypervisorError) as aborted:
            await migration
    assert aborted.value.reason is Reason.ABORTED_OUTSIDE
    here = await world.source.guests.look(UUID)
    assert (here.state, here.job) == (DomainState.RUNNING, Job.NONE)
    assert (await world.destination.guests.look(UUID)).state is DomainState.ABSENT
    assert await world.source.jobs.stats(UUID) is None


async def test_a_second_migration_of_a_guest_is_refused_and_the_first_goes_on(world: World) -> None:
    await world.start_guest(endless=True)
    wanted = await request(world)
    async with running(world):
        with pytest.raises(HypervisorError) as refused:
            await world.source.jobs.migrate(wanted)
        assert refused.value.reason is Reason.GUEST_BUSY
        assert (await world.source.guests.look(UUID)).job is Job.MIGRATION_OUT
        await world.source.jobs.abort(UUID)


async def test_a_caller_that_is_cancelled_leaves_the_job_running(world: World) -> None:
    await world.start_guest(endless=True)
    async with running(world) as migration:
        migration.cancel()
        await asyncio.wait({migration})
        assert (await world.source.guests.look(UUID)).job is Job.MIGRATION_OUT
        await world.source.jobs.abort(UUID)
        await until(lambda: world.source.guests.look(UUID), lambda view: view.job is Job.NONE)


async def test_a_lost_connection_leaves_the_job_running_and_tells_nothing_about_it(world: World) -> None:
    await world.start_guest(endless=True)
    events = world.source.host.events()
    async with running(world) as migration:
        await world.cut()
        with pytest.raises(HypervisorError) as lost:
            await migration
        assert lost.value.reason is Reason.LIBVIRT_UNREACHABLE
        await world.mend()
        await events_until(events, EventKind.DISCONNECTED)
        await events_until(events, EventKind.CONNECTED)
        assert (await world.source.guests.look(UUID)).job is Job.MIGRATION_OUT
        await world.source.jobs.abort(UUID)
        await until(lambda: world.source.guests.look(UUID), lambda view: view.job is Job.NONE)


async def test_abort_and_statistics_of_a_guest_without_a_job_are_nothing(world: World) -> None:
    await world.source.jobs.abort(UUID)
    assert await world.source.jobs.stats(UUID) is None
    await world.start_guest()
    await world.source.jobs.abort(UUID)
    assert await world.source.jobs.stats(UUID) is None
    assert (await world.source.guests.look(UUID)).state is DomainState.RUNNING


@asynccontextmanager
async def running(world: World) -> AsyncIterator["asyncio.Task[None]"]:
    """The guest's migration, seen running by both hosts."""
    migration = asyncio.create_task(world.source.jobs.migrate(await request(world)))
    try:
        await until(lambda: world.source.guests.look(UUID), lambda view: view.job is Job.MIGRATION_OUT)
        await until(lambda: world.destination.guests.look(UUID), lambda view: view.job is Job.MIGRATION_IN)
        yield migration
    finally:
        with suppress_unreachable():
            await world.source.jobs.abort(UUID)
        await asyncio.wait({migration}, timeout=SECONDS)
    assert migration.cancelled() or migration.exception() is not None


async def _total(world: World) -> int:
    stats = await world.source.jobs.stats(UUID)
    return 0 if stats is None else stats.memory_total_bytes
