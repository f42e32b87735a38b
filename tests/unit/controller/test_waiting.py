"""What comes in between: libvirt that is silent, agents that never answer, users who change their minds."""

import pytest

from godwit.cluster.ports import Claim
from godwit.domain.migration import Cleanup, Phase
from godwit.domain.plan import Switchover
from godwit.domain.reasons import Reason
from godwit.domain.task import Role, Task

from .house.house import UUID, House, disk, house_for, sending

both = pytest.mark.parametrize("switchover", Switchover)
BEFORE_THE_END = (
    Phase.PENDING,
    Phase.VALIDATING,
    Phase.PREPARING,
    Phase.MIGRATING,
    Phase.SWITCHING_OVER,
    Phase.FINALIZING,
)


def task(house: House, role: Role) -> Task | None:
    tasks = house.cluster.tasks.objects.values()
    return next((each for each in tasks if each.spec.role is role), None)


def waits_for(house: House, role: Role) -> Reason | None:
    found = task(house, role)
    return found.status.waiting.reason if found and found.status.waiting else None


@both
@pytest.mark.parametrize(("role", "host"), [(Role.SOURCE, "host1"), (Role.DESTINATION, "host2")])
async def test_a_silent_libvirt_is_told_and_waited_for(switchover: Switchover, role: Role, host: str) -> None:
    house = await house_for(switchover)
    house.hosts[host].lose()
    house.migrate()
    await house.until(lambda: waits_for(house, role) is Reason.LIBVIRT_UNREACHABLE)
    await house.until(lambda: f"no libvirtd on {host}" in house.message())
    await house.pass_time(60)
    house.hosts[host].come_back()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.has_moved()


@both
@pytest.mark.parametrize("host", ["host1", "host2"])
async def test_a_libvirt_that_is_silent_while_the_job_runs_loses_nothing(
    switchover: Switchover, host: str
) -> None:
    house = await house_for(switchover)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    house.hosts[host].lose()
    await house.pass_time(20)
    house.hosts["host1"].let_go()
    await house.pass_time(20)
    house.hosts[host].come_back()
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.has_moved()


async def test_a_job_that_fails_leaves_the_guest_and_tells_libvirts_reason() -> None:
    house = await house_for(Switchover.FAST)
    house.hosts["host1"].hold_migrations()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    house.guest.abort.set()
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.ABORTED_OUTSIDE)
    assert "canceled by client" in house.message()
    house.is_as_before()


async def test_a_device_that_is_plugged_in_before_the_start_stops_it() -> None:
    house = await house_for(Switchover.FAST)
    house.migrate()
    await house.reaches(Phase.PREPARING)
    house.guest.devices += ("watchdog",)
    status = await house.ends()
    assert status.ending is not None
    assert status.ending.reason is Reason.GUEST_CHANGED
    house.is_as_before()
    assert house.calls == 0


async def test_an_agent_that_never_answers_ends_by_the_start_timeout_and_pays_later() -> None:
    house = await house_for(Switchover.FAST)
    house.stop(house.agents["host2"])
    house.migrate(start_timeout="20s")
    await house.pass_time(18)
    assert house.status().phase is Phase.VALIDATING
    await house.reaches(Phase.FAILED)
    status = house.status()
    assert status.ending is not None
    assert status.ending.reason is Reason.START_TIMEOUT
    assert "host2" in house.message()
    assert house.running() == ["host1"]
    assert house.guest.autostart
    house.replace(house.agents["host2"])
    await house.ends()
    house.is_as_before()


async def test_a_destination_that_is_not_ready_is_named_and_waited_for() -> None:
    house = await house_for(Switchover.FAST)
    house.stop(house.agents["host2"])
    await house.pass_time(50)
    house.migrate()
    await house.reaches(Phase.PENDING)
    assert "host2 is NotReady" in house.message()
    house.replace(house.agents["host2"])
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.has_moved()


