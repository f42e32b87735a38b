"""A good migration, whole."""

from .house.house import fast_house, strict_house
from godwit.domain.migration import Phase


async def test_a_guest_on_locked_disks_moves_fast_and_nothing_is_left_behind() -> None:
    house = await fast_house()
    house.migrate()
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.has_moved()
    print(house.phases, house.passes, house.cluster.server.writes)


async def test_strict() -> None:
    house = await strict_house()
    house.migrate()
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.has_moved()
    print(house.phases, house.passes, house.cluster.server.writes)
