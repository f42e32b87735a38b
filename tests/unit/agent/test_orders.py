"""Orders through the agent and libvirt: the intent is stored before the guest feels anything."""

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import Conflict
from godwit.domain.guest import DomainState, Marks, StateReason
from godwit.domain.task import Goal, Order, Starting, TaskStatus

from ...fakes.cluster import BEGINNING
from ...fakes.hypervisor import FakeDomain
from .bench import PLAN, Bench

OURS = Marks(run="ours")
BEGUN = TaskStatus(reached=Goal.PREPARED, run_mark="ours", starting=Starting(1, "", BEGINNING))


async def waiting(bench: Bench, reason: StateReason = StateReason.MIGRATION) -> FakeDomain:
    """A source that its migration left paused, and whose agent knows that no job is left."""
    guest = bench.guest()
    guest.live = OURS
    guest.become(DomainState.PAUSED, reason)
    bench.put("t", Goal.MIGRATED, BEGUN, plan=PLAN)
    memory = bench.reconciler.memory("t")
    memory.answered_since = memory.quiet_since = -1000.0
    await bench.look()
    return guest


def order(bench: Bench, wanted: Order, goal: Goal = Goal.MIGRATED) -> None:
    task = bench.cluster.tasks.objects["t"]
    bench.show(bench.cluster.tasks.put(replace(task, spec=replace(task.spec, order=wanted, goal=goal))))


async def test_the_waiting_qemu_is_ended_once_after_the_intent_was_written() -> None:
    bench = Bench()
    guest = await waiting(bench)
    order(bench, Order.DESTROY_WAITING)
    await bench.look()
    assert guest.state is DomainState.SHUTOFF
    assert bench.status().destroying_at is not None
    assert bench.libvirt.acts == ["destroy"]
    await bench.look()
    assert bench.libvirt.acts == ["destroy"]


async def test_an_order_whose_intent_can_not_be_written_is_not_carried_out() -> None:
    bench = Bench()
    guest = await waiting(bench)
    order(bench, Order.DESTROY_WAITING)
    bench.cluster.fail_next_write(Conflict("somebody was quicker"), kind="MigrationTask")
    with pytest.raises(Conflict):
        await bench.look()
    assert guest.state is DomainState.PAUSED
    assert bench.libvirt.acts == []


async def test_another_qemu_than_the_one_that_was_migrated_is_not_ended_in_its_place() -> None:
    bench = Bench()
    guest = await waiting(bench)
    guest.live = Marks(run="somebody else's")
    order(bench, Order.DESTROY_WAITING)
    await bench.look()
    assert bench.libvirt.acts == []
    order(bench, Order.DESTROY)
    await bench.look()
    assert bench.libvirt.acts == ["destroy"]


async def test_a_paused_source_goes_on_and_is_put_back() -> None:
    bench = Bench()
    guest = await waiting(bench)
    order(bench, Order.RESUME, Goal.ROLLED_BACK)
    await bench.look()
    assert guest.state is DomainState.RUNNING
    assert bench.status().reached is Goal.ROLLED_BACK


async def test_a_kept_source_that_is_off_is_started_from_its_definition_once() -> None:
    bench = Bench()
    guest = await waiting(bench)
    guest.become(DomainState.SHUTOFF, StateReason.UNKNOWN)
    order(bench, Order.RESUME_OR_START, Goal.ROLLED_BACK)
    await bench.look()
    await bench.look()
    assert (guest.state, guest.reason) == (DomainState.RUNNING, StateReason.BOOTED)
    assert bench.libvirt.acts.count("start") == 1
    assert bench.status().starting_anew_at is not None
    assert bench.status().reached is Goal.ROLLED_BACK


async def test_a_copy_that_runs_is_suspended_after_the_intent_was_written() -> None:
    bench = Bench()
    guest = await waiting(bench)
    guest.become(DomainState.RUNNING, StateReason.BOOTED)
    order(bench, Order.SUSPEND)
    await bench.look()
    assert (guest.state, guest.reason) == (DomainState.PAUSED, StateReason.USER)
    assert bench.status().suspending_at is not None
