import time

import pytest

from godwit.domain.guest import DomainState, Job
from godwit.domain.image import FileKind
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .copies_asked import QCOW2, RAW, CopyWorld, is_worth_copying, mirrors, slowly
from .lab_copies import LabCopies
from .patience import until
from .worlds import UUID

MEBIBYTE = 1 << 20
BOTH = (RAW, QCOW2)


async def test_mirrors_are_seen_while_they_copy_each_with_its_limit(copies: CopyWorld) -> None:
    await copies.start_with(*BOTH)
    async with slowly(copies, *BOTH):
        found = await mirrors(copies, *BOTH)
        assert [mirror.target for mirror in found] == [disk.target for disk in BOTH]
        for mirror in found:
            assert mirror.total_bytes is not None
            assert is_worth_copying(mirror.total_bytes, disks=1)
            assert mirror.copied_bytes < mirror.total_bytes
            assert mirror.bandwidth_bytes_per_second == MEBIBYTE
            assert not mirror.ready


async def test_a_limit_is_changed_while_its_mirror_runs_and_no_other_with_it(copies: CopyWorld) -> None:
    await copies.start_with(*BOTH)
    async with slowly(copies, *BOTH):
        await copies.watching.mirrors.set_bandwidth(UUID, RAW.target, MEBIBYTE // 2 + 1)
        found = await mirrors(copies, *BOTH)
        assert [mirror.bandwidth_bytes_per_second for mirror in found] == [MEBIBYTE // 2 + 1, MEBIBYTE]
        await copies.watching.mirrors.set_bandwidth(UUID, RAW.target, 0)
        assert (await mirrors(copies, RAW))[0].bandwidth_bytes_per_second == 0


async def test_the_jobs_figures_are_of_disks_alone_while_they_are_copied(copies: CopyWorld) -> None:
    await copies.start_with(*BOTH)
    async with slowly(copies, *BOTH):
        figures = await until(
            lambda: copies.watching.jobs.stats(UUID),
            lambda found: found is not None and found.disk_total_bytes > 0,
        )
        assert figures is not None
        assert figures.memory_total_bytes == 0
        assert is_worth_copying(figures.disk_total_bytes, disks=2)
        assert figures.disk_processed_bytes + figures.disk_remaining_bytes == figures.disk_total_bytes


async def test_an_aborted_copy_leaves_the_guest_as_it_was_and_the_image_to_its_maker(
    copies: CopyWorld,
) -> None:
    await copies.start_with(RAW)
    async with slowly(copies, RAW) as migration:
        await copies.watching.jobs.abort(UUID)
        with pytest.raises(HypervisorError) as aborted:
            await migration
    assert aborted.value.reason is Reason.ABORTED_OUTSIDE
    here = await copies.watching.guests.look(UUID)
    assert (here.state, here.job) == (DomainState.RUNNING, Job.NONE)
    assert await mirrors(copies, RAW) == ()
    assert (await copies.destination.guests.look(UUID)).state is DomainState.ABSENT
    (there,) = await copies.destination.images.look((RAW.path(copies.local),))
    assert there.kind is FileKind.REGULAR


async def test_a_mirror_that_runs_is_made_synchronous_and_again_without_harm_and_no_other_with_it(
    copies: CopyWorld,
) -> None:
    await copies.start_with(*BOTH)
    async with slowly(copies, *BOTH):
        for _ in range(2):
            assert await copies.watching.mirrors.make_synchronous(UUID, (RAW.target,)) == ""
        assert await copies.synchronous(*BOTH) == {RAW.target}
        assert len(await mirrors(copies, *BOTH)) == len(BOTH)


async def test_without_a_mirror_there_is_nothing_to_see_to_change_or_to_cut_off(copies: CopyWorld) -> None:
    for _ in range(2):
        assert await copies.source.mirrors.look(UUID, ("vda", "vdz")) == ()
        await copies.source.mirrors.set_bandwidth(UUID, "vda", MEBIBYTE)
        await copies.source.mirrors.set_bandwidth(UUID, "vdz", MEBIBYTE)
        assert await copies.source.mirrors.make_synchronous(UUID, ("vda", "vdz")) == ""
        await copies.source.mirrors.cut_off(UUID, ("vda", "vdz"))
        if (await copies.source.guests.look(UUID)).state is DomainState.ABSENT:
            await copies.start_with(RAW)
    assert (await copies.source.guests.look(UUID)).state is DomainState.RUNNING


async def test_a_job_whose_peer_vanished_ends_once_its_mirrors_are_cut_off(copies: CopyWorld) -> None:
    await copies.start_with(*BOTH)
    async with slowly(copies, *BOTH) as migration:
        await copies.hang()
        await copies.watching.mirrors.cut_off(UUID, tuple(disk.target for disk in BOTH))
        await copies.watching.jobs.abort(UUID)
        with pytest.raises(HypervisorError) as ended:
            await migration
    assert ended.value.reason is Reason.CONNECTION_FAILED
    here = await copies.watching.guests.look(UUID)
    assert (here.state, here.job) == (DomainState.RUNNING, Job.NONE)
    assert await mirrors(copies, *BOTH) == ()


@pytest.mark.contract
async def test_a_lifted_limit_is_felt_within_two_seconds(lab_copies: LabCopies) -> None:
    await lab_copies.start_with(RAW)
    async with slowly(lab_copies, RAW):
        lifted = time.monotonic()
        await lab_copies.watching.mirrors.set_bandwidth(UUID, RAW.target, 0)
        await until(lambda: mirrors(lab_copies, RAW), lambda found: all(mirror.ready for mirror in found))
        assert time.monotonic() - lifted < 2
