"""Statistics of running jobs, for people and for the status."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from godwit.agent.progress import ProgressFollower
from godwit.domain.guest import Job, JobStats
from godwit.domain.image import Mirror
from godwit.domain.task import Goal, Role, Starting, StopDetail, Stopped, TaskStatus

from ..controller.house.house import UUID
from ..controller.virtual_time import BEGINNING
from .bench import PLAN, Bench
from .copies import COPIES

BEGAN = TaskStatus(reached=Goal.PREPARED, starting=Starting(1, "", BEGINNING))
STATS = JobStats(elapsed_milliseconds=1000, data_total_bytes=100, data_remaining_bytes=40)
Shown = list[tuple[str, str, JobStats, tuple[Mirror, ...]]]


@asynccontextmanager
async def following(bench: Bench, *mirrors: Mirror) -> AsyncIterator[Shown]:
    """A job runs, with these mirrors."""
    domain = bench.guest()
    domain.job, domain.stats = Job.MIGRATION_OUT, STATS
    domain.mirrors = {mirror.target: mirror for mirror in mirrors}
    shown: Shown = []
    follower = ProgressFollower(
        bench.reconciler,
        bench.libvirt.jobs,
        bench.libvirt.mirrors,
        lambda *figures: shown.append(figures),
        bench.woken.append,
    )
    work = asyncio.create_task(follower.run())
    yield shown
    work.cancel()


async def test_a_job_is_followed_once_a_second_and_its_task_is_woken() -> None:
    bench = Bench()
    bench.put("t", Goal.MIGRATED, BEGAN, plan=PLAN)
    async with following(bench) as shown:
        await asyncio.sleep(5.5)
    assert shown == [("default", "move", STATS, ())] * 5
    assert bench.woken == ["t"] * 5
    assert bench.reconciler.memory("t").stats == STATS


async def test_each_disk_that_is_copied_is_shown_beside_the_job() -> None:
    bench = Bench()
    mirrors = tuple(Mirror(copy.target, 5, copy.virtual_size_bytes) for copy in COPIES)
    bench.put("t", Goal.MIGRATED, BEGAN, plan=replace(PLAN, copies=COPIES))
    async with following(bench, *mirrors) as shown:
        await asyncio.sleep(1.5)
    assert shown == [("default", "move", STATS, mirrors)]


@pytest.mark.parametrize(
    ("goal", "role", "status"),
    [
        (Goal.MIGRATED, Role.SOURCE, TaskStatus(reached=Goal.PREPARED)),
        (Goal.MIGRATED, Role.DESTINATION, BEGAN),
        (Goal.RELEASED, Role.SOURCE, BEGAN),
        (
            Goal.MIGRATED,
            Role.SOURCE,
            TaskStatus(starting=BEGAN.starting, stopped=Stopped(StopDetail.MIGRATED, BEGINNING)),
        ),
        (Goal.ROLLED_BACK, Role.SOURCE, TaskStatus(starting=BEGAN.starting, reached=Goal.ROLLED_BACK)),
    ],
)
async def test_a_task_that_has_no_job_costs_no_call(goal: Goal, role: Role, status: TaskStatus) -> None:
    bench = Bench()
    bench.put("t", goal, status, plan=PLAN, role=role)
    async with following(bench) as shown:
        await asyncio.sleep(5)
    assert shown == []


async def test_a_silent_libvirt_leaves_a_gap_and_no_more() -> None:
    bench = Bench()
    bench.put("t", Goal.MIGRATED, BEGAN, plan=PLAN)
    async with following(bench) as shown:
        bench.libvirt.reachable = False
        await asyncio.sleep(5.5)
        assert shown == []
        bench.libvirt.reachable = True
        await asyncio.sleep(3)
    assert len(shown) == 3


async def test_the_status_is_told_every_10_s_and_only_when_it_moved() -> None:
    bench = Bench()
    bench.put("t", Goal.MIGRATED, BEGAN, plan=PLAN)
    bench.guest().job = Job.MIGRATION_OUT
    await bench.look()
    bench.cluster.server.writes.clear()
    for second in range(1, 61):
        moved = 100 - second if second < 30 else 71
        bench.reconciler.memory("t").stats = JobStats(
            elapsed_milliseconds=second * 1000, data_total_bytes=100, data_remaining_bytes=moved
        )
        await bench.look()
    assert len(bench.cluster.server.writes) == 4
    assert bench.status().progress is not None
    assert bench.hosts["host1"].domains[UUID].active
