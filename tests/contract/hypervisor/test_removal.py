import pytest

from godwit.domain.guest import DomainState, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .worlds import ATTEMPT, UUID, World

BEARS = Marks(run="r1", attempt=ATTEMPT)
DESTROYED = (DomainState.SHUTOFF, StateReason.DESTROYED)


async def seen(world: World) -> tuple[DomainState, StateReason]:
    view = await world.source.guests.look(UUID)
    return view.state, view.reason


@pytest.mark.parametrize(
    "wanted",
    [Marks(attempt=ATTEMPT), Marks(run="r1"), BEARS, Marks()],
    ids=["by the attempt's mark", "by the run mark", "by both", "by none"],
)
async def test_a_guest_that_bears_what_is_asked_for_is_destroyed(world: World, wanted: Marks) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, BEARS)
    for _ in range(2):
        await world.source.removal.destroy(UUID, marks=wanted)
        assert await seen(world) == DESTROYED


@pytest.mark.parametrize(
    "wanted",
    [
        Marks(attempt="another/1"),
        Marks(run="another"),
        Marks(run="r1", attempt="another/1"),
        Marks(run="another", attempt=ATTEMPT),
    ],
    ids=["attempt", "run", "only the run fits", "only the attempt fits"],
)
async def test_a_guest_that_bears_another_mark_is_never_destroyed(world: World, wanted: Marks) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, BEARS)
    await world.source.removal.destroy(UUID, marks=wanted)
    assert (await world.source.guests.look(UUID)).state is DomainState.RUNNING


async def test_a_guest_without_marks_is_destroyed_only_when_none_is_asked_for(world: World) -> None:
    await world.start_guest()
    for wanted in (Marks(attempt=ATTEMPT), Marks(run="r1")):
        await world.source.removal.destroy(UUID, marks=wanted)
        assert (await world.source.guests.look(UUID)).state is DomainState.RUNNING
    await world.source.removal.destroy(UUID, marks=Marks())
    assert await seen(world) == DESTROYED


async def test_a_guest_that_was_started_anew_is_not_the_one_that_bore_the_run_mark(world: World) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, BEARS)
    await world.shut_off()
    await world.source.power.start(UUID)
    await world.source.removal.destroy(UUID, marks=Marks(run="r1"))
    assert (await world.source.guests.look(UUID)).state is DomainState.RUNNING


async def test_an_absent_guest_is_destroyed_already(world: World) -> None:
    await world.source.removal.destroy(UUID, marks=Marks())
    assert (await world.source.guests.look(UUID)).state is DomainState.ABSENT


async def test_only_an_inactive_guest_is_undefined(world: World) -> None:
    await world.start_guest()
    with pytest.raises(HypervisorError) as refused:
        await world.source.removal.undefine(UUID)
    assert refused.value.reason is Reason.GUEST_BUSY
    assert (await world.source.guests.look(UUID)).persistent
    await world.shut_off()
    await world.source.removal.undefine(UUID)
    await world.source.removal.undefine(UUID)
    assert (await world.source.guests.look(UUID)).state is DomainState.ABSENT
