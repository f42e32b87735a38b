"""Two operators at work at once do no harm: they take turns in failing."""

from itertools import count

import pytest

from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.house import house_for

both = pytest.mark.parametrize("switchover", Switchover)


@both
async def test_two_operators_start_one_job(switchover: Switchover) -> None:
    house = await house_for(switchover, operators=2)
    house.migrate()
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.has_moved()
    assert Phase.NEEDS_ATTENTION not in house.phases


@both
async def test_three_operators_of_different_age_start_one_job_for_two_migrations_of_one_vm(
    switchover: Switchover,
) -> None:
    house = await house_for(switchover, operators=3)
    house.migrate("first")
    house.migrate("second")
    for name in ("first", "second"):
        await house.ends(name)
    assert house.calls == 1
    phases = sorted(str(house.status(name).phase) for name in ("first", "second"))
    assert phases == ["Failed", "Succeeded"], "the second finds the VM where it was to go"
    house.has_moved()


@both
async def test_the_operators_may_die_in_turn(switchover: Switchover) -> None:
    house = await house_for(switchover, operators=2)
    passes = count()
    house.kill_after_pass = lambda process: process in house.operators and next(passes) % 4 == 0
    house.migrate()
    await house.until(lambda: house.status().phase is Phase.SUCCEEDED)
    house.kill_after_pass = lambda process: False
    await house.ends()
    house.has_moved()


async def test_two_operators_rest_when_it_is_over() -> None:
    house = await house_for(Switchover.FAST, operators=2)
    house.migrate()
    await house.ends()
    await house.pass_time(10)
    house.cluster.server.writes.clear()
    await house.pass_time(300)
    assert {write[:2] for write in house.cluster.server.writes} == {("Lease", "patch")}
