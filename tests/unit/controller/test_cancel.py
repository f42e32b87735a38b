"""Cancelled or deleted in the whole house: the guest stays as it was, or the migration completes."""

from collections.abc import Callable

import pytest

from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.house import House, house_for, sending

both = pytest.mark.parametrize("switchover", list(Switchover))
BEFORE_THE_JOB = [Phase.PENDING, Phase.VALIDATING, Phase.PREPARING]


async def cancelled(house: House) -> None:
    status = await house.ends()
    assert status.phase is Phase.CANCELLED
    assert "cancelled by spec.cancel" in house.message()
    house.is_as_before()


@both
@pytest.mark.parametrize("phase", BEFORE_THE_JOB)
async def test_before_the_job_a_cancel_leaves_everything_as_it_was(
    switchover: Switchover, phase: Phase
) -> None:
    house = await house_for(switchover)
    house.on_phase = lambda written: house.cancel() if written is phase else None
    house.migrate()
    await cancelled(house)
    assert house.calls == 0


@both
async def test_a_queued_migration_is_cancelled_where_it_stands(switchover: Switchover) -> None:
    house = await sending(switchover)
    house.migrate("second", to="host1")
    await house.reaches(Phase.QUEUED, "second")
    house.cancel("second")
    assert (await house.ends("second")).phase is Phase.CANCELLED
    house.hosts["host1"].let_go()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.has_moved()


async def job_runs(switchover: Switchover) -> House:
    house = await house_for(switchover)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    return house


@both
async def test_a_job_that_runs_is_aborted_and_the_guest_goes_on_at_the_source(switchover: Switchover) -> None:
    house = await job_runs(switchover)
    house.cancel()
    await cancelled(house)
    assert "abort" in house.hosts["host1"].acts


@both
async def test_deleting_it_while_its_job_runs_does_the_same_and_then_lets_it_go(
    switchover: Switchover,
) -> None:
    house = await job_runs(switchover)
    house.delete()
    assert house.exists()
    await house.until(lambda: not house.exists())
    house.is_as_before()


def kill_operator(house: House) -> None:
    house.replace(house.operator)


def kill_source(house: House) -> None:
    house.replace(house.agents["host1"])


def kill_all(house: House) -> None:
    for process in house.processes:
        house.replace(process)


@both
@pytest.mark.parametrize("kill", [kill_operator, kill_source, kill_all])
@pytest.mark.parametrize("seconds", [0.0, 0.003, 0.02])
async def test_a_cancel_is_carried_out_whoever_dies_meanwhile(
    switchover: Switchover, kill: Callable[[House], None], seconds: float
) -> None:
    house = await job_runs(switchover)
    house.cancel()
    await house.pass_time(seconds)
    kill(house)
    await cancelled(house)


@both
async def test_a_cancel_given_while_the_operator_was_away_is_found(switchover: Switchover) -> None:
    house = await job_runs(switchover)
    operator = house.operator
    house.stop(operator)
    house.cancel()
    await house.pass_time(30)
    house.replace(operator)
    await cancelled(house)


@both
@pytest.mark.parametrize("phase", [Phase.SWITCHING_OVER, Phase.FINALIZING])
async def test_a_cancel_that_comes_too_late_lets_it_complete(switchover: Switchover, phase: Phase) -> None:
    house = await house_for(switchover)
    house.on_phase = lambda written: house.cancel() if written is phase else None
    house.migrate()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.has_moved()


@both
@pytest.mark.parametrize("milliseconds", range(0, 40, 2))
async def test_around_the_switchover_one_guest_runs_and_the_phase_says_where(
    switchover: Switchover, milliseconds: int
) -> None:
    house = await job_runs(switchover)
    house.hosts["host1"].let_go()
    await house.pass_time(milliseconds / 1000)
    house.cancel()
    status = await house.ends()
    if status.phase is Phase.SUCCEEDED:
        house.has_moved()
    else:
        assert status.phase is Phase.CANCELLED
        house.is_as_before()


async def test_a_finished_migration_is_not_cancelled_any_more() -> None:
    house = await house_for(Switchover.FAST)
    house.migrate()
    await house.ends()
    house.cancel()
    await house.pass_time(60)
    assert house.status().phase is Phase.SUCCEEDED
    house.has_moved()
