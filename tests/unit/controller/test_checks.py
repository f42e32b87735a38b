"""A migration that a check stops: every reason is told, and nothing is left of the attempt."""

from collections.abc import Callable
from ipaddress import IPv4Network

import pytest
from msgspec.structs import replace

from godwit.domain.disks import Storage, Strategy
from godwit.domain.guest import DiskKind, DomainState, Job, StateReason
from godwit.domain.migration import CheckResult, Cleanup, HypervisorSelector, Phase
from godwit.domain.reasons import Reason

from ...fakes.hypervisor import LOCAL, FakeDomain
from .house.house import BY_UUID, UUID, House, disk

OTHER_UUID = "99999999-2222-3333-4444-555555555555"
NOWHERE = IPv4Network("203.0.113.0/24")


def stands_still(house: House) -> None:
    house.guest.become(DomainState.PAUSED, StateReason.IO_ERROR)


def is_busy(house: House) -> None:
    house.guest.job = Job.OTHER


def is_migrated_by_hand(house: House) -> None:
    house.guest.job = Job.MIGRATION_OUT


def has_a_namesake(house: House) -> None:
    house.hosts["host2"].add(FakeDomain("vm1", OTHER_UUID))


def is_listed_elsewhere(house: House) -> None:
    twin = house.hosts["host3"].add(FakeDomain("vm1", UUID))
    twin.become(DomainState.SHUTOFF, StateReason.SHUTDOWN)


def has_a_host_with_a_copied_uuid(house: House) -> None:
    host = house.hosts["host2"].host
    host.about = replace(host.about, host_uuid="uuid-of-host1")


def goes_to_a_host_without_an_address(house: House) -> None:
    house.migration_networks["host2"] = NOWHERE


def has_a_transient_disk(house: House) -> None:
    house.hosts["host1"].put_file(f"{LOCAL}/vdb.img")
    house.guest.disks += (replace(disk(LOCAL, "vdb"), transient=True),)


def has_a_block_device(house: House) -> None:
    house.guest.disks += (replace(disk(target="vdc"), kind=DiskKind.BLOCK, path="/dev/sdb"),)


SPOILT = [
    (stands_still, "VMRuns", "vm1 is paused", Reason.CHECKS_FAILED),
    (is_busy, "NoJob", "libvirt runs another job", Reason.GUEST_BUSY),
    (is_migrated_by_hand, "NoJob", "a migration that Godwit did not start", Reason.GUEST_BUSY),
    (has_a_namesake, "NoNamesake", OTHER_UUID, Reason.NAMESAKE),
    (is_listed_elsewhere, "VMFoundOnce", "host3", Reason.VM_AMBIGUOUS),
    (has_a_host_with_a_copied_uuid, "NotTheSameHost", "uuid-of-host1", Reason.SAME_HYPERVISOR),
    (
        goes_to_a_host_without_an_address,
        "MigrationAddress",
        "host2 publishes no address",
        Reason.CONNECTION_FAILED,
    ),
    (has_a_transient_disk, "Disks", "vdb", Reason.DISK_REFUSED),
    (has_a_block_device, "Disks", "/dev/sdb", Reason.DISK_REFUSED),
]


async def spoilt(*spoil: Callable[[House], None]) -> House:
    house = House(hosts=3 if is_listed_elsewhere in spoil else 2)
    house.add_guest(disk())
    for change in spoil:
        change(house)
    await house.start()
    only_shared = Storage(Strategy.SHARED)
    house.migrate(vm=BY_UUID, source=HypervisorSelector("host1"), storage=only_shared)
    await house.ends()
    return house


@pytest.mark.parametrize(("spoil", "name", "told", "reason"), SPOILT)
async def test_a_guest_that_fails_a_check_stays_as_it_was(
    spoil: Callable[[House], None], name: str, told: str, reason: Reason
) -> None:
    house = await spoilt(spoil)
    status = house.status()
    [failed] = [check for check in status.checks if check.stops]
    assert (failed.name, failed.result) == (name, CheckResult.FAIL)
    assert told in failed.message
    assert failed.remedy
    assert status.phase is Phase.FAILED
    assert {condition.reason for condition in status.conditions} == {reason}
    assert failed.message in house.message()
    assert failed.remedy in house.message()
    _nothing_happened(house)


async def test_all_reasons_are_told_and_not_the_first_alone() -> None:
    house = await spoilt(stands_still, is_busy, has_a_namesake, has_a_transient_disk, has_a_block_device)
    status = house.status()
    stopping = [check for check in status.checks if check.stops]
    assert [check.name for check in stopping] == ["VMRuns", "NoJob", "NoNamesake", "Disks", "Disks"]
    assert not [check.message for check in stopping if check.message not in house.message()]
    assert len(status.checks) > len(stopping), "those that passed are told too"
    _nothing_happened(house)


async def test_the_end_is_an_event_with_the_reason_and_a_figure_with_it() -> None:
    house = await spoilt(has_a_transient_disk)
    last = house.cluster.notices.posted[-1]
    assert (last.reason, last.warning, last.message) == ("DiskRefused", True, house.message())
    registry = house.operator.metrics.registry
    labels = {"result": "Failed", "reason": "DiskRefused"}
    assert registry.get_sample_value("vmmigration_finished_total", labels) == 1.0


async def test_an_older_libvirt_is_a_warning_and_stops_nothing() -> None:
    house = House()
    house.add_guest(disk())
    host = house.hosts["host2"].host
    host.about = replace(host.about, versions=replace(host.about.versions, libvirt="10.0.0"))
    await house.start()
    house.migrate()
    status = await house.ends()
    assert [check.name for check in status.checks if check.result is CheckResult.WARN] == ["LibvirtVersion"]
    assert status.phase is Phase.SUCCEEDED


async def test_a_host_that_falls_silent_before_the_job_ends_the_migration_and_owes_the_rest() -> None:
    house = House()
    house.add_guest(disk())
    await house.start()
    house.hosts["host2"].lose()
    house.migrate()
    await house.until(lambda: any(task.status.reached for task in house.cluster.tasks.objects.values()))
    house.stop(house.agents["host1"])
    await house.pass_time(50)
    status = house.status()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.HYPERVISOR_NOT_READY)
    assert "host1 is silent" in status.ending.message
    assert status.cleanup is Cleanup.PENDING
    house.hosts["host2"].come_back()
    house.replace(house.agents["host1"])
    assert (await house.ends()).cleanup is Cleanup.DONE
    house.is_as_before()


async def test_an_api_server_that_was_away_makes_no_agent_silent() -> None:
    house = House()
    house.add_guest(disk())
    await house.start()
    house.migrate()
    await house.until(lambda: any(task.status.reached for task in house.cluster.tasks.objects.values()))
    house.hosts["host2"].lose()
    house.cluster.server.reachable = False
    await house.pass_time(100)
    house.cluster.server.reachable = True
    await house.pass_time(20)
    house.hosts["host2"].come_back()
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()


def _nothing_happened(house: House) -> None:
    house.nothing_is_left()
    assert house.calls == 0
    assert house.guest.persistent
    assert house.guest.autostart
    assert house.status().cleanup is Cleanup.DONE
    done = {act for libvirt in house.hosts.values() for act in libvirt.acts}
    assert done <= {"mark"}, "taking away marks that were never there"
