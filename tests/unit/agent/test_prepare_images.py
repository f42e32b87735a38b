"""What the destination makes for copied disks: announced first, once, and nothing in anybody's place."""

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import Conflict
from godwit.domain.image import FileKind
from godwit.domain.image_journal import ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Role

from ...fakes.hypervisor import FakeFile
from ...fakes.hypervisor_files import MEBIBYTE
from ..controller.house.house import disk
from .bench import Bench
from .copies import (
    COPIES,
    IN_ORDER,
    LEVELS,
    VDA,
    VDB,
    another_migration,
    images,
    inspected,
    must_exist,
    prepared,
)

TASK = "MigrationTask"


def failure_of(bench: Bench) -> Failure:
    failure = bench.status().failure
    assert failure is not None
    assert bench.status().reached is Goal.INSPECTED
    return failure


async def test_the_inspection_tells_of_images_and_directories() -> None:
    bench = Bench(node="host2")
    bench.libvirt.put_file(VDA.path)
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION, images=(VDA.path, VDB.path, "/dev/sdx"))
    await bench.look()
    status = bench.status()
    kinds = [image.kind for image in status.images]
    assert kinds == [FileKind.REGULAR, FileKind.ABSENT, FileKind.ABSENT]
    assert [(place.path, place.exists) for place in status.directories] == [
        ("/local", True),
        ("/local/new/deep", False),
    ]


async def test_directories_are_made_level_by_level_and_then_the_images() -> None:
    bench = Bench(node="host2")
    status = await prepared(bench)
    assert bench.libvirt.acts == IN_ORDER
    assert [resource.path for resource in status.created_resources] == [
        *LEVELS,
        *(copy.path for copy in COPIES),
    ]
    assert all(
        (resource.state, resource.identity)
        == (ResourceState.CREATED, bench.libvirt.local_files[resource.path].identity)
        for resource in status.created_resources
    )


async def test_any_number_of_images_costs_one_write_more_than_none() -> None:
    written = []
    for copies in ((), (VDA,), COPIES):
        bench = Bench(node="host2")
        await inspected(bench, *copies)
        bench.cluster.server.writes.clear()
        await bench.look()
        assert bench.status().reached is Goal.PREPARED
        written.append(len(bench.cluster.server.writes))
    assert written == [1, 2, 2]


async def test_nothing_is_made_unless_all_of_it_was_written_down() -> None:
    bench = Bench(node="host2")
    await inspected(bench, *COPIES)
    bench.cluster.fail_next_write(Conflict("the goal has moved"), TASK)
    with pytest.raises(Conflict):
        await bench.look()
    assert bench.libvirt.acts == []


async def test_what_is_there_already_is_refused_and_stays_and_nothing_else_is_made() -> None:
    bench = Bench(node="host2")
    await inspected(bench, *COPIES)
    bench.libvirt.put_file(VDA.path, "of somebody")
    await bench.look()
    assert failure_of(bench).reason is Reason.IMAGE_EXISTS
    assert VDA.path in failure_of(bench).message
    assert bench.libvirt.acts == []
    assert bench.status().created_resources == ()


async def test_all_that_is_wrong_is_told_at_once() -> None:
    bench = Bench(node="host2")
    elsewhere = replace(VDB, path="/elsewhere/vdb.img")
    await inspected(bench, VDA, elsewhere)
    bench.libvirt.put_file(VDA.path)
    await bench.look()
    assert VDA.path in failure_of(bench).message
    assert elsewhere.path in failure_of(bench).message


async def test_one_that_comes_between_the_look_and_the_creation_is_not_recorded_as_ours() -> None:
    bench = Bench(node="host2")
    await inspected(bench, *COPIES)
    files = bench.libvirt.local_files
    bench.cluster.on_change(lambda *_: files.update({VDA.path: files.get(VDA.path, FakeFile("quicker"))}))
    await bench.look()
    assert failure_of(bench).reason is Reason.IMAGE_EXISTS
    assert VDA.path not in [resource.path for resource in bench.status().created_resources]
    assert bench.libvirt.local_files[VDA.path].content == "quicker"
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    assert images(bench) == [VDA.path]
    assert bench.status().left_behind == ()


async def test_a_creation_that_fails_is_told_and_what_was_made_beside_it_goes_with_the_roll_back() -> None:
    bench = Bench(node="host2")
    await inspected(bench, *COPIES)
    bench.libvirt.fail_next("images.create", Reason.LIBVIRT_ERROR, "no inodes left")
    await bench.look()
    assert failure_of(bench) == Failure(Reason.LIBVIRT_ERROR, "no inodes left")
    assert VDB.path in images(bench)
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    assert images(bench) == []


async def test_a_libvirt_that_falls_silent_in_between_is_waited_for() -> None:
    bench = Bench(node="host2")
    await inspected(bench, *COPIES)
    bench.libvirt.fail_next("images.create", Reason.LIBVIRT_UNREACHABLE, "no answer")
    await bench.look()
    assert bench.status().waiting is not None
    await bench.look()
    assert bench.status().reached is Goal.PREPARED
    assert bench.libvirt.acts.count(f"create {VDB.path}") == 1


# provisioning: MustExist


