"""An operator whose watch of the tasks is late: what it has not seen is not deleted."""

from godwit.api.constants import Resource
from godwit.domain.migration import Phase
from godwit.domain.plan import Switchover

from .house.house import house_for


async def test_tasks_that_an_operator_has_not_seen_yet_end_no_migration() -> None:
    house = await house_for(Switchover.FAST, operators=2)
    late = house.operators[1].watch
    late.late = Resource.TASK
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.reaches(Phase.MIGRATING)
    await house.pass_time(5)
    assert house.status().phase is Phase.MIGRATING, house.told()
    late.catch_up()
    house.hosts["host1"].let_go()
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.has_moved()
