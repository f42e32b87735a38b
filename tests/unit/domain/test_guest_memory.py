"""What a guest takes of a host's memory, and from when to when it is promised."""

import pytest
from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.placement import HugepageDemand, Placement
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, MemoryClaim, Role, Task, TaskStatus

from .builders import FACTS, FAST, destination, task

MIB = 1 << 20
GIB = 1 << 30
PLAN = replace(FAST, memory=MemoryClaim(GIB))
GUEST = replace(FACTS, memory_bytes=4 * GIB, vcpus=2, placement=Placement(video_bytes=16 * MIB))


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
    assert guest_memory.promised_bytes([on_its_way, on_its_way]) == 2 * GIB


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
    assert guest_memory.promised_bytes([other]) == 0
