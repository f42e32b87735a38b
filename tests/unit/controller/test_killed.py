"""A process may die after any pass: the next one knows nothing and goes on."""

from collections.abc import Callable

import pytest

from godwit.domain.migration import Phase
from godwit.domain.task import Switchover

from .house.agent import AgentProcess
from .house.house import House, Process, house_for
from .house.operator import OperatorProcess

both = pytest.mark.parametrize("switchover", Switchover)
Kind = type[OperatorProcess] | type[AgentProcess]


async def run(switchover: Switchover, kill: Callable[[int, Process], bool]) -> House:
    """A migration; `kill` hears of each pass, by its number, and who made it."""
    house = await house_for(switchover)
    before = house.passes
    house.kill_after_pass = lambda number, process: kill(number - before, process)
    house.migrate()
    await house.ends(seconds=300)
    house.close()
    return house


@both
@pytest.mark.parametrize("kind", [OperatorProcess, AgentProcess])
async def test_a_process_that_is_replaced_after_any_pass_is_not_missed(
    switchover: Switchover, kind: Kind
) -> None:
    number = 1
    while True:
        at = number
        house = await run(switchover, lambda now, who: now == at and isinstance(who, kind))
        if house.passes < number:
            break
        assert house.status().phase is Phase.SUCCEEDED, f"pass {number}: {house.told()}"
        assert Phase.NEEDS_ATTENTION not in house.phases, f"pass {number}: {house.told()}"
        house.has_moved()
        number += 1
    assert number > 30


@both
async def test_processes_that_live_for_one_pass_only_get_there_together(switchover: Switchover) -> None:
    house = await run(switchover, lambda now, who: now < 60)
    assert house.status().phase is Phase.SUCCEEDED, house.told()
    house.has_moved()
    assert house.kills >= 50


@both
async def test_a_running_job_outlives_the_agent_and_is_adopted(switchover: Switchover) -> None:
    house = await house_for(switchover)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.reaches(Phase.MIGRATING)
    await house.until(lambda: house.calls == 1)
    for _ in range(3):
        house.replace(house.agents["host1"])
        house.replace(house.agents["host2"])
        house.replace(house.operator)
        await house.pass_time(50)
    assert house.status().phase is Phase.MIGRATING
    house.hosts["host1"].let_go()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.has_moved()


@both
async def test_a_guest_that_arrives_while_nobody_looks_is_found_there(switchover: Switchover) -> None:
    house = await house_for(switchover)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    for process in (*house.operators, *house.agents.values()):
        house.stop(process)
    house.hosts["host1"].let_go()
    await house.pass_time(300)
    assert house.running() == (["host2"] if switchover is Switchover.FAST else [])
    for process in (*house.operators, *house.agents.values()):
        house.replace(process)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.has_moved()


@both
async def test_the_destination_goes_on_by_itself_when_the_operator_is_away(switchover: Switchover) -> None:
    house = await house_for(switchover)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    house.stop(house.operator)
    house.hosts["host1"].let_go()
    await house.until(lambda: house.running() == ["host2"], seconds=5)
    house.replace(house.operator)
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.has_moved()


async def test_a_lost_agent_that_may_have_called_is_waited_for_until_no_call_can_begin_any_more() -> None:
    house = await house_for(Switchover.FAST)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    house.replace(house.agents["host1"])
    house.guest.abort.set()
    await house.pass_time(30)
    assert house.status().phase is Phase.MIGRATING, house.told()
    status = await house.ends()
    assert status.phase is Phase.FAILED
    house.is_as_before()
    assert house.calls == 1
