"""What a pass does beside the decision: fences, and what the caches keep."""

import asyncio

from godwit.cluster.ports import Refused
from godwit.domain.migration import Migration, Phase
from godwit.domain.plan import Switchover
from godwit.domain.reasons import Reason
from godwit.runtime.cache import Key

from ...fakes.cluster import FakeMigrations
from .house.house import house_for, sending

MOVE = Key("default", "move")


class SlowAnswers(FakeMigrations):
    """The watch tells of a write before its answer comes."""

    async def set_finalizer(self, migration: Migration, present: bool) -> Migration:
        after = await super().set_finalizer(migration, present)
        await asyncio.sleep(1)
        return after


async def test_a_migration_that_went_with_its_finalizer_is_not_remembered() -> None:
    house = await house_for(Switchover.FAST)
    house.stop(house.operator)
    house.cluster.migrations = SlowAnswers(house.cluster.server)
    house.replace(house.operator)
    house.on_phase = lambda phase: house.delete() if phase is Phase.MIGRATING else None
    house.migrate()
    await house.until(lambda: not house.exists())
    await house.pass_time(3)
    assert house.operator.migrations.get(MOVE) is None


async def test_an_operator_that_starts_decides_nothing_before_it_has_seen_everything() -> None:
    house = await sending(Switchover.FAST)
    await house.pass_time(10)
    house.cluster.server.writes.clear()
    house.replace(house.operator)
    await house.pass_time(5)
    assert {write[0] for write in house.cluster.server.writes} <= {"Lease", "Hypervisor"}
    assert house.status().phase is Phase.MIGRATING


async def test_an_event_that_nobody_takes_holds_nothing_up() -> None:
    house = await house_for(Switchover.FAST)
    for _ in range(20):
        house.cluster.fail_next_write(Refused("the namespace ends"), "Event")
    house.migrate()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    assert house.cluster.notices.posted == []


async def test_what_a_pending_migration_waits_for_has_an_event() -> None:
    house = await house_for(Switchover.FAST)
    agent = house.agents["host2"]
    house.stop(agent)
    await house.pass_time(60)
    house.migrate()
    await house.reaches(Phase.PENDING)
    await house.pass_time(5)
    assert [notice.reason for notice in house.cluster.notices.posted] == [Reason.HYPERVISOR_NOT_READY]
    house.replace(agent)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
