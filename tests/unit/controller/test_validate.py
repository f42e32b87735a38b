"""`mode: Validate`: the preflight of both processes together, and nothing of it stays."""

import pytest

from godwit.domain.migration import Mode, Phase
from godwit.domain.plan import Switchover
from godwit.domain.reasons import Reason

from .house.agent import AgentProcess
from .house.house import House, house_for
from .house.operator import OperatorProcess
from .test_killed import Kind, Nth

FEWEST_PASSES = 3
ROAD = [Phase.VALIDATING, Phase.FINALIZING, Phase.SUCCEEDED]


async def validated(kill: Nth | None = None) -> House:
    house = await house_for(Switchover.STRICT)
    if kill:
        house.kill_after_pass = kill
    house.migrate(mode=Mode.VALIDATE)
    await house.ends(seconds=300)
    return house


def is_untouched(house: House) -> None:
    house.nothing_is_left()
    house.is_as_before()
    assert house.calls == 0
    assert {act for libvirt in house.hosts.values() for act in libvirt.acts} <= {"mark"}


async def test_it_succeeds_and_the_guest_stays_as_it_is() -> None:
    house = await validated()
    status = house.status()
    assert [each.phase for each in status.phase_transitions] == ROAD
    assert {condition.reason for condition in status.conditions} == {Reason.VALID}
    assert status.progress is None
    assert status.result is not None
    assert status.result.downtime.reported_milliseconds is None
    is_untouched(house)


@pytest.mark.parametrize("kind", [OperatorProcess, AgentProcess])
async def test_a_process_that_is_replaced_after_any_pass_is_not_missed(kind: Kind) -> None:
    number = 0
    while (house := await validated(Nth(kind, number))).kills:
        assert house.status().phase is Phase.SUCCEEDED, f"pass {number}: {house.told()}"
        is_untouched(house)
        house.close()
        number += 1
    assert number >= FEWEST_PASSES
