"""What a roll-back takes away at the destination: what was made in this attempt, and not a file more."""

from copy import copy

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import Unavailable
from godwit.domain.guest import DomainState, Marks, StateReason
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Role, TaskStatus

from ...fakes.hypervisor import FakeFile
from ..controller.house.house import disk
from ..controller.virtual_time import BEGINNING
from .bench import STRICT, Bench
from .copies import IN_ORDER, LEVELS, MARK, VDA, VDB, images, must_exist, prepared


async def roll_back(bench: Bench) -> TaskStatus:
    bench.libvirt.acts.clear()
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    return bench.status()


async def test_all_goes_in_the_order_in_which_it_did_not_come() -> None:
    bench = Bench(node="host2")
    bench.libvirt.put_file("/local/of-somebody.img")
    await prepared(bench)
    status = await roll_back(bench)
    assert status.reached is Goal.ROLLED_BACK
    assert (status.created_resources, status.left_behind) == ((), ())
    assert images(bench) == ["/local/of-somebody.img"]
    assert bench.libvirt.acts == [f"remove {act.split()[-1]}" for act in reversed(IN_ORDER)]


async def test_an_image_that_had_to_exist_stays() -> None:
    bench = Bench(node="host2")
    await prepared(bench, must_exist(bench))
    await roll_back(bench)
    assert images(bench) == [VDA.path]


async def test_the_guest_goes_before_its_images() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    guest = bench.guest("host2")
    guest.become(DomainState.PAUSED, StateReason.USER)
    guest.live = guest.defined = Marks(attempt=MARK)
    guest.disks = (disk("/local", "vda"), disk("/local/new/deep", "vdb"))
    status = await roll_back(bench)
    assert bench.libvirt.acts[:2] == ["destroy", "undefine"]
    assert (status.reached, images(bench)) == (Goal.ROLLED_BACK, [])


async def test_as_long_as_the_guest_runs_here_nothing_goes() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    guest = bench.guest("host2")
    guest.live = guest.defined = Marks(attempt=MARK)
    status = await roll_back(bench)
    assert status.owed is not None
    assert status.owed.reason is Reason.DESTINATION_RUNS
    assert len(status.created_resources) == 4
    assert bench.libvirt.acts == []


async def test_a_guest_that_used_its_disks_while_no_agent_looked_is_not_removed_though_it_is_paused() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    guest = bench.guest("host2")
    guest.become(DomainState.PAUSED, StateReason.USER)
    guest.live = guest.defined = Marks(attempt=MARK)
    guest.disk_requests = 3
    bench.new_agent("second")
    status = await roll_back(bench)
    assert status.owed is not None
    assert status.owed.reason is Reason.DESTINATION_RUNS
    assert bench.libvirt.acts == []
    guest.become(DomainState.SHUTOFF, StateReason.DESTROYED)
    await bench.look()
    status = bench.status()
    assert (status.reached, bench.libvirt.acts) == (Goal.ROLLED_BACK, ["undefine"])
    assert [left.path for left in status.left_behind] == [VDB.path, VDA.path]


@pytest.mark.parametrize("ran", [{"resuming_at": BEGINNING}, {"resumed_at": BEGINNING}], ids=str)
async def test_images_that_the_guest_has_run_from_stay_and_are_told(ran: dict[str, object]) -> None:
    bench = Bench(node="host2")
    status = replace(await prepared(bench), **ran)
    bench.put("t", Goal.ROLLED_BACK, status, plan=STRICT, role=Role.DESTINATION)
    status = await roll_back(bench)
    assert status.reached is Goal.ROLLED_BACK
    assert [left.path for left in status.left_behind] == [VDB.path, VDA.path], "their directories are no more"
    assert bench.told_left == list(status.left_behind)
    assert bench.libvirt.acts == []


async def test_where_somebody_removed_such_an_image_its_directories_are_told() -> None:
    bench = Bench(node="host2")
    status = replace(await prepared(bench), resumed_at=BEGINNING)
    bench.libvirt.drop(VDB.path)
    bench.put("t", Goal.ROLLED_BACK, status, plan=STRICT, role=Role.DESTINATION)
    status = await roll_back(bench)
    assert [left.path for left in status.left_behind] == [VDA.path, LEVELS[-1]]


