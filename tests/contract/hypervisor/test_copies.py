import msgspec
import pytest

from godwit.domain.guest import DiskKind, DomainState, Job
from godwit.domain.image import FileKind
from godwit.hypervisor.ports import HypervisorError

from .copies_asked import (
    CDROM,
    DESTINATION,
    LAYERED,
    QCOW2,
    RAW,
    SOURCE,
    VIRTUAL_BYTES,
    CopyWorld,
    Local,
    copy_of,
    copying,
    is_worth_copying,
)
from .lab_copies import LabCopies
from .worlds import UUID, request

EVERY = (RAW, QCOW2, LAYERED)
ids = [f"{disk.format}{' on another' if disk.layered else ''}" for disk in EVERY]


async def same_content(world: CopyWorld, disk: Local) -> bool:
    path = disk.path(world.local)
    sent, received = [await world.content(host, path, disk.format) for host in (SOURCE, DESTINATION)]
    return sent == received


async def allocated(world: CopyWorld, host: int, *paths: str) -> int:
    images = (world.source, world.destination)[host].images
    return sum(image.allocated_bytes or 0 for image in await images.look(paths))


async def test_local_disks_of_every_kind_arrive_with_their_guest_and_stay_thin(copies: CopyWorld) -> None:
    await copies.start_with(*EVERY)
    await copies.source.jobs.migrate(await copying(copies, *EVERY))
    assert (await copies.destination.guests.look(UUID)).state is DomainState.RUNNING
    for disk in EVERY:
        path, base = disk.path(copies.local), disk.base(copies.local)
        assert await same_content(copies, disk)
        sent = await allocated(copies, SOURCE, path, *((base,) if disk.layered else ()))
        received = await allocated(copies, DESTINATION, path)
        assert 0 < received <= 1.1 * sent < VIRTUAL_BYTES


async def test_a_copy_is_one_image_whatever_it_was_layered_on(copies: CopyWorld) -> None:
    await copies.start_with(LAYERED)
    (before,) = [disk for disk in (await copies.source.guests.inspect(UUID)).disks if disk.backing]
    assert before.backing == (LAYERED.base(copies.local),)
    await copies.source.jobs.migrate(await copying(copies, LAYERED))
    after = (await copies.destination.guests.inspect(UUID)).disks
    assert [disk.backing for disk in after] == [(), ()]


async def test_only_what_is_in_the_list_is_copied(copies: CopyWorld) -> None:
    await copies.start_with(RAW, QCOW2)
    other = await copies.destination.images.create(copy_of(copies, QCOW2))
    await copies.put_content(DESTINATION, QCOW2.path(copies.local), QCOW2.format)
    before = await copies.content(DESTINATION, QCOW2.path(copies.local), QCOW2.format)
    asked = msgspec.structs.replace(await copying(copies, RAW), unsafe=True)
    await copies.source.jobs.migrate(asked)
    assert await same_content(copies, RAW)
    assert await copies.content(DESTINATION, QCOW2.path(copies.local), QCOW2.format) == before
    assert await copies.destination.images.missing({QCOW2.path(copies.local): other}) == ()


async def test_an_empty_list_copies_nothing(copies: CopyWorld) -> None:
    await copies.start_with(RAW)
    path = RAW.path(copies.local)
    await copies.destination.images.create(copy_of(copies, RAW))
    await copies.put_content(DESTINATION, path, RAW.format)
    before = await copies.content(DESTINATION, path, RAW.format)
    asked = msgspec.structs.replace(await request(copies), unsafe=True)
    await copies.source.jobs.migrate(asked)
    assert await copies.content(DESTINATION, path, RAW.format) == before
    assert await copies.content(SOURCE, path, RAW.format) != before


async def test_a_guest_whose_writes_wait_for_the_copy_arrives_as_well(copies: CopyWorld) -> None:
    await copies.start_with(RAW)
    asked = msgspec.structs.replace(await copying(copies, RAW), synchronous_writes=True)
    await copies.source.jobs.migrate(asked)
    assert await same_content(copies, RAW)


async def test_a_copy_that_only_arrived_has_asked_its_disks_for_nothing(copies: CopyWorld) -> None:
    await copies.start_with(RAW)
    assert await copies.destination.guests.disk_requests(UUID) is None
    asked = msgspec.structs.replace(await copying(copies, RAW), paused_at_destination=True)
    await copies.source.jobs.migrate(asked)
    assert (await copies.destination.guests.look(UUID)).state is DomainState.PAUSED
    assert await copies.destination.guests.disk_requests(UUID) == 0


async def test_without_an_image_at_the_destination_nothing_begins_and_none_is_made(copies: CopyWorld) -> None:
    await copies.start_with(RAW)
    asked = msgspec.structs.replace(await request(copies), copies=(copy_of(copies, RAW),))
    with pytest.raises(HypervisorError):
        await copies.source.jobs.migrate(asked)
    here = await copies.source.guests.look(UUID)
    assert (here.state, here.job) == (DomainState.RUNNING, Job.NONE)
    assert (await copies.destination.guests.look(UUID)).state is DomainState.ABSENT
    (there,) = await copies.destination.images.look((RAW.path(copies.local),))
    assert there.kind is FileKind.ABSENT


async def test_a_drive_whose_medium_is_ejected_arrives_empty(copies: CopyWorld) -> None:
    await copies.start_with(RAW, medium=True)
    asked = msgspec.structs.replace(await copying(copies, RAW), ejected=(CDROM,))
    await copies.source.jobs.migrate(asked)
    kinds = {disk.target: disk.kind for disk in (await copies.destination.guests.inspect(UUID)).disks}
    assert kinds == {"vda": DiskKind.FILE, RAW.target: DiskKind.FILE, CDROM: DiskKind.EMPTY}


async def test_the_figures_of_a_migration_with_copies_tell_disks_and_memory_apart(copies: CopyWorld) -> None:
    await copies.start_with(RAW, QCOW2)
    await copies.source.jobs.migrate(await copying(copies, RAW, QCOW2))
    figures = await copies.source.jobs.completed(UUID)
    assert figures is not None
    assert is_worth_copying(figures.disk_total_bytes, disks=2)
    assert figures.disk_processed_bytes == figures.disk_total_bytes
    assert figures.disk_remaining_bytes == 0
    assert figures.memory_total_bytes >= 32 * 1024 * 1024


@pytest.mark.contract
async def test_both_definitions_there_differ_from_the_sources_in_nothing_but_what_was_asked(
    lab_copies: LabCopies,
) -> None:
    await lab_copies.start_with(RAW, LAYERED, medium=True)
    asked = msgspec.structs.replace(await copying(lab_copies, RAW, LAYERED), ejected=(CDROM,))
    await lab_copies.source.jobs.migrate(asked)
    live, next_boot = await lab_copies.definitions()
    assert live.count("discard='unmap'") == 1
    assert "discard" not in next_boot
    for definition in (live, next_boot):
        assert definition.count("<source file=") == 3
        assert definition.count("device='cdrom'") == 1
        assert "<backingStore type=" not in definition
