import pytest

from godwit.domain.guest import DomainState, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .worlds import ATTEMPT, UUID, World


async def seen(world: World) -> tuple[DomainState, StateReason]:
    view = await world.source.guests.look(UUID)
    return view.state, view.reason


async def test_a_running_guest_is_suspended_as_by_its_user_and_a_paused_one_is_left_alone(
    world: World,
) -> None:
    await world.start_guest()
    for _ in range(2):
        await world.source.power.suspend(UUID)
        assert await seen(world) == (DomainState.PAUSED, StateReason.USER)


async def test_a_paused_guest_goes_on_and_a_running_one_is_left_alone(world: World) -> None:
    await world.start_guest(paused=True)
    for _ in range(2):
        await world.source.power.resume(UUID)
        assert await seen(world) == (DomainState.RUNNING, StateReason.UNPAUSED)


async def test_a_guest_that_is_off_is_started_from_its_definition_once(world: World) -> None:
    await world.start_guest()
    await world.shut_off()
    await world.source.power.start(UUID)
    first = await world.source.guests.look(UUID)
    assert (first.state, first.reason) == (DomainState.RUNNING, StateReason.BOOTED)
    await world.source.power.start(UUID)
    assert (await world.source.guests.look(UUID)).domain_id == first.domain_id


async def test_a_guest_that_was_started_anew_is_another_qemu_and_bears_no_run_mark(world: World) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, Marks(run="r1", attempt=ATTEMPT))
    before = await world.source.guests.look(UUID)
    await world.shut_off()
    await world.source.power.start(UUID)
    anew = await world.source.guests.look(UUID)
    assert anew.marks == Marks(attempt=ATTEMPT)
    assert anew.domain_id != before.domain_id


async def test_a_guest_that_is_off_is_not_suspended(world: World) -> None:
    await world.start_guest()
    await world.shut_off()
    await world.source.power.suspend(UUID)
    assert await seen(world) == (DomainState.SHUTOFF, StateReason.DESTROYED)


async def test_a_guest_that_is_off_can_not_go_on(world: World) -> None:
    await world.start_guest()
    await world.shut_off()
    with pytest.raises(HypervisorError):
        await world.source.power.resume(UUID)
    assert await seen(world) == (DomainState.SHUTOFF, StateReason.DESTROYED)


@pytest.mark.parametrize("verb", ["suspend", "resume", "start"])
async def test_an_absent_guest_has_no_power_to_switch(world: World, verb: str) -> None:
    power = world.source.power
    calls = {"suspend": power.suspend, "resume": power.resume, "start": power.start}
    with pytest.raises(HypervisorError) as refused:
        await calls[verb](UUID)
    assert refused.value.reason is Reason.VM_NOT_FOUND