async def test_images_that_the_operator_keeps_stay_and_are_told() -> None:
    bench = Bench(node="host2")
    await prepared(bench, VDA)
    task = bench.cluster.tasks.objects["t"]
    bench.cluster.tasks.put(replace(task, spec=replace(task.spec, keep_images=True)))
    status = await roll_back(bench)
    [left] = status.left_behind
    assert (left.kind, left.path) == ("Image", VDA.path)
    assert images(bench) == [VDA.path]


async def test_another_file_by_that_name_stays_with_its_directory_and_is_told() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    bench.libvirt.put(VDB.path, FakeFile("of somebody"))
    status = await roll_back(bench)
    [left] = status.left_behind
    assert left.path == VDB.path
    assert "another file" in left.why
    assert images(bench) == ["/local/new", "/local/new/deep", VDB.path]


async def test_an_image_that_another_domain_names_stays() -> None:
    bench = Bench(node="host2")
    await prepared(bench, VDA)
    guest = bench.guest("host2")
    guest.uuid, guest.name, guest.disks = "other", "other", (disk("/local", "vda"),)
    bench.libvirt.domains = {"other": guest}
    status = await roll_back(bench)
    assert "other" in status.left_behind[0].why
    assert images(bench) == [VDA.path]


async def test_what_was_intended_goes_only_as_long_as_it_is_empty() -> None:
    intended = TaskStatus(
        reached=Goal.INSPECTED,
        created_resources=(CreatedResource("Image", VDA.path, ResourceState.INTENDED),),
    )
    for file, left in ((FakeFile(empty=True), []), (FakeFile("full"), [VDA.path])):
        bench = Bench(node="host2")
        bench.libvirt.put(VDA.path, file)
        bench.put("t", Goal.ROLLED_BACK, intended, plan=STRICT, role=Role.DESTINATION)
        status = await roll_back(bench)
        assert status.reached is Goal.ROLLED_BACK
        assert images(bench) == left
        assert [behind.path for behind in status.left_behind] == left


async def test_an_empty_image_that_nobody_recorded_goes_only_if_it_is_what_was_to_be_made() -> None:
    intended = TaskStatus(
        reached=Goal.INSPECTED,
        created_resources=(CreatedResource("Image", VDA.path, ResourceState.INTENDED),),
    )
    exact = FakeFile(empty=True, format=VDA.format, virtual_size_bytes=VDA.virtual_size_bytes)
    smaller, another = copy(exact), copy(exact)
    smaller.virtual_size_bytes, another.format = 1, "raw"
    for file, told in ((exact, ""), (smaller, "size 1, not"), (another, "format raw")):
        bench = Bench(node="host2")
        bench.libvirt.put(VDA.path, file)
        plan = replace(STRICT, copies=(VDA,))
        bench.put("t", Goal.ROLLED_BACK, intended, plan=plan, role=Role.DESTINATION)
        status = await roll_back(bench)
        assert images(bench) == ([VDA.path] if told else [])
        assert [told in behind.why for behind in status.left_behind] == ([True] if told else [])


async def test_a_silent_libvirt_is_waited_for() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    bench.libvirt.fail_next("images.remove", Reason.LIBVIRT_UNREACHABLE, "no answer")
    assert (await roll_back(bench)).reached is not Goal.ROLLED_BACK
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    assert images(bench) == []


async def test_what_stays_is_told_before_the_task_forgets_it() -> None:
    bench = Bench(node="host2")
    await prepared(bench, VDA)
    bench.libvirt.put(VDA.path, FakeFile("of somebody"))

    async def no_answer(_: tuple[LeftBehind, ...]) -> None:
        raise Unavailable("no answer")

    bench.new_agent("second", no_answer)
    with pytest.raises(Unavailable):
        await roll_back(bench)
    assert bench.status().reached is not Goal.ROLLED_BACK
    assert len(bench.status().created_resources) == 1
    bench.new_agent("third")
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    assert [left.path for left in bench.told_left] == [VDA.path]


async def test_a_release_hands_the_images_to_the_guest_and_removes_none() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    guest = bench.guest("host2")
    guest.live = guest.defined = Marks(attempt=MARK)
    bench.libvirt.acts.clear()
    bench.move("t", Goal.RELEASED)
    await bench.look()
    assert bench.status().reached is Goal.RELEASED
    assert bench.status().created_resources == ()
    assert not [act for act in bench.libvirt.acts if act.startswith("remove")]
    assert {VDA.path, VDB.path} <= set(images(bench))
