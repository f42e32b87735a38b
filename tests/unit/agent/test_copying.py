"""A job that copies disks, followed and tuned by its agent; and the destination that watches its images."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from godwit.agent.progress import ProgressFollower
from godwit.domain.guest import Job, JobStats, Marks
from godwit.domain.image import Mirror
from godwit.domain.image_journal import Copied
from godwit.domain.limits import MEBIBYTE, Limits
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Starting, TaskStatus

from ...fakes.hypervisor import FakeDomain
from ..controller.virtual_time import BEGINNING
from .bench import PLAN, Bench
from .copies import COPIES, VDA, VDB, prepared

OURS = Marks(run="ours")
BEGAN = TaskStatus(reached=Goal.PREPARED, run_mark="ours", starting=Starting(1, "", BEGINNING))
LIMITS = Limits(bandwidth_mebibytes_per_second=100)


@asynccontextmanager
async def copying(bench: Bench, limits: Limits | None = None) -> AsyncIterator[FakeDomain]:
    """Our job runs, adopted by this agent; whoever is woken looks."""
    guest = bench.guest()
    guest.live, guest.job, guest.stats = OURS, Job.MIGRATION_OUT, JobStats(elapsed_milliseconds=6000)
    guest.mirrors = {copy.target: Mirror(copy.target, 0, copy.virtual_size_bytes) for copy in COPIES}
    guest.show_mirrors()
    bench.put("t", Goal.MIGRATED, BEGAN, plan=replace(PLAN, copies=COPIES))
    limit(bench, limits)
    ports = bench.libvirt
    follower = ProgressFollower(
        bench.reconciler, ports.jobs, ports.mirrors, lambda *_: None, bench.woken.append
    )
    works = [asyncio.create_task(work) for work in (follower.run(), looking(bench))]
    await asyncio.sleep(1.5)
    yield guest
    for work in works:
        work.cancel()


async def looking(bench: Bench) -> None:
    """As its loop does it."""
    while True:
        await asyncio.sleep(0.1)
        while bench.woken:
            bench.woken.clear()
            await bench.look()


def limit(bench: Bench, limits: Limits | None) -> None:
    task = bench.cluster.tasks.objects["t"]
    bench.show(bench.cluster.tasks.put(replace(task, spec=replace(task.spec, limits=limits))))


def shown(guest: FakeDomain) -> list[int]:
    return [mirror.bandwidth_bytes_per_second // MEBIBYTE for mirror in guest.mirrors.values()]


async def test_each_disk_is_told_in_the_same_write_as_the_progress() -> None:
    bench = Bench()
    async with copying(bench) as guest:
        await asyncio.sleep(2)
        assert bench.status().copied == tuple(Copied(c.target, 0, c.virtual_size_bytes) for c in COPIES)
        bench.cluster.server.writes.clear()
        for second in range(1, 41):
            guest.copied("vda", second * 1000)
            guest.stats = replace(
                guest.stats,
                elapsed_milliseconds=6000 + 1000 * second,
                data_processed_bytes=1000 * second,
                data_remaining_bytes=10**6 - 1000 * second,
            )
            await asyncio.sleep(1)
        assert len(bench.cluster.server.writes) == 4
        assert bench.status().copied[0].copied_bytes >= 30_000


async def test_both_mirrors_share_what_was_asked_for_and_a_change_reaches_them_within_two_seconds() -> None:
    bench = Bench()
    async with copying(bench, LIMITS) as guest:
        assert shown(guest) == [50, 50]
        limit(bench, Limits(bandwidth_mebibytes_per_second=20))
        await asyncio.sleep(1.2)
        assert shown(guest) == [10, 10]
        limit(bench, None)
        await asyncio.sleep(1.2)
        assert shown(guest) == [0, 0]


async def test_what_is_in_force_costs_no_call_and_no_write() -> None:
    bench = Bench()
    async with copying(bench, LIMITS):
        bench.libvirt.acts.clear()
        bench.cluster.server.writes.clear()
        await asyncio.sleep(4)
        assert bench.libvirt.acts == []
        assert bench.cluster.server.writes == []


async def writing(guest: FakeDomain, seconds: int, bytes_per_second: int) -> None:
    """Its disks are sent at 10 MiB/s each, and it writes anew so much of `vda`."""
    for _ in range(seconds):
        for target, anew in (("vda", bytes_per_second), ("vdb", 0)):
            mirror = guest.mirrors[target]
            guest.mirrors[target] = replace(
                mirror,
                copied_bytes=mirror.copied_bytes + 10 * MEBIBYTE,
                total_bytes=max(mirror.total_bytes or 0, 10_000 * MEBIBYTE) + anew,
            )
        await asyncio.sleep(1)


CHANGED = "make_synchronous vda"


async def test_a_guest_that_begins_to_write_too_fast_waits_for_the_copy_of_that_disk_from_then_on() -> None:
    bench = Bench()
    async with copying(bench) as guest:
        await writing(guest, 30, MEBIBYTE)
        assert CHANGED not in bench.libvirt.acts
        await writing(guest, 30, 30 * MEBIBYTE)
        assert guest.synchronous == {"vda"}
        assert bench.libvirt.acts.count(CHANGED) == 1
        (meant,) = bench.status().synchronous
        assert (meant.target, meant.refused) == ("vda", "")


async def test_the_intent_is_written_before_and_an_agent_that_was_restarted_does_it_once_more() -> None:
    bench = Bench()
    async with copying(bench) as guest:
        bench.libvirt.fail_next("make_synchronous", Reason.LIBVIRT_UNREACHABLE)
        await writing(guest, 14, 30 * MEBIBYTE)
        assert bench.status().synchronous[0].target == "vda"
        await writing(guest, 4, 30 * MEBIBYTE)
        assert bench.libvirt.acts.count(CHANGED) == 1
        bench.reconciler.memory("t").forget_figures()  # as a new process, it knows of nothing
        await writing(guest, 3, 0)
        assert bench.libvirt.acts.count(CHANGED) == 2


async def test_a_qemu_that_is_too_old_is_asked_once_and_told() -> None:
    bench = Bench()
    async with copying(bench) as guest:
        guest.old_qemu = True
        await writing(guest, 40, 30 * MEBIBYTE)
        assert bench.libvirt.acts.count(CHANGED) == 1
        assert bench.status().synchronous[0].refused == "this QEMU is too old"
        assert bench.status().failure is None


async def test_a_peer_that_vanished_is_cut_off_after_40_seconds_of_nothing() -> None:
    bench = Bench()
    async with copying(bench) as guest:
        guest.copied("vda", 1000)
        await asyncio.sleep(38)
        assert "cut_off" not in bench.libvirt.acts
        guest.copied("vdb", 1000)
        await asyncio.sleep(38)
        assert "cut_off" not in bench.libvirt.acts
        await asyncio.sleep(5)
        assert guest.cut.is_set()
        assert guest.abort.is_set()
        failure = bench.status().failure
        assert failure is not None
        assert failure.reason is Reason.CONNECTION_FAILED


async def test_a_libvirt_that_gave_no_figures_has_ten_seconds_in_which_its_job_may_go_on() -> None:
    """It stood still itself, and a sound job with it; what does not move then has not moved all the time."""
    bench = Bench()
    async with copying(bench):
        await asyncio.sleep(20)
        bench.libvirt.reachable = False
        await asyncio.sleep(30)
        bench.libvirt.reachable = True
        await asyncio.sleep(8)
        assert "cut_off" not in bench.libvirt.acts
        await asyncio.sleep(6)
        assert "cut_off" in bench.libvirt.acts


# the destination


async def test_images_are_looked_at_every_five_seconds_however_often_the_task_is_woken() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    looks = 0
    before = bench.libvirt.calls
    for _ in range(160):
        assert await bench.look() == 5.0
        looks += bench.libvirt.calls - before - 1
        before = bench.libvirt.calls
        await asyncio.sleep(0.1)
    assert looks == 3


async def test_an_image_that_somebody_removes_under_the_copy_is_told_within_five_seconds() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    await bench.look()
    bench.libvirt.drop(VDB.path)
    await asyncio.sleep(5)
    await bench.look()
    failure = bench.status().failure
    assert failure is not None
    assert failure.reason is Reason.IMAGE_MISSING
    assert VDB.path in failure.message
    assert VDA.path not in failure.message


async def test_a_look_at_the_images_that_fails_is_no_loss() -> None:
    bench = Bench(node="host2")
    await prepared(bench)
    bench.libvirt.fail_next("images.missing", Reason.LIBVIRT_ERROR)
    await bench.look()
    assert (bench.status().failure, bench.status().waiting) == (None, None)