@both
@pytest.mark.parametrize("phase", BEFORE_THE_END)
async def test_a_deletion_waits_for_the_end_in_every_phase(switchover: Switchover, phase: Phase) -> None:
    house = await house_for(switchover)
    house.on_phase = lambda written: house.delete() if written is phase else None
    house.migrate()
    await house.until(lambda: not house.exists())
    assert phase in house.phases
    house.nothing_is_left()
    assert len(house.running()) == 1
    assert house.calls in (0, 1)
    if phase in (Phase.SWITCHING_OVER, Phase.FINALIZING):
        house.has_moved()


async def test_a_finished_migration_goes_at_once_when_it_is_deleted() -> None:
    house = await house_for(Switchover.FAST)
    house.migrate()
    await house.ends()
    house.delete()
    assert not house.exists()


async def test_a_queued_migration_that_is_deleted_never_touches_the_guest() -> None:
    house = await house_for(Switchover.FAST)
    house.cluster.claims.objects[UUID] = Claim(UUID, "another", "team/another", "lease", "1")
    house.migrate()
    await house.reaches(Phase.QUEUED)
    house.delete()
    await house.until(lambda: not house.exists())
    assert house.cluster.claims.objects[UUID].migration_uid == "another"
    assert [libvirt.acts for libvirt in house.hosts.values()] == [[], []]


async def test_the_claim_of_another_migration_is_respected_and_named() -> None:
    house = await house_for(Switchover.FAST)
    house.cluster.claims.objects[UUID] = Claim(UUID, "another", "team/another", "lease", "1")
    house.migrate()
    await house.reaches(Phase.QUEUED)
    assert "team/another" in house.message()
    await house.pass_time(20)
    assert house.status().phase is Phase.QUEUED
    assert house.cluster.tasks.objects == {}
    del house.cluster.claims.objects[UUID]
    assert (await house.ends(seconds=200)).phase is Phase.SUCCEEDED


@both
async def test_a_claim_that_is_lost_before_the_start_stops_the_agent(switchover: Switchover) -> None:
    house = await house_for(switchover)
    house.migrate()
    await house.reaches(Phase.PREPARING)
    house.cluster.claims.objects[UUID] = Claim(UUID, "another", "team/another", "lease", "1")
    status = await house.ends()
    assert status.ending is not None
    assert status.ending.reason is Reason.CLAIMED_BY_ANOTHER
    assert house.calls == 0
    assert house.cluster.claims.objects.pop(UUID).migration_uid == "another"
    house.is_as_before()


@both
async def test_the_second_migration_of_a_vm_is_queued_behind_the_first_and_then_goes_on(
    switchover: Switchover,
) -> None:
    house = await sending(switchover)
    house.migrate("second", to="host1")
    await house.reaches(Phase.QUEUED, "second")
    assert "default/move" in house.message("second")
    house.hosts["host1"].let_go()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    assert (await house.ends("second")).phase is Phase.SUCCEEDED, house.told()
    assert house.calls == 2
    house.is_as_before()


async def test_a_debt_is_paid_before_a_new_migration_of_that_vm_begins() -> None:
    house = House()
    house.add_guest(disk())
    await house.start()
    house.hosts["host1"].hold_migrations()
    house.migrate("first")
    await house.until(lambda: house.calls == 1)
    house.stop(house.agents["host2"])
    await house.pass_time(50)
    house.guest.abort.set()
    await house.reaches(Phase.FAILED, "first")
    assert house.status("first").cleanup is Cleanup.PENDING
    house.hosts["host1"].let_go()
    house.migrate("second")
    await house.pass_time(30)
    assert house.status("second").phase is Phase.QUEUED
    assert "host2 still owes the clean-up of VMMigration default/first" in house.message("second")
    assert house.calls == 1
    house.replace(house.agents["host2"])
    await house.ends("first")
    assert (await house.ends("second")).phase is Phase.SUCCEEDED, house.told()
    assert house.calls == 2
    assert house.running() == ["host2"]
    house.nothing_is_left()
