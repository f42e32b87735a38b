"""What a guest takes of a host's memory, and from when to when it is promised."""

import pytest
from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.guest import DomainState, GuestView, Job, JobStats, StateReason
from godwit.domain.placement import HugepageDemand, Placement
from godwit.domain.plan import MemoryClaim
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Role, Task, TaskStatus

from .builders import ABSENT, FACTS, FAST, arrived, destination, evidence, source, task

MIB = 1 << 20
GIB = 1 << 30
PLAN = replace(FAST, memory=MemoryClaim(GIB))
SENDING = JobStats(memory_total_bytes=GIB, memory_processed_bytes=GIB // 4, memory_remaining_bytes=GIB // 2)
"""A quarter was sent, and another one was zeroes."""
ON_ITS_WAY = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), PLAN)
GUEST = replace(FACTS, memory_bytes=4 * GIB, vcpus=2, placement=Placement(video_bytes=16 * MIB))


def nobody(_: Task) -> None:
    """No source is seen."""


def shown(view: GuestView) -> Task:
    seen = TaskStatus(reached=Goal.PREPARED, evidence=evidence(view, "agent"))
    return destination(Goal.PREPARED, seen, PLAN)


def test_beside_its_memory_it_takes_video_memory_page_tables_and_something_for_each_vcpu() -> None:
    assert guest_memory.needed_bytes(GUEST) == 4 * GIB + (16 + 8 + 2 * 8 + 64) * MIB


def test_large_pages_are_no_part_of_the_free_memory() -> None:
    large = replace(GUEST, placement=Placement(hugepages=(HugepageDemand(3 * GIB, 2 * MIB),)))
    assert guest_memory.needed_bytes(large) == GIB + guest_memory.overhead_bytes(large)


def test_of_a_guest_whose_placement_is_not_known_the_rest_counts() -> None:
    assert guest_memory.needed_bytes(replace(GUEST, placement=None)) == 4 * GIB + (8 + 16 + 64) * MIB


@pytest.mark.parametrize(("free", "enough"), [(7 * GIB, True), (7 * GIB - 1, False)])
def test_reserve_and_promises_are_not_free(free: int, enough: bool) -> None:
    found = guest_memory.shortage(MemoryClaim(4 * GIB, reserve_bytes=GIB), free, promised_bytes=2 * GIB)
    assert (found is None) is enough


def test_a_shortage_says_what_it_consists_of() -> None:
    found = guest_memory.shortage(MemoryClaim(4 * GIB, reserve_bytes=GIB), 3 * GIB, 2 * GIB)
    assert found is not None
    assert found.sentence == (
        "lacks 4096 MiB of memory: 4096 MiB are needed, 1024 MiB are its reserve, 2048 MiB are promised to "
        "other migrations, 3072 MiB are free"
    )
    plain = guest_memory.shortage(MemoryClaim(GIB), 0, 0)
    assert plain is not None
    assert plain.sentence == "lacks 1024 MiB of memory: 1024 MiB are needed, 0 MiB are free"


@pytest.mark.parametrize("goal", [Goal.PREPARED, Goal.MIGRATED, Goal.RELEASED, Goal.ROLLED_BACK])
def test_it_is_promised_from_the_plan_until_the_task_is_over(goal: Goal) -> None:
    on_its_way = destination(goal, TaskStatus(reached=Goal.PREPARED), PLAN)
    assert guest_memory.promised([on_its_way, on_its_way], nobody).bytes == 2 * GIB


@pytest.mark.parametrize(
    "other",
    [
        destination(Goal.INSPECTED),
        destination(Goal.PREPARED, plan=FAST),
        task(Role.SOURCE, Goal.PREPARED, plan=PLAN),
        destination(Goal.PREPARED, TaskStatus(failure=Failure(Reason.NO_MEMORY, "")), PLAN),
        destination(Goal.RELEASED, TaskStatus(reached=Goal.RELEASED), PLAN),
        destination(Goal.ROLLED_BACK, TaskStatus(reached=Goal.ROLLED_BACK), PLAN),
        destination(Goal.ROLLED_BACK, TaskStatus(owed=Failure(Reason.DESTINATION_RUNS, "")), PLAN),
    ],
    ids=["only inspected", "older plan", "the source", "failed", "released", "rolled back", "owed"],
)
def test_nothing_is_promised_to_one_that_is_only_looked_at_or_over(other: Task) -> None:
    assert guest_memory.promised([other], nobody).bytes == 0


