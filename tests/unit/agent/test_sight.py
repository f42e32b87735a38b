"""What an agent keeps of libvirt's events, and how it tells that libvirt does not answer any more."""

import asyncio

import pytest

from godwit.agent.tasks import BLIND_SECONDS
from godwit.domain.guest import Marks
from godwit.domain.task import Goal, Starting, TaskStatus
from godwit.hypervisor.ports import Event, EventKind

from ...fakes.cluster import BEGINNING
from ..controller.house.house import UUID
from .bench import PLAN, Bench

BEGUN = TaskStatus(reached=Goal.PREPARED, run_mark="ours", starting=Starting(1, "", BEGINNING))


def begun() -> Bench:
    bench = Bench()
    bench.guest().live = Marks(run="ours")
    bench.put("t", Goal.MIGRATED, BEGUN, plan=PLAN)
    return bench


async def test_a_libvirt_that_is_silent_for_half_a_minute_makes_its_agent_blind() -> None:
    bench = begun()
    await bench.look()
    bench.libvirt.reachable = False
    await bench.look()
    await asyncio.sleep(BLIND_SECONDS - 1)
    await bench.look()
    assert bench.status().waiting is not None
    assert not bench.status().blind
    await asyncio.sleep(1)
    await bench.look()
    assert bench.status().blind


async def test_one_look_that_is_answered_gives_the_sight_back() -> None:
    bench = begun()
    bench.libvirt.reachable = False
    await bench.look()
    await asyncio.sleep(BLIND_SECONDS)
    await bench.look()
    bench.libvirt.reachable = True
    await bench.look()
    assert not bench.status().blind
    bench.libvirt.reachable = False
    await bench.look()
    assert not bench.status().blind


async def test_an_agent_that_starts_while_libvirt_is_silent_leaves_the_task_blind() -> None:
    bench = begun()
    bench.libvirt.reachable = False
    await bench.look()
    await asyncio.sleep(BLIND_SECONDS)
    await bench.look()
    bench.new_agent("second")
    await bench.look()
    assert bench.status().blind


@pytest.mark.parametrize(
    ("kind", "migrated", "looks"),
    [
        (EventKind.ITERATION, False, False),
        (EventKind.DEFINED, False, False),
        (EventKind.STARTED, True, False),
        (EventKind.SUSPENDED, True, False),
        (EventKind.STARTED, False, True),
        (EventKind.SUSPENDED, False, True),
        (EventKind.RESUMED, True, True),
        (EventKind.STOPPED, False, True),
        (EventKind.CRASHED, False, True),
        (EventKind.UNDEFINED, False, True),
        (EventKind.JOB_COMPLETED, False, True),
    ],
)
async def test_libvirt_is_not_asked_between_the_first_and_the_last_event_of_a_switchover(
    kind: EventKind, migrated: bool, looks: bool
) -> None:
    bench = begun()
    assert bench.reconciler.see(Event(kind, BEGINNING, UUID, migrated=migrated)) == (["t"] if looks else [])


async def test_the_moment_at_which_the_guest_stopped_is_kept_though_nobody_looks() -> None:
    bench = begun()
    bench.reconciler.see(Event(EventKind.SUSPENDED, BEGINNING, UUID, migrated=True))
    assert bench.reconciler.memory("t").suspended_at == BEGINNING


@pytest.mark.parametrize(
    ("goal", "moves"), [(Goal.PREPARED, True), (Goal.MIGRATED, True), (Goal.RELEASED, False)]
)
async def test_a_vm_is_on_its_way_until_it_is_released(goal: Goal, moves: bool) -> None:
    bench = Bench()
    bench.put("t", goal)
    assert bench.reconciler.moves(UUID) is moves
    assert not bench.reconciler.moves("another-uuid")
