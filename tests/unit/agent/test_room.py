"""The destination's memory is given to one migration after another, and to none twice."""

import asyncio

import pytest
from msgspec.structs import replace

from godwit.domain.guest import JobStats
from godwit.domain.host import Hugepages, Memory
from godwit.domain.placement import HugepageDemand
from godwit.domain.plan import MemoryClaim
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Role, TaskStatus

from .bench import PLAN, Bench

GIB = 1 << 30
OTHER_UUID = "99999999-0000-0000-0000-000000000002"
INSPECTED = TaskStatus(reached=Goal.INSPECTED)


def bench(free: int) -> Bench:
    found = Bench(node="host2")
    host = found.libvirt.host
    host.about = replace(host.about, memory=Memory(total_bytes=64 * GIB, free_bytes=free))
    return found


def arriving(to: Bench, name: str, claim: MemoryClaim, uuid: str = OTHER_UUID) -> None:
    """Its checks have passed, and its task here is told to prepare."""
    uid = f"uid-of-{name}"
    to.claim(uid, uuid)
    plan = replace(PLAN, memory=claim)
    to.put(name, Goal.PREPARED, INSPECTED, plan=plan, role=Role.DESTINATION, uid=uid, uuid=uuid)


def two(free: int) -> Bench:
    """Each of both wants 4 GiB."""
    found = bench(free)
    for number in (1, 2):
        uuid = f"99999999-0000-0000-0000-00000000000{number}"
        arriving(found, f"t{number}", MemoryClaim(4 * GIB), uuid)
    return found


def sending(to: Bench, stats: JobStats) -> None:
    """What the first one's source tells."""
    task = to.put("source", Goal.MIGRATED, TaskStatus(progress=stats), plan=PLAN)
    to.show(to.cluster.tasks.put(replace(task, spec=replace(task.spec, node_name="host1"))))


def refused(of: Bench) -> list[str]:
    failures = {name: of.status(name).failure for name in ("t1", "t2")}
    assert {each.reason for each in failures.values() if each} <= {Reason.NO_MEMORY}
    return [name for name, failure in failures.items() if failure]


async def test_of_two_that_want_the_last_memory_the_second_is_told_so_before_anything_is_made() -> None:
    host = two(7 * GIB)
    await host.look("t1")
    await host.look("t2")
    assert host.status("t1").reached is Goal.PREPARED
    assert refused(host) == ["t2"]
    failure = host.status("t2").failure
    assert failure is not None
    assert failure.message == (
        "host2 lacks 1024 MiB of memory: 4096 MiB are needed, 4096 MiB are promised to other migrations, "
        "7168 MiB are free"
    )
    assert host.libvirt.acts == []


async def test_it_is_so_though_both_are_prepared_at_the_same_moment_and_nothing_is_written_yet() -> None:
    host = two(7 * GIB)
    await asyncio.gather(host.look("t1"), host.look("t2"))
    assert len(refused(host)) == 1


async def test_where_there_is_enough_for_both_both_are_prepared() -> None:
    host = two(8 * GIB)
    await asyncio.gather(host.look("t1"), host.look("t2"))
    assert refused(host) == []


async def test_an_agent_that_has_just_started_knows_what_is_given_from_the_tasks() -> None:
    host = two(7 * GIB)
    await host.look("t1")
    host.new_agent("second")
    await host.look("t2")
    assert refused(host) == ["t2"]


async def test_what_was_refused_or_rolled_back_is_free_again() -> None:
    host = two(7 * GIB)
    await host.look("t1")
    host.move("t1", Goal.ROLLED_BACK)
    await host.look("t1")
    assert host.status("t1").reached is Goal.ROLLED_BACK
    await host.look("t2")
    assert refused(host) == []


async def test_what_an_incoming_guest_has_taken_is_not_counted_twice() -> None:
    host = two(7 * GIB)
    await host.look("t1")
    about = host.libvirt.host.about
    host.libvirt.host.about = replace(about, memory=replace(about.memory, free_bytes=4 * GIB))
    stats = JobStats(memory_total_bytes=4 * GIB, memory_processed_bytes=3 * GIB, memory_remaining_bytes=GIB)
    sending(host, stats)
    await host.look("t2")
    failure = host.status("t2").failure
    assert failure is not None
    assert "1024 MiB are promised to other migrations, 4096 MiB are free" in failure.message


async def test_the_reserve_is_not_given() -> None:
    host = bench(5 * GIB)
    arriving(host, "t1", MemoryClaim(4 * GIB, reserve_bytes=2 * GIB))
    await host.look("t1")
    failure = host.status("t1").failure
    assert failure is not None
    assert "lacks 1024 MiB" in failure.message


async def test_who_forces_it_is_given_what_is_not_there_and_the_next_one_is_told() -> None:
    host = two(7 * GIB)
    arriving(host, "t3", MemoryClaim(4 * GIB, forced=True), "99999999-0000-0000-0000-000000000003")
    await host.look("t1")
    await host.look("t3")
    assert (host.status("t3").reached, host.status("t3").failure) == (Goal.PREPARED, None)
    await host.look("t2")
    assert refused(host) == ["t2"]


def two_with_large_pages(free: int, *, forced: bool = False) -> Bench:
    """Each of both wants 512 pages of 2 MiB."""
    found = bench(7 * GIB)
    host = found.libvirt.host
    host.about = replace(host.about, hugepages=(Hugepages(2 << 20, 1024, free),))
    claim = MemoryClaim(GIB, hugepages=(HugepageDemand(GIB, 2 << 20),), hugepages_forced=forced)
    for number in (1, 2):
        arriving(found, f"t{number}", claim, f"99999999-0000-0000-0000-00000000000{number}")
    return found


async def test_of_two_that_want_the_last_large_pages_the_second_is_told_so() -> None:
    host = two_with_large_pages(1023)
    await host.look("t1")
    await host.look("t2")
    assert refused(host) == ["t2"]
    failure = host.status("t2").failure
    assert failure is not None
    assert failure.message == (
        "host2 lacks large pages: 512 pages of 2048 KiB are needed, 512 are promised to other migrations, "
        "1023 of 1024 are free"
    )
    assert host.libvirt.acts == []


@pytest.mark.parametrize(("free", "forced"), [(1024, False), (0, True)], ids=["enough", "forced"])
async def test_where_there_are_enough_or_it_is_forced_both_are_prepared(free: int, forced: bool) -> None:
    host = two_with_large_pages(free, forced=forced)
    await asyncio.gather(host.look("t1"), host.look("t2"))
    assert refused(host) == []


async def test_a_libvirt_that_is_silent_is_waited_for() -> None:
    host = two(8 * GIB)
    host.libvirt.fail_next("host.memory", Reason.LIBVIRT_UNREACHABLE, "no answer")
    await host.look("t1")
    assert host.status("t1").waiting is not None
    await host.look("t1")
    assert host.status("t1").reached is Goal.PREPARED