@pytest.mark.parametrize(
    ("stats", "left"),
    [
        (None, GIB),
        (JobStats(disk_total_bytes=GIB, disk_processed_bytes=GIB), GIB),
        (SENDING, GIB * 3 // 4),
        (replace(SENDING, memory_processed_bytes=9 * GIB), GIB // 2),
        (replace(SENDING, memory_processed_bytes=9 * GIB, memory_remaining_bytes=0), 0),
        (JobStats(memory_total_bytes=9 * GIB, memory_processed_bytes=9 * GIB), 0),
        (replace(SENDING, memory_remaining_bytes=9 * GIB), GIB),
    ],
    ids=["not told", "disks", "half way", "sent again", "all sent", "more than claimed", "odd figures"],
)
def test_what_was_sent_is_missing_in_the_free_memory_and_is_not_counted_twice(
    stats: JobStats | None, left: int
) -> None:
    sending = source(Goal.MIGRATED, TaskStatus(progress=stats), PLAN)
    assert guest_memory.promised([ON_ITS_WAY], lambda _: sending).bytes == left


@pytest.mark.parametrize(
    ("stats", "pages", "plain"),
    [
        (None, GIB, GIB),
        (JobStats(), GIB, GIB),
        (JobStats(disk_total_bytes=1), 0, GIB),
        (JobStats(memory_total_bytes=2 * GIB, memory_processed_bytes=GIB), 0, GIB),
        (JobStats(memory_total_bytes=2 * GIB, memory_processed_bytes=3 * GIB // 2), 0, GIB // 2),
    ],
    ids=["not told", "nothing flows", "disks flow", "they are filled", "plain memory, too"],
)
def test_large_pages_are_promised_until_anything_flows_and_are_filled_first(
    stats: JobStats | None, pages: int, plain: int
) -> None:
    large = replace(FAST, memory=MemoryClaim(GIB, hugepages=(HugepageDemand(GIB, 2 * MIB),)))
    there = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), large)
    sending = source(Goal.MIGRATED, TaskStatus(progress=stats), large)
    found = guest_memory.promised([there], lambda _: sending)
    assert (sum(each.bytes for each in found.hugepages), found.bytes) == (pages, plain)


@pytest.mark.parametrize(
    ("view", "pages"),
    [
        (ABSENT, GIB),
        (arrived(DomainState.PAUSED, StateReason.STARTING_UP), GIB),
        (replace(arrived(DomainState.PAUSED, StateReason.STARTING_UP), job=Job.MIGRATION_IN), GIB),
        (arrived(DomainState.PAUSED, StateReason.MIGRATION, mark="another's"), GIB),
        (replace(arrived(DomainState.PAUSED, StateReason.MIGRATION), job=Job.MIGRATION_IN), 0),
    ],
    ids=["not there", "starts", "starts for the job", "another one's", "waits"],
)
def test_large_pages_are_promised_only_until_its_qemu_waits_for_the_guest(
    view: GuestView, pages: int
) -> None:
    large = replace(FAST, memory=MemoryClaim(GIB, hugepages=(HugepageDemand(GIB, 2 * MIB),)))
    there = replace(shown(view), spec=replace(ON_ITS_WAY.spec, plan=large))
    found = guest_memory.promised([there], nobody)
    assert (sum(each.bytes for each in found.hugepages), found.bytes) == (pages, GIB)


def test_large_pages_of_several_are_promised_by_their_size() -> None:
    large = replace(FAST, memory=MemoryClaim(0, hugepages=(HugepageDemand(GIB, 2 * MIB), HugepageDemand(1))))
    there = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), large)
    found = guest_memory.promised([there, there], nobody)
    assert found.hugepages == (HugepageDemand(2 * GIB, 2 * MIB), HugepageDemand(2))


def test_a_claim_has_one_demand_for_each_size() -> None:
    demands = (HugepageDemand(GIB, 2 * MIB), HugepageDemand(GIB, GIB), HugepageDemand(GIB, 2 * MIB))
    claim = guest_memory.claim(replace(GUEST, placement=Placement(hugepages=demands)), 0)
    assert claim.hugepages == (HugepageDemand(2 * GIB, 2 * MIB), HugepageDemand(GIB, GIB))
    assert not claim.hugepages_forced


@pytest.mark.parametrize(
    ("view", "left"),
    [
        (ABSENT, GIB),
        (replace(arrived(DomainState.PAUSED, StateReason.MIGRATION), job=Job.MIGRATION_IN), GIB),
        (arrived(DomainState.RUNNING, mark="another's"), GIB),
        (arrived(DomainState.PAUSED, StateReason.USER), 0),
        (arrived(DomainState.RUNNING), 0),
        (arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), 0),
    ],
    ids=["not there", "incoming", "another one's", "arrived", "runs", "ended"],
)
def test_nothing_is_promised_once_the_guest_is_seen_to_have_arrived(view: GuestView, left: int) -> None:
    assert guest_memory.promised([shown(view)], nobody).bytes == left
