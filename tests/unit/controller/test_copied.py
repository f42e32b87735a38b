"""A guest with copied disks in the whole house: there and back, every fault, and no image too many."""

from collections import Counter

import pytest
from msgspec.structs import replace

from godwit.domain.disks import DiskAction, DiskClass, Provisioning, SourceImages, Storage
from godwit.domain.guest import JobStats
from godwit.domain.migration import Phase
from godwit.domain.reasons import Reason

from ...fakes.hypervisor import LOCAL, FakeDomain, FakeFile
from .house.agent import AgentProcess
from .house.house import UUID, House, disk
from .house.operator import OperatorProcess
from .test_killed import Kind, Nth

MIB = 1 << 20
IMAGE = f"{LOCAL}/vdb.img"
MEMORY_FLOWS = JobStats(
    elapsed_milliseconds=60_000,
    data_total_bytes=33 * MIB,
    data_remaining_bytes=16 * MIB,
    memory_total_bytes=32 * MIB,
    memory_remaining_bytes=16 * MIB,
    disk_total_bytes=MIB,
    disk_processed_bytes=MIB,
)
MUST_EXIST = Storage(provisioning=Provisioning.MUST_EXIST)
DELETE = Storage(source_images=SourceImages.DELETE)


async def hybrid() -> House:
    """One disk is shared, one is not."""
    house = House()
    house.add_guest(disk(), disk(LOCAL, "vdb", format="raw", virtual_size_bytes=MIB))
    image = house.hosts["host1"].file_at(IMAGE)
    assert image is not None
    image.write("what the guest has written", MIB // 2)
    return await house.start()


async def copying() -> House:
    """The job copies disks, and does not come to the memory."""
    house = await hybrid()
    house.hosts["host1"].hold_copies()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    assert file(house, "host2") is not None
    return house


def file(house: House, host: str) -> FakeFile | None:
    return house.hosts[host].file_at(IMAGE)


def content(house: House, host: str) -> str | None:
    there = file(house, host)
    return there.content if there else None


def listing(house: House) -> dict[str, list[str]]:
    return {name: sorted(host.local_files) for name, host in house.hosts.items()}


def _cancel_in(house: House, phase: Phase) -> None:
    house.on_phase = lambda written: house.cancel() if written is phase else None


def stays_as_it_was(house: House) -> None:
    house.is_as_before()
    assert listing(house) == {"host1": [IMAGE], "host2": []}
    assert content(house, "host1") == "what the guest has written"


def has_moved(house: House, *, source_image: bool = True) -> None:
    house.has_moved()
    assert listing(house) == {"host1": [IMAGE] if source_image else [], "host2": [IMAGE]}
    assert content(house, "host2") == "what the guest has written"


# it moves


async def test_a_hybrid_guest_moves_by_auto_alone() -> None:
    house = await hybrid()
    house.migrate()
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    has_moved(house)
    assert [(each.target, each.disk_class, each.action) for each in status.disks] == [
        ("vda", DiskClass.SHARED, DiskAction.KEEP),
        ("vdb", DiskClass.LOCAL, DiskAction.COPY),
    ]
    assert status.disks[1].copied_bytes
    assert status.switchover is not None
    assert "vdb is copied" in status.switchover.why
    [request] = house.hosts["host1"].jobs.requests
    assert [copy.target for copy in request.copies] == ["vdb"]
    assert house.message() == (
        f"the guest runs on host2. host1 keeps the images that were copied, {IMAGE}: "
        "spec.storage.sourceImages is Keep"
    )


async def test_copying_is_a_phase_of_its_own_between_preparing_and_the_memory() -> None:
    house = await copying()
    await house.reaches(Phase.COPYING)
    house.hosts["host1"].let_copies_go()
    await house.ends()
    phases = [each.phase for each in house.status().phase_transitions]
    assert phases == [
        Phase.PENDING,
        Phase.VALIDATING,
        Phase.PREPARING,
        Phase.COPYING,
        Phase.SWITCHING_OVER,
        Phase.FINALIZING,
        Phase.SUCCEEDED,
    ], "a memory that is sent in a moment has no phase"


async def test_progress_tells_disks_and_memory_apart_and_never_goes_back() -> None:
    house = await copying()
    house.hosts["host1"].hold_migrations()
    guest, percents = house.guest, []
    for number, part in enumerate((MIB // 4, MIB // 2, MIB), start=1):
        guest.copied("vdb", part)
        elapsed = 10_000 * number
        guest.stats = replace(guest.stats, elapsed_milliseconds=elapsed, data_remaining_bytes=MIB - part)
        await house.pass_time(3)
        progress = house.status().progress
        assert progress is not None
        assert (progress.disk_total, progress.disk_processed) == (MIB, part)
        assert progress.memory_remaining == progress.memory_total > 0
        assert house.status().disks[1].copied_bytes == part
        assert house.status().phase is Phase.COPYING
        percents.append(progress.percent)
    house.hosts["host1"].let_copies_go()
    await house.reaches(Phase.MIGRATING)
    guest.stats = MEMORY_FLOWS
    await house.pass_time(3)
    progress = house.status().progress
    assert progress is not None
    assert (progress.memory_total, progress.memory_remaining) == (32 * MIB, 16 * MIB)
    percents.append(progress.percent)
    house.hosts["host1"].let_go()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    assert percents == sorted(percents)
    has_moved(house)


async def test_it_moves_back_onto_its_own_image_only_when_that_is_asked_for() -> None:
    house = await hybrid()
    house.migrate()
    await house.ends()
    house.migrate("back", to="host1")
    refused = await house.ends("back")
    assert refused.phase is Phase.FAILED
    [check] = [check for check in refused.checks if check.stops]
    assert check.name == "DestinationImage"
    assert "left by an earlier move" in check.message
    assert house.running() == ["host2"]
    there = file(house, "host2")
    assert there is not None
    there.write("newer", MIB // 2)
    house.migrate("over", to="host1", storage=MUST_EXIST)
    await house.ends("over")
    assert house.status("over").phase is Phase.SUCCEEDED, house.told()
    assert house.running() == ["host1"]
    assert (content(house, "host1"), house.calls) == ("newer", 2)
    told = [notice.message for notice in house.cluster.notices.posted if notice.reason == "Preparing"]
    assert f"the former content of {IMAGE} at the destination is lost once the copy begins" in told[-1]


async def test_who_asks_for_it_has_the_sources_image_deleted_after_the_commit_and_no_other() -> None:
    house = await hybrid()
    house.hosts["host1"].put_file(f"{LOCAL}/other.img")
    house.migrate(storage=DELETE)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    assert listing(house) == {"host1": [f"{LOCAL}/other.img"], "host2": [IMAGE]}
    said = f"host1 removed the images that were copied, {IMAGE} (sourceImages: Delete)"
    assert house.message() == f"the guest runs on host2. {said}"
    assert said in house.cluster.notices.posted[-1].message
    assert [each.source_image for each in house.status().disks] == ["", "removed after the commit"]


async def test_the_image_stays_when_the_migration_is_deleted_and_the_guest_shut_off() -> None:
    house = await hybrid()
    house.migrate()
    await house.ends()
    house.delete()
    house.hosts["host2"].end(UUID)
    for process in house.processes:
        house.replace(process)
    await house.pass_time(120)
    assert content(house, "host2") == "what the guest has written"


# it stays


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.VALIDATING, Phase.PREPARING, Phase.COPYING])
async def test_a_cancel_in_any_phase_leaves_the_guest_and_no_image(phase: Phase) -> None:
    house = await hybrid()
    house.hosts["host1"].hold_copies()
    _cancel_in(house, phase)
    house.migrate()
    assert (await house.ends()).phase is Phase.CANCELLED
    stays_as_it_was(house)


async def test_a_cancel_while_the_disk_is_copied_leaves_the_guest_and_no_image() -> None:
    house = await copying()
    await house.pass_time(20)
    house.cancel()
    assert (await house.ends()).phase is Phase.CANCELLED
    stays_as_it_was(house)


async def test_a_job_that_fails_leaves_no_image() -> None:
    house = await copying()
    house.guest.abort.set()
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.ABORTED_OUTSIDE)
    stays_as_it_was(house)


async def test_an_image_that_is_deleted_under_the_copy_ends_it_before_the_switchover() -> None:
    house = await copying()
    house.hosts["host2"].drop(IMAGE)
    status = await house.ends(seconds=30)
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.IMAGE_MISSING)
    assert IMAGE in house.message()
    stays_as_it_was(house)


