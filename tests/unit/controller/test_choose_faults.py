"""The choice, whoever dies meanwhile, and whichever write is lost."""

from collections.abc import Callable
from itertools import count

import pytest

from godwit.domain.migration import Cleanup, Mode, Phase

from .house.agent import AgentProcess
from .house.house import House
from .house.lost import WAYS, Fault, killed, lost
from .house.operator import OperatorProcess
from .test_killed import Nth
from .three_hosts import ANY, a_host_comes, three

FEWEST_WRITES = 35


async def _killed_at_another_look(after_writes: int, *, done: bool) -> bool:
    """Whether there was such a write."""
    house = await three()
    await a_host_comes(house, "host3")
    house.cluster.fail_next_write(killed(), "MigrationTask", done, after_writes // 2)
    house.cluster.fail_next_write(killed(), "VMMigration", done, after_writes // 2)
    status = await house.ends(seconds=300)
    house.close()
    if status.phase is not Phase.SUCCEEDED:  # `Starting` was written, and nobody knows
        assert house.calls == 0, house.told()
        house.is_on("host1")
    else:
        house.is_on("host3")
    return lost(house) is not None


async def loses_the_chosen_host(house: House) -> None:
    """host2, before its agent has taken its order."""
    house.migrate(to=ANY)
    await house.until(lambda: house.status().destination is not None)
    house.hosts["host2"].lose()


async def _stopped(stop: Callable[[House], None], after_writes: int) -> bool:
    """Whether it was not over by then."""
    house = await three("host2")
    house.migrate(to=ANY, mode=Mode.VALIDATE)
    while len(house.cluster.server.writes) <= after_writes and not house.is_over():
        await house.pass_time(0.0005)
    hit = not house.is_over()
    stop(house)
    await house.until(lambda: not house.exists() or house.is_over(), 300)
    await house.pass_time(5)
    house.is_as_before()
    house.close()
    return hit


@pytest.mark.parametrize("done", [False, True])
async def test_an_operator_may_die_at_any_write_while_the_source_is_looked_at_once_more(done: bool) -> None:
    number = 0
    while await _killed_at_another_look(number, done=done):
        number += 1
    assert number > FEWEST_WRITES


async def test_a_host_that_never_looks_at_itself_gives_way_and_owes_nothing() -> None:
    house = await three()
    await loses_the_chosen_host(house)
    await house.until(lambda: house.status().phase is Phase.SUCCEEDED, 120)
    assert house.running() == ["host3"]
    [gone] = house.status().attempts[-1].dismissed
    assert gone.hypervisor == "host2"
    assert "did not look at itself within 30 s" in gone.why
    assert (await house.ends()).cleanup is Cleanup.DONE
    house.hosts["host2"].come_back()
    house.is_on("host3")


async def test_an_agent_that_dies_in_its_inspection_holds_nobody_up() -> None:
    house = await three()
    await loses_the_chosen_host(house)
    house.stop(house.agents["host2"])
    await house.until(lambda: house.status().phase is Phase.SUCCEEDED, 120)
    assert house.running() == ["host3"]
    assert (await house.ends()).cleanup is Cleanup.DONE, "it was only asked to look"
    house.hosts["host2"].come_back()
    house.replace(house.agents["host2"])
    house.is_on("host3")


@pytest.mark.parametrize(
    ("fault", "done"),
    WAYS,
)
async def test_the_choice_ends_well_whichever_write_is_lost(fault: Fault, done: bool) -> None:
    number, lost_starts = 0, 0
    while True:
        house = await three("host2")
        house.cluster.fail_next_write(fault(), done=done, after=number)
        house.migrate(to=ANY)
        await house.ends(seconds=300)
        house.close()
        if lost(house) is None:
            break
        context = f"write {number}, {lost(house)}: {house.told()}"
        number += 1
        if done and house.calls == 0:  # `Starting` was written, and nobody knows
            lost_starts += 1
            house.is_on("host1")
            continue
        assert house.status().phase is Phase.SUCCEEDED, context
        house.is_on("host3")
    assert number > FEWEST_WRITES
    assert lost_starts == (1 if done else 0)


@pytest.mark.parametrize("kind", [OperatorProcess, AgentProcess])
async def test_a_process_that_is_replaced_after_any_pass_is_not_missed(
    kind: type[OperatorProcess] | type[AgentProcess],
) -> None:
    number = 0
    while True:
        house = await three("host2")
        house.kill_after_pass = Nth(kind, number)
        house.migrate(to=ANY)
        await house.ends(seconds=300)
        house.close()
        if not house.kills:
            break
        assert house.status().phase is Phase.SUCCEEDED, f"pass {number}: {house.told()}"
        house.is_on("host3")
        number += 1
    assert number > 10


@pytest.mark.parametrize("every", [0, 3, 4])
async def test_two_operators_choose_one_host_between_them(every: int) -> None:
    """Every so many passes one of them dies, and the next knows nothing."""
    house = await three("host2", operators=2)
    passes = count(1)
    house.kill_after_pass = lambda process: (
        process in house.operators and every > 0 and next(passes) % every == 0
    )
    house.migrate(to=ANY)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


@pytest.mark.parametrize("stop", [House.cancel, House.delete])
async def test_a_migration_that_is_stopped_at_any_moment_of_the_choice_leaves_nothing(
    stop: Callable[[House], None],
) -> None:
    number = 0
    while await _stopped(stop, number):
        number += 1
    assert number > 10


async def test_tasks_of_several_hosts_whose_migration_is_gone_are_swept() -> None:
    house = await three()
    await loses_the_chosen_host(house)
    await house.until(lambda: len(house.cluster.tasks.objects) == 3)
    house.operator.kill()
    house.cluster.migrations.mark_deleted("default", "move")
    house.cluster.migrations.take_finalizer("default", "move")
    house.hosts["host2"].come_back()
    house.operator.run()
    await house.until(lambda: not house.cluster.tasks.objects and not house.cluster.claims.objects, 600)
    house.is_as_before()
