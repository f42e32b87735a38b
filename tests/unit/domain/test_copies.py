"""The room that a migration on its way still takes at its destination."""

import pytest
from msgspec.structs import replace

from godwit.domain.copies import copies_now, promised
from godwit.domain.guest import JobStats
from godwit.domain.image_journal import Copied
from godwit.domain.storage import Promise
from godwit.domain.task import Goal, StopDetail, Stopped, Task, TaskStatus

from .builders import COPY, COPYING, FAST, NOON, destination, source

MEMORY_FLOWS = JobStats(memory_total_bytes=1, disk_total_bytes=1)
DISKS_FLOW = JobStats(disk_total_bytes=1)
ON_ITS_WAY = destination(Goal.PREPARED, plan=COPYING)


def sending(status: TaskStatus | None = None) -> Task:
    return source(Goal.MIGRATED, status, COPYING)


def test_disks_are_copied_until_the_memory_is_told_of() -> None:
    assert copies_now(sending())
    assert copies_now(sending(TaskStatus(progress=DISKS_FLOW)))
    assert not copies_now(sending(TaskStatus(progress=MEMORY_FLOWS)))
    assert not copies_now(source(Goal.MIGRATED, plan=FAST))
    assert not copies_now(source(Goal.INSPECTED))


def test_what_a_copy_needs_is_promised_but_for_what_is_there_already() -> None:
    assert promised(ON_ITS_WAY, sending()) == (Promise("/images", 1 << 20),)
    half = TaskStatus(copied=(Copied("vda", 1 << 19, 1 << 20),))
    assert promised(ON_ITS_WAY, sending(half)) == (Promise("/images", 1 << 19),)
    more = TaskStatus(copied=(Copied("vda", 1 << 21, 1 << 21),))
    assert promised(ON_ITS_WAY, sending(more)) == (Promise("/images", 0),)


def test_a_copy_whose_source_is_not_seen_is_promised_all() -> None:
    assert promised(ON_ITS_WAY, None) == (Promise("/images", 1 << 20),)


@pytest.mark.parametrize(
    ("there", "here"),
    [
        (destination(Goal.INSPECTED), source(Goal.INSPECTED)),
        (destination(Goal.PREPARED, plan=FAST), source(Goal.MIGRATED, plan=FAST)),
        (destination(Goal.RELEASED, plan=COPYING), sending()),
        (destination(Goal.ROLLED_BACK, plan=COPYING), sending()),
        (ON_ITS_WAY, sending(TaskStatus(progress=MEMORY_FLOWS))),
        (ON_ITS_WAY, sending(TaskStatus(stopped=Stopped(StopDetail.MIGRATED, NOON)))),
        (sending(), ON_ITS_WAY),
    ],
    ids=["no plan", "no copy", "arrived", "given up", "memory flows", "guest left", "a source takes no room"],
)
def test_who_copies_nothing_any_more_is_promised_nothing(there: Task, here: Task) -> None:
    assert promised(there, here) == ()


def test_each_copy_is_promised_in_its_own_directory() -> None:
    two = replace(COPYING, copies=(COPY, replace(COPY, target="vdb", path="/data/d.img", needed_bytes=5)))
    assert promised(destination(Goal.PREPARED, plan=two), None) == (
        Promise("/images", 1 << 20),
        Promise("/data", 5),
    )