async def test_an_image_that_came_between_the_checks_and_the_plan_stays_and_ends_it() -> None:
    house = await hybrid()
    there = FakeFile("somebody's", allocated_bytes=5)

    def put(phase: Phase) -> None:
        if phase is Phase.PREPARING:
            house.hosts["host2"].put(IMAGE, there)

    house.on_phase = put
    house.migrate()
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.IMAGE_EXISTS)
    house.is_as_before()
    assert file(house, "host2") is there
    assert house.calls == 0


async def test_a_host_that_is_silent_owes_its_image_and_pays_when_it_is_back() -> None:
    house = await copying()
    house.stop(house.agents["host2"])
    house.guest.abort.set()
    await house.until(lambda: house.status().phase is Phase.FAILED, seconds=120)
    assert file(house, "host2") is not None
    assert "owed by host2" in house.message()
    house.replace(house.agents["host2"])
    await house.ends()
    stays_as_it_was(house)


# two at once


async def test_a_second_migration_into_the_same_directory_counts_what_the_first_was_promised() -> None:
    house = await hybrid()
    second = "22222222-2222-3333-4444-555555555555"
    path = f"{LOCAL}/second.img"
    house.hosts["host1"].put_file(path)
    own = disk(LOCAL, "vda", path=path, format="raw", virtual_size_bytes=MIB)
    house.hosts["host1"].add(FakeDomain("vm2", second, disks=(own,)))
    await house.pass_time(60)
    house.hosts["host2"].free_bytes = 3 * MIB // 2
    house.hosts["host1"].hold_copies()
    house.migrate()
    await house.until(lambda: house.calls == 1)
    house.migrate("second", vm=replace(house.migration().spec.vm, name="vm2"))
    refused = await house.ends("second")
    [check] = [check for check in refused.checks if check.stops]
    assert check.name == "Space", house.told()
    house.hosts["host1"].let_copies_go()
    assert (await house.ends()).phase is Phase.SUCCEEDED
    house.migrate("third", vm=replace(house.migration().spec.vm, name="vm2"))
    assert (await house.ends("third")).phase is Phase.SUCCEEDED, house.told()


