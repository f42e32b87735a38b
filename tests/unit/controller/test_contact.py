"""Both agents and the operator: the one listens, the other calls, and nobody writes for it."""

from godwit.domain.contact import OPEN_SECONDS, Arrival
from godwit.domain.migration import CheckResult, Mode, Phase
from godwit.domain.plan import Switchover
from godwit.domain.task import Role, Task

from .house.house import House, house_for
from .virtual_time import virtual_now

PORT = "MigrationPort"


async def begun() -> House:
    house = await house_for(Switchover.FAST)
    house.migrate(mode=Mode.VALIDATE)
    return house


def destination(house: House) -> Task | None:
    tasks = house.cluster.tasks.objects.values()
    return next((task for task in tasks if task.spec.role is Role.DESTINATION), None)


def result(house: House) -> CheckResult:
    [check] = [each for each in house.status().checks if each.name == PORT]
    return check.result


async def test_a_call_that_arrives_takes_no_time_and_is_made_once() -> None:
    house = await begun()
    began, looks = virtual_now(), set[int]()

    def note(*_: object) -> None:
        task = destination(house)
        if task:
            looks.add(task.spec.looks)

    house.cluster.on_change(note)
    await house.ends()
    assert (house.status().phase, result(house)) == (Phase.SUCCEEDED, CheckResult.PASS)
    assert looks == {0}
    assert len(house.agents["host1"].contacts.called) == 1
    assert (virtual_now() - began).total_seconds() < OPEN_SECONDS
    house.nothing_is_left()


async def test_one_that_does_not_arrive_is_made_twice_and_then_it_fails() -> None:
    house = await begun()
    house.agents["host2"].contacts.deaf = True
    await house.ends()
    assert (house.status().phase, result(house)) == (Phase.FAILED, CheckResult.FAIL)
    assert len(house.agents["host1"].contacts.called) == 2
    assert "does not reach port 49215" in house.message()
    house.nothing_is_left()


async def test_a_source_whose_agent_is_away_as_it_should_call_is_waited_for() -> None:
    house = await begun()
    await house.until(lambda: destination(house) is not None)
    house.stop(house.agents["host1"])

    def is_missed() -> bool:
        task = destination(house)
        contact = task.status.contact if task else None
        return contact is not None and contact.arrival is Arrival.MISSED

    await house.until(is_missed)
    await house.pass_time(20)
    house.replace(house.agents["host1"])
    await house.ends()
    assert (house.status().phase, result(house)) == (Phase.SUCCEEDED, CheckResult.PASS)
    house.nothing_is_left()
