"""Write before act: whatever write of a good migration fails, or loses its answer, it still ends well.

A run counts its writes from 0; the test repeats the run for each number, until no write has it any more.
"""

import pytest

from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.house import House, house_for
from .house.lost import WAYS, Fault, lost

FEWEST_WRITES = 30
OPERATORS_OWN = frozenset(
    {
        ("VMMigration", "patch"),
        ("MigrationTask", "create"),
        ("MigrationTask", "delete"),
        ("Lease", "create"),
        ("Lease", "delete"),
    }
)
both = pytest.mark.parametrize("switchover", Switchover)


async def run(switchover: Switchover, fault: Fault, number: int, *, done: bool) -> House | None:
    """A migration whose write of that number fails; None when there is no such write."""
    house = await house_for(switchover)
    house.cluster.fail_next_write(fault(), done=done, after=number)
    house.migrate()
    await house.ends()
    house.close()
    return house if lost(house) is not None else None


@both
@pytest.mark.parametrize(
    ("fault", "done"),
    WAYS,
)
async def test_a_migration_ends_well_whichever_write_is_lost(
    switchover: Switchover, fault: Fault, done: bool
) -> None:
    number, lost_starts = 0, 0
    while house := await run(switchover, fault, number, done=done):
        context = f"write {number}, {lost(house)}: {house.told()}"
        number += 1
        if done and house.calls == 0:
            # `Starting` was written, and nobody knows: never called again, whatever it costs.
            lost_starts += 1
            assert house.status().phase is Phase.FAILED, context
            house.is_as_before()
            continue
        assert house.status().phase is Phase.SUCCEEDED, context
        assert Phase.NEEDS_ATTENTION not in house.phases, context
        house.has_moved()
        assert done or _status_came_before_acts(house), context
    assert number > FEWEST_WRITES
    assert lost_starts == (1 if done else 0)


@both
async def test_the_api_server_may_be_away_for_a_while_after_any_write(switchover: Switchover) -> None:
    number = 0
    while await _with_outage(switchover, number):
        number += 3
    assert number > FEWEST_WRITES


async def _with_outage(switchover: Switchover, number: int) -> bool:
    house = await house_for(switchover)
    house.migrate()
    server = house.cluster.server
    while len(server.writes) <= number and not house.is_over():
        await house.pass_time(0.001)
    hit = not house.is_over()
    server.reachable = False
    await house.pass_time(8)
    server.reachable = True
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    assert Phase.NEEDS_ATTENTION not in house.phases, house.told()
    house.has_moved()
    house.close()
    return hit


def _status_came_before_acts(house: House) -> bool:
    """After a status of a migration that was not written, the operator wrote that first."""
    writes = house.cluster.server.writes
    failed = next(place for place, (_, _, outcome) in enumerate(writes) if outcome != "done")
    if writes[failed][:2] != ("VMMigration", "patch"):
        return True
    following = next(write for write in writes[failed + 1 :] if write[:2] in OPERATORS_OWN)
    return following[:2] == ("VMMigration", "patch")