# whoever dies


@pytest.mark.parametrize("kind", [OperatorProcess, AgentProcess])
@pytest.mark.parametrize("cancels", [False, True], ids=["moves", "is cancelled"])
async def test_a_process_that_is_replaced_after_any_pass_is_not_missed(kind: Kind, cancels: bool) -> None:
    number = 0
    while True:
        house = await hybrid()
        house.kill_after_pass = Nth(kind, number)
        if cancels:
            house.hosts["host1"].hold_copies()
            _cancel_in(house, Phase.COPYING)
        house.migrate(storage=DELETE)
        status = await house.ends(seconds=300)
        house.close()
        if not house.kills:
            break
        context = f"pass {number}: {house.told()}"
        assert Phase.NEEDS_ATTENTION not in house.phases, context
        assert status.phase is (Phase.CANCELLED if cancels else Phase.SUCCEEDED), context
        if cancels:
            stays_as_it_was(house)
        else:
            has_moved(house, source_image=False)
        number += 1
    assert number >= 10


async def test_processes_that_live_for_one_pass_only_get_there_together() -> None:
    most = iter(range(60))
    house = await hybrid()
    house.kill_after_pass = lambda process: next(most, None) is not None
    house.migrate(storage=DELETE)
    assert (await house.ends(seconds=300)).phase is Phase.SUCCEEDED, house.told()
    has_moved(house, source_image=False)


# what it costs


async def test_a_copied_disk_costs_no_more_than_four_writes() -> None:
    written: dict[bool, Counter[str]] = {}
    for copied in (False, True):
        house = House()
        house.add_guest(disk(LOCAL if copied else "/shared", "vda", format="raw", virtual_size_bytes=MIB))
        await house.start()
        house.migrate(storage=DELETE)
        assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
        kinds = Counter(kind for kind, _, name in house.cluster.server.writes if "host" not in name)
        written[copied] = kinds
    assert written[True].total() <= written[False].total() + 4, written
    assert written[True]["VMMigration"] <= 12, written
