"""A process may die after any pass: the next one knows nothing and goes on."""

from collections.abc import Callable

import pytest

from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.agent import AgentProcess
from .house.house import House, Process, house_for, sending
from .house.operator import OperatorProcess

both = pytest.mark.parametrize("switchover", Switchover)
Kind = type[OperatorProcess] | type[AgentProcess]
FEWEST_PASSES = 10


async def run(switchover: Switchover, kill: Callable[[Process], bool]) -> House:
    """A migration; `kill` hears of each pass, and who made it."""
    house = await house_for(switchover)
    house.kill_after_pass = kill
    house.migrate()
    await house.ends(seconds=300)
    house.close()
    return house


class Nth:
    """The process of that kind that makes the pass of that number, counted from 0."""

    def __init__(self, kind: Kind, number: int) -> None:
        self._kind = kind
        self._left = number

    def __call__(self, process: Process) -> bool:
        if not isinstance(process, self._kind):
            return False
        self._left -= 1
        return self._left == -1


@both
@pytest.mark.parametrize("kind", [OperatorProcess, AgentProcess])
async def test_a_process_that_is_replaced_after_any_pass_is_not_missed(
    switchover: Switchover, kind: Kind
) -> None:
    number = 0
    while (house := await run(switchover, Nth(kind, number))).kills:
        context = f"pass {number}: {house.told()}"
        assert house.status().phase is Phase.SUCCEEDED, context
        assert Phase.NEEDS_ATTENTION not in house.phases, context
        house.has_moved()
        number += 1
    assert number >= FEWEST_PASSES


@both
async def test_processes_that_live_for_one_pass_only_get_there_together(switchover: Switchover) -> None:
    most = iter(range(60))
    house = await run(switchover, lambda process: next(most, None) is not None)
    assert house.status().phase is Phase.SUCCEEDED, house.told()
    house.has_moved()


@both
async def test_a_running_job_outlives_the_agent_and_is_adopted(switchover: Switchover) -> None:
    house = await sending(switchover)
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
    for process in house.processes:
        house.stop(process)
    house.hosts["host1"].let_go()
    await house.pass_time(300)
    assert house.running() == (["host2"] if switchover is Switchover.FAST else [])
    for process in house.processes:
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