async def test_an_image_that_must_exist_is_looked_at_once_more_and_left_as_it_is() -> None:
    bench = Bench(node="host2")
    status = await prepared(bench, must_exist(bench))
    assert bench.libvirt.acts == []
    assert status.created_resources == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda file: setattr(file, "format", "raw"), "format"),
        (lambda file: setattr(file, "virtual_size_bytes", 1), "bytes"),
        (lambda file: setattr(file, "kind", FileKind.DIRECTORY), "directory"),
        (lambda file: setattr(file, "backing", "/local/base.img"), "/local/base.img"),
        (lambda file: file.write("newer"), "changed"),
    ],
    ids=["format", "size", "directory", "layered", "written"],
)
async def test_each_change_since_the_inspection_refuses_it(change: object, words: str) -> None:
    bench = Bench(node="host2")
    copy = must_exist(bench)
    await inspected(bench, copy)
    assert callable(change)
    change(bench.libvirt.local_files[copy.path])
    await bench.look()
    assert failure_of(bench).reason is Reason.IMAGE_MISSING
    assert words in failure_of(bench).message


async def test_one_that_is_gone_and_one_that_a_domain_names_by_now_are_refused() -> None:
    for change in (lambda bench: bench.libvirt.drop(VDA.path), names_it):
        bench = Bench(node="host2")
        copy = must_exist(bench)
        await inspected(bench, copy)
        change(bench)
        await bench.look()
        assert failure_of(bench).reason is Reason.IMAGE_MISSING


def names_it(bench: Bench) -> None:
    guest = bench.guest("host2")
    guest.uuid, guest.name, guest.disks = "other", "other", (disk("/local", "vda"),)
    bench.libvirt.domains = {"other": guest}


# space


async def test_too_little_space_is_told_with_how_much_is_missing_and_nothing_is_made() -> None:
    bench = Bench(node="host2")
    await inspected(bench, *COPIES)
    bench.libvirt.free_bytes = 7 * MEBIBYTE
    await bench.look()
    assert failure_of(bench).reason is Reason.NO_SPACE
    assert "/local" in failure_of(bench).message
    assert bench.libvirt.acts == []


async def test_what_other_migrations_still_need_here_counts() -> None:
    bench = Bench(node="host2")
    other = replace(VDA, path="/local/other.img")
    bench.libvirt.put_file(other.path).allocated_bytes = 3 * MEBIBYTE
    another_migration(bench, other)
    await inspected(bench, VDA)
    bench.libvirt.free_bytes = 12 * MEBIBYTE
    await bench.look()
    assert failure_of(bench).reason is Reason.NO_SPACE
    enough = Bench(node="host2")
    enough.libvirt.put_file(other.path).allocated_bytes = 3 * MEBIBYTE
    another_migration(enough, other)
    await inspected(enough, VDA)
    enough.libvirt.free_bytes = 13 * MEBIBYTE
    await enough.look()
    assert enough.status().reached is Goal.PREPARED


async def test_another_migration_that_has_made_nothing_yet_has_no_claim_on_space() -> None:
    bench = Bench(node="host2")
    another_migration(bench, replace(VDA, path="/local/other.img"), reached=Goal.INSPECTED)
    await inspected(bench, VDA)
    bench.libvirt.free_bytes = 8 * MEBIBYTE
    await bench.look()
    assert bench.status().reached is Goal.PREPARED


async def test_an_image_that_a_guest_elsewhere_is_layered_on_is_not_written_over() -> None:
    bench = Bench(node="host2")
    copy = must_exist(bench)
    await inspected(bench, copy)
    bench.libvirt.layered_elsewhere = {copy.path: ("clone",)}
    await bench.look()
    assert "clone" in failure_of(bench).message
    assert bench.libvirt.local_files[copy.path].content == "of somebody"


@pytest.mark.parametrize("create", [True, False])
async def test_two_guests_never_prepare_for_one_image(create: bool) -> None:
    bench = Bench(node="host2")
    copy = VDA if create else must_exist(bench)
    await inspected(bench, copy)
    another_migration(bench, replace(copy, path=f"/{copy.path}"), reached=Goal.INSPECTED)
    await bench.look()
    assert failure_of(bench).reason is Reason.IMAGE_EXISTS
    assert "copies into /local/vda.img as well" in failure_of(bench).message
    assert bench.libvirt.acts == []


async def test_an_empty_image_that_was_only_intended_may_be_anothers_by_now() -> None:
    bench = Bench(node="host2")
    await inspected(bench, VDA)
    bench.libvirt.fail_next("images.create", Reason.LIBVIRT_UNREACHABLE, "no answer")
    await bench.look()
    assert bench.status().created_resources[0].state is ResourceState.INTENDED
    file = bench.libvirt.put_file(VDA.path)
    file.empty = True
    another_migration(bench, VDA)
    await bench.look()
    assert failure_of(bench).reason is Reason.IMAGE_EXISTS
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    assert images(bench) == [VDA.path]


async def test_more_than_can_be_written_down_is_not_begun() -> None:
    bench = Bench(node="host2")
    deep = replace(VDB, path=f"/local/{'d/' * 4096}x")
    await inspected(bench, deep)
    await bench.look()
    assert "make them yourself" in failure_of(bench).message
    assert bench.libvirt.acts == []
