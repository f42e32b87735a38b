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
FEWEST_WRITES = 5
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


async def test_it_holds_no_claim_and_a_migration_beside_it_is_as_if_it_were_alone() -> None:
    """Whenever the one begins while the other goes on: neither undoes anything of the other's."""
    writes = 0
    while await _beside(writes):
        writes += 1
    assert writes > FEWEST_WRITES


async def _beside(writes: int) -> bool:
    """Whether the migration began before the preflight was over."""
    house = await house_for(Switchover.STRICT)
    house.migrate("look", mode=Mode.VALIDATE)
    while len(house.cluster.server.writes) <= writes and not house.is_over("look"):
        await house.pass_time(0.0005)
    began_before = not house.is_over("look")
    assert house.cluster.claims.objects == {}
    house.migrate("move")
    status = await house.ends("move")
    await house.ends("look")
    assert status.phase is Phase.SUCCEEDED, f"after {writes} writes: {house.told()}"
    house.has_moved()
    house.close()
    return began_before


async def test_it_waits_while_another_migration_holds_the_claim() -> None:
    house = await house_for(Switchover.STRICT)
    house.hosts["host1"].hold_migrations()
    house.migrate("move")
    await house.until(lambda: house.calls == 1)
    house.migrate("look", mode=Mode.VALIDATE)
    await house.reaches(Phase.QUEUED, "look")
    house.hosts["host1"].let_go()
    await house.ends("move")
    assert (await house.ends("look")).phase is Phase.FAILED, "the guest is at that destination by then"
