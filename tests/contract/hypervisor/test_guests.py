import pytest

from godwit.domain.guest import DomainState, Job, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .worlds import ATTEMPT, NAME, UUID, World

ABSENT_UUID = "00000000-0000-4000-8000-000000000000"


async def test_a_running_guest_is_seen_by_its_name_and_by_its_uuid(world: World) -> None:
    await world.start_guest(autostart=True)
    by_name = await world.source.guests.look(NAME)
    assert by_name == await world.source.guests.look(UUID)
    assert (by_name.name, by_name.uuid) == (NAME, UUID)
    assert (by_name.state, by_name.reason) == (DomainState.RUNNING, StateReason.BOOTED)
    assert by_name.persistent
    assert by_name.autostart
    assert by_name.job is Job.NONE
    assert by_name.domain_id is not None
    assert by_name.marks == Marks()


async def test_an_unknown_guest_is_absent_and_no_error(world: World) -> None:
    by_name, by_uuid = [await world.source.guests.look(key) for key in ("hvtest-nobody", ABSENT_UUID)]
    assert (by_name.state, by_name.name, by_name.uuid) == (DomainState.ABSENT, "hvtest-nobody", "")
    assert (by_uuid.state, by_uuid.name, by_uuid.uuid) == (DomainState.ABSENT, "", ABSENT_UUID)


async def test_a_guest_paused_by_its_user_says_so(world: World) -> None:
    await world.start_guest(paused=True)
    view = await world.source.guests.look(UUID)
    assert (view.state, view.reason) == (DomainState.PAUSED, StateReason.USER)


async def test_the_run_mark_is_gone_when_the_guest_is_off_and_the_attempt_mark_stays(world: World) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, Marks(run="r1", attempt=ATTEMPT))
    assert (await world.source.guests.look(UUID)).marks == Marks(run="r1", attempt=ATTEMPT)
    await world.shut_off()
    off = await world.source.guests.look(UUID)
    assert off.marks == Marks(attempt=ATTEMPT)
    assert (off.state, off.reason, off.domain_id) == (DomainState.SHUTOFF, StateReason.DESTROYED, None)


async def test_marks_are_replaced_and_taken_away(world: World) -> None:
    await world.start_guest()
    await world.source.guests.mark(UUID, Marks(run="r1", attempt=ATTEMPT))
    await world.source.guests.mark(UUID, Marks(run="<r2> & more"))
    assert (await world.source.guests.look(UUID)).marks == Marks(run="<r2> & more")
    await world.source.guests.mark(UUID, Marks())
    await world.source.guests.mark(UUID, Marks())
    assert (await world.source.guests.look(UUID)).marks == Marks()
    await world.shut_off()
    assert (await world.source.guests.look(UUID)).marks == Marks()


async def test_a_transient_guest_is_marked_and_leaves_nothing(world: World) -> None:
    await world.start_guest(persistent=False)
    await world.source.guests.mark(UUID, Marks(run="r1", attempt=ATTEMPT))
    view = await world.source.guests.look(UUID)
    assert not view.persistent
    assert view.marks == Marks(run="r1", attempt=ATTEMPT)
    await world.shut_off()
    assert (await world.source.guests.look(UUID)).state is DomainState.ABSENT


async def test_an_absent_guest_can_only_be_unmarked(world: World) -> None:
    await world.source.guests.mark(UUID, Marks())
    with pytest.raises(HypervisorError) as refused:
        await world.source.guests.mark(UUID, Marks(attempt=ATTEMPT))
    assert refused.value.reason is Reason.VM_NOT_FOUND


async def test_autostart_is_set_and_cleared_and_left_alone_on_a_transient_guest(world: World) -> None:
    await world.start_guest()
    for wanted in (True, True, False):
        await world.source.guests.set_autostart(UUID, wanted)
        assert (await world.source.guests.look(UUID)).autostart is wanted


async def test_a_transient_guest_has_no_autostart(world: World) -> None:
    await world.start_guest(persistent=False)
    await world.source.guests.set_autostart(UUID, True)
    assert not (await world.source.guests.look(UUID)).autostart


async def test_an_inspection_changes_its_digest_with_the_devices_and_not_with_the_marks(world: World) -> None:
    await world.start_guest()
    before = await world.source.guests.inspect(UUID)
    await world.source.guests.mark(UUID, Marks(run="r1", attempt=ATTEMPT))
    assert (await world.source.guests.inspect(UUID)).devices_digest == before.devices_digest
    await world.plug()
    assert (await world.source.guests.inspect(UUID)).devices_digest != before.devices_digest


async def test_an_inspection_tells_the_facts(world: World) -> None:
    await world.start_guest()
    facts = await world.source.guests.inspect(UUID)
    assert facts.view == await world.source.guests.look(UUID)
    assert (facts.vcpus, facts.memory_bytes) == (1, 32 * 1024 * 1024)
    assert facts.machine.startswith("pc-i440fx-")
    assert (facts.arch, facts.max_downtime_milliseconds, facts.snapshots) == ("x86_64", 300, ())


async def test_an_absent_guest_can_not_be_inspected(world: World) -> None:
    with pytest.raises(HypervisorError) as refused:
        await world.source.guests.inspect(UUID)
    assert refused.value.reason is Reason.VM_NOT_FOUND
