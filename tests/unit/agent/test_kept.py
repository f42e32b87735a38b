"""Before the job the destination looks once more at the disks that stay, and tells of libvirt's own NVRAM."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, Marks, StateReason
from godwit.domain.image import Copy, Kept
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Role, TaskStatus

from ...fakes.hypervisor import FakeFile
from .bench import STRICT, Bench
from .copies import MARK, VDA

DISK, LAYER, VARIABLES = "/shared/vdb.img", "/shared/base.img", "/shared/nvram.fd"
KEPT = (Kept("vdb", DISK), Kept("vdb", LAYER))


async def inspected(bench: Bench, *files: str) -> None:
    """These are there."""
    for path in files:
        bench.libvirt.put_file(path)
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION, images=(DISK, LAYER, VARIABLES))
    await bench.look()


async def prepared(bench: Bench, *copies: Copy, nvram: str = "") -> TaskStatus:
    plan = replace(STRICT, kept=KEPT, nvram=nvram, copies=copies)
    bench.move("t", Goal.PREPARED, plan)
    await bench.look()
    return bench.status()


def take_away(bench: Bench) -> None:
    bench.libvirt.unmount("/shared")


def put_another(bench: Bench) -> None:
    bench.libvirt.put(DISK, FakeFile("stale"))


def put_one_that_is_another_size(bench: Bench) -> None:
    file = bench.libvirt.file_at(DISK)
    assert file
    file.virtual_size_bytes *= 2


def put_one_that_is_older(bench: Bench) -> None:
    file = bench.libvirt.file_at(DISK)
    assert file
    file.changed = "1500000000.000000001"


def unmount_above_an_old_image(bench: Bench) -> None:
    take_away(bench)
    for path in (DISK, LAYER, VARIABLES):
        bench.libvirt.put(path, FakeFile("stale"))


@pytest.mark.parametrize(
    "change",
    [
        take_away,
        put_another,
        put_one_that_is_another_size,
        put_one_that_is_older,
        unmount_above_an_old_image,
    ],
)
async def test_a_disk_that_is_not_the_one_of_the_inspection_is_refused_by_its_name(
    change: Callable[[Bench], None],
) -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER, VARIABLES)
    change(bench)
    failure = (await prepared(bench, VDA)).failure
    assert failure
    assert failure.reason is Reason.DISK_CHANGED
    assert f"disk vdb: {DISK} " in failure.message
    assert bench.status().reached is Goal.INSPECTED
    assert bench.libvirt.acts == []


async def test_a_layer_that_was_replaced_is_refused_as_well_and_so_are_the_firmwares_variables() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER, VARIABLES)
    bench.libvirt.put_file(LAYER)
    bench.libvirt.drop(VARIABLES)
    failure = (await prepared(bench, nvram=VARIABLES)).failure
    assert failure
    assert f"disk vdb: {LAYER} " in failure.message
    assert f"the firmware's variables: {VARIABLES} " in failure.message
    assert DISK not in failure.message


async def test_what_the_guest_writes_meanwhile_is_no_change_and_costs_no_write_more() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER, VARIABLES)
    file = bench.libvirt.file_at(DISK)
    assert file
    file.write()
    bench.cluster.server.writes.clear()
    assert (await prepared(bench, nvram=VARIABLES)).reached is Goal.PREPARED
    assert len(bench.cluster.server.writes) == 1


async def test_a_directory_that_libvirt_could_not_list_for_a_moment_is_looked_at_again() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    take_away(bench)
    asyncio.get_running_loop().call_later(0.1, bench.libvirt.mount, "/shared")
    assert (await prepared(bench)).reached is Goal.PREPARED


async def test_a_host_that_can_not_look_has_prepared_nothing_yet() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    bench.libvirt.fail_next("images.look", Reason.LIBVIRT_UNREACHABLE, "no answer")
    status = await prepared(bench)
    assert (status.reached, status.failure) == (Goal.INSPECTED, None)
    await bench.look()
    assert bench.status().reached is Goal.PREPARED


INTENDED = CreatedResource("NVRAM", VARIABLES, ResourceState.INTENDED)


@pytest.mark.parametrize("copies", [(), (VDA,)], ids=["kept alone", "copied as well"])
async def test_the_firmwares_variables_that_are_not_there_are_written_down_before_the_job(
    copies: tuple[Copy, ...],
) -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    status = await prepared(bench, *copies, nvram=VARIABLES)
    assert status.reached is Goal.PREPARED
    assert status.created_resources[-1] == INTENDED


async def arrived(bench: Bench) -> FakeFile:
    """The guest, for which libvirt has made the file."""
    guest = bench.guest("host2")
    guest.become(DomainState.PAUSED, StateReason.USER)
    guest.live = guest.defined = Marks(attempt=MARK)
    guest.nvram = VARIABLES
    return bench.libvirt.put_file(VARIABLES)


async def test_the_firmwares_variables_of_a_guest_that_does_not_stay_stay_and_are_told() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    await prepared(bench, VDA, nvram=VARIABLES)
    file = await arrived(bench)
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    status = bench.status()
    assert status.reached is Goal.ROLLED_BACK
    [left] = status.left_behind
    assert (left.kind, left.path, left.identity) == ("NVRAM", VARIABLES, file.identity)
    assert bench.told_left == [left]
    assert bench.libvirt.file_at(VARIABLES) is file
    assert bench.libvirt.file_at(VDA.path) is None


@pytest.mark.parametrize("theirs", [False, True], ids=["never made", "another guest's"])
async def test_nothing_is_told_of_variables_that_are_not_there_or_that_a_guest_names(theirs: bool) -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    await prepared(bench, nvram=VARIABLES)
    if theirs:
        other = bench.guest("host2")
        bench.libvirt.domains.clear()
        other.uuid, other.name, other.nvram = "other", "other", VARIABLES
        bench.libvirt.add(other)
        bench.libvirt.put_file(VARIABLES)
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    assert (bench.status().reached, bench.status().left_behind) == (Goal.ROLLED_BACK, ())
    assert (bench.libvirt.file_at(VARIABLES) is not None) == theirs


async def test_variables_that_were_there_before_are_nobodys_leftover() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER, VARIABLES)
    assert (await prepared(bench, nvram=VARIABLES)).created_resources == ()


async def test_variables_that_came_before_an_agent_that_died_had_prepared_are_not_libvirts() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    died = replace(bench.status(), created_resources=(INTENDED,))
    plan = replace(STRICT, kept=KEPT, nvram=VARIABLES)
    bench.libvirt.put(VARIABLES, FakeFile("of somebody", empty=True))
    bench.put("t", Goal.PREPARED, died, plan=plan, role=Role.DESTINATION)
    await bench.look()
    assert bench.status().created_resources == ()
    assert bench.libvirt.file_at(VARIABLES)


async def test_an_image_whose_file_system_is_not_mounted_is_told_and_not_taken_for_removed() -> None:
    bench = Bench(node="host2")
    await inspected(bench, DISK, LAYER)
    status = await prepared(bench, VDA)
    [made] = status.created_resources
    bench.libvirt.unmount("/local")
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    [left] = bench.status().left_behind
    assert left == LeftBehind("Image", VDA.path, left.why, made.identity)
    assert "not mounted" in left.why
    assert bench.told_left == [left]
