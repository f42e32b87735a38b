"""A good migration, whole: both kinds of switchover, as both processes do it together."""

from collections import Counter

import pytest

from godwit.domain.conditions import ConditionStatus, find
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.house import UUID, House, disk, house, house_for, sending

ROAD = [
    Phase.PENDING,
    Phase.VALIDATING,
    Phase.PREPARING,
    Phase.MIGRATING,
    Phase.SWITCHING_OVER,
    Phase.FINALIZING,
    Phase.SUCCEEDED,
]
both = pytest.mark.parametrize("switchover", Switchover)


async def moved(switchover: Switchover) -> House:
    house = await house_for(switchover)
    house.migrate()
    await house.ends()
    return house


@both
async def test_a_guest_moves_and_nothing_is_left_behind(switchover: Switchover) -> None:
    house = await moved(switchover)
    house.has_moved()
    status = house.status()
    assert status.switchover is not None
    assert status.switchover.mode is switchover
    assert [each.phase for each in status.phase_transitions] == ROAD
    assert not [check for check in status.checks if check.stops]
    assert status.result is not None
    assert status.result.downtime.reported_milliseconds == 20


@both
async def test_two_good_migrations_there_and_back_leave_the_guest_as_it_was(switchover: Switchover) -> None:
    house = await moved(switchover)
    house.migrate("back", to="host1")
    assert (await house.ends("back")).phase is Phase.SUCCEEDED, house.told()
    assert house.calls == 2
    house.is_as_before()


@both
async def test_each_phase_that_lasts_has_one_event_with_the_reason_of_the_condition(
    switchover: Switchover,
) -> None:
    house = await sending(switchover)
    await house.pass_time(5)
    house.hosts["host1"].let_go()
    await house.ends()
    posted = house.cluster.notices.posted
    assert [notice.reason for notice in posted] == [Phase.PREPARING, Phase.MIGRATING, Phase.SUCCEEDED]
    assert {(notice.kind, notice.name, notice.warning) for notice in posted} == {
        ("VMMigration", "move", False)
    }
    succeeded = find(house.status().conditions, "Succeeded")
    assert succeeded is not None
    assert (succeeded.status, succeeded.reason) == (ConditionStatus.TRUE, posted[-1].reason)
    assert succeeded.message == posted[-1].message


async def test_each_phase_is_counted_while_it_lasts_and_timed_when_it_ends() -> None:
    house = await house_for(Switchover.FAST)
    seen: Counter[Phase] = Counter()

    def look() -> None:
        for phase in Phase:
            seen[phase] += int(_sample(house, "vmmigration_migrations", phase=phase))

    house.migrate()
    while not house.is_over():
        await house.pass_time(0.001)
        look()
    assert not [phase for phase in ROAD[1:] if not seen[phase]], seen
    for phase in ROAD[:-1]:
        assert _sample(house, "vmmigration_phase_duration_seconds_count", phase=phase) == 1.0
    assert _sample(house, "vmmigration_migrations", phase=Phase.SUCCEEDED) == 1.0
    assert _sample(house, "vmmigration_finished_total", result="Succeeded", reason="Succeeded") == 1.0
    assert _sample(house, "vmmigration_downtime_seconds_sum") == 0.02


async def test_a_migration_that_is_deleted_is_counted_no_more() -> None:
    house = await moved(Switchover.FAST)
    house.delete()
    await house.pass_time(3)
    assert _sample(house, "vmmigration_migrations", phase=Phase.SUCCEEDED) == 0.0
    assert len(house.operator.migrations) == 0


async def test_a_guest_that_its_user_paused_arrives_paused() -> None:
    house = House()
    house.add_guest(disk()).become(DomainState.PAUSED, StateReason.USER)
    await house.start()
    house.migrate()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.nothing_is_left()
    assert house.running() == []
    assert house.hosts["host2"].domains[UUID].active


async def test_a_transient_guest_stays_transient() -> None:
    house = House()
    house.add_guest(disk(), persistent=False, autostart=False)
    await house.start()
    house.migrate()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.nothing_is_left()
    assert house.running() == ["host2"]
    assert not house.hosts["host2"].domains[UUID].persistent
    assert UUID not in house.hosts["host1"].domains


@both
async def test_a_finished_migration_causes_no_write_ever_again(switchover: Switchover) -> None:
    house = await moved(switchover)
    house.migrate("refused", to="nowhere")
    await house.ends("refused")
    await house.pass_time(60)
    house.cluster.server.writes.clear()
    house.replace(house.operator)
    house.replace(house.agents["host1"])
    await house.pass_time(600)
    written = Counter((kind, verb) for kind, verb, _ in house.cluster.server.writes)
    assert set(written) == {("Lease", "patch")}, written
    assert house.calls == 1


async def test_an_edit_of_a_finished_migration_costs_one_write_and_starts_nothing() -> None:
    house = await moved(Switchover.FAST)
    house.cluster.server.writes.clear()
    house.edit()
    await house.pass_time(600)
    written = [write for write in house.cluster.server.writes if write[0] != "Lease"]
    assert written == [("VMMigration", "patch", "done")]
    assert house.status().observed_generation == 2
    assert house.calls == 1


async def test_the_figures_of_a_job_show_while_it_runs_and_go_when_it_has_ended() -> None:
    house = await sending(Switchover.FAST)
    await house.pass_time(3)
    assert _of_agent(house) is not None
    house.hosts["host1"].let_go()
    await house.ends()
    assert _of_agent(house) is None


async def test_a_job_that_does_not_move_costs_no_write() -> None:
    house = await sending(Switchover.FAST)
    await house.pass_time(40)
    house.cluster.server.writes.clear()
    await house.pass_time(300)
    written = Counter((kind, verb) for kind, verb, _ in house.cluster.server.writes)
    assert set(written) == {("Lease", "patch")}, written


async def test_a_disk_is_listed_with_the_proof_that_it_is_shared() -> None:
    moving = await house(disk(), disk(target="vdb", read_only=True))
    moving.migrate()
    status = await moving.ends()
    assert status.phase is Phase.SUCCEEDED
    assert [(each.target, each.disk_class) for each in status.disks] == [
        ("vda", "Shared"),
        ("vdb", "ReadOnly"),
    ]


def _sample(house: House, name: str, **labels: str) -> float:
    return house.operator.metrics.registry.get_sample_value(name, labels) or 0.0


def _of_agent(house: House) -> float | None:
    labels = {"namespace": "default", "name": "move"}
    return house.agents["host1"].metrics.registry.get_sample_value("vmmigration_data_bytes", labels)
