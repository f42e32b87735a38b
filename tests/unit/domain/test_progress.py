"""Memory and disks apart and together, and a percent that does not go back when the one follows the other."""

import pytest
from msgspec.structs import replace

from godwit.domain.disks import Disk, DiskAction, DiskClass
from godwit.domain.guest import DiskKind, JobStats
from godwit.domain.image_journal import Copied, SynchronousWrites
from godwit.domain.migration import Progress
from godwit.domain.progress import all_sent, copied_disks, eta, followed_disks, progress, sent_bytes
from godwit.domain.task import JobResult

MEMORY = 600
COPYING = JobStats(
    elapsed_milliseconds=4_000,
    data_total_bytes=400,
    data_processed_bytes=200,
    data_remaining_bytes=200,
    disk_total_bytes=400,
    disk_processed_bytes=200,
    disk_remaining_bytes=200,
)
"""As libvirt tells it: nothing of the memory."""
SENDING = JobStats(
    elapsed_milliseconds=9_000,
    data_total_bytes=1_000,
    data_processed_bytes=500,
    data_remaining_bytes=500,
    memory_total_bytes=600,
    memory_processed_bytes=100,
    memory_remaining_bytes=500,
    disk_total_bytes=400,
    disk_processed_bytes=400,
    rate_bytes_per_second=100,
)
COPIED = Disk("vda", DiskKind.FILE, DiskClass.LOCAL, DiskAction.COPY, allocated=300)
KEPT = Disk("vdb", DiskKind.FILE, DiskClass.SHARED, DiskAction.KEEP)


# the job


def test_while_disks_are_copied_the_guests_memory_is_still_to_come() -> None:
    told = progress(COPYING, guest_memory_bytes=MEMORY)
    assert (told.data_total, told.data_processed, told.data_remaining) == (1_000, 200, 800)
    assert (told.disk_total, told.disk_processed, told.disk_remaining) == (400, 200, 200)
    assert (told.memory_total, told.memory_processed, told.memory_remaining) == (600, 0, 600)
    assert told.percent == 20


def test_while_disks_are_copied_the_mean_rate_tells_the_time_left() -> None:
    told = progress(COPYING, guest_memory_bytes=MEMORY)
    assert (told.rate, told.eta) == (50, "16s")
    assert progress(replace(COPYING, elapsed_milliseconds=0)).rate == 0


def test_memory_and_disks_are_told_apart_when_the_memory_flows() -> None:
    told = progress(SENDING, guest_memory_bytes=MEMORY)
    assert (told.memory_total, told.memory_processed, told.memory_remaining) == (600, 100, 500)
    assert (told.disk_total, told.disk_processed, told.disk_remaining) == (400, 400, 0)
    assert (told.data_total, told.data_remaining, told.rate, told.percent) == (1_000, 500, 100, 50)


def test_percent_does_not_go_back_from_the_first_byte_of_the_disks_to_the_last_of_the_memory() -> None:
    percent, seen = 0, []
    for done in range(0, 401, 40):
        stats = replace(COPYING, disk_processed_bytes=done, disk_remaining_bytes=400 - done)
        percent = progress(stats, percent, MEMORY).percent
        seen.append(percent)
    for done in range(0, 601, 60):
        stats = replace(SENDING, data_remaining_bytes=600 - done, memory_remaining_bytes=600 - done)
        percent = progress(stats, percent, MEMORY).percent
        seen.append(percent)
    assert seen == sorted(seen)
    assert seen[10:13] == [40, 40, 46], "the memory goes on where the disks ended"
    assert seen[-1] == 99


def test_a_job_that_has_told_nothing_yet_counts_nothing() -> None:
    assert progress(JobStats(), guest_memory_bytes=MEMORY) == Progress()


def test_the_time_left_is_unknown_while_the_guest_is_as_quick() -> None:
    assert eta(replace(SENDING, dirty_rate_bytes_per_second=100)) == ""


# the end


def test_at_the_end_nothing_remains_of_either() -> None:
    whole = all_sent(progress(COPYING, guest_memory_bytes=MEMORY), JobResult(SENDING))
    assert whole.percent == 100
    assert (whole.data_remaining, whole.memory_remaining, whole.disk_remaining) == (0, 0, 0)
    assert (whole.memory_total, whole.disk_total, whole.eta) == (600, 400, "")
    assert all_sent(Progress(percent=3), None).percent == 100


@pytest.mark.parametrize(
    ("counted", "told"),
    [(500, 500), (100, 500), (900, 900)],
    ids=["both alike", "libvirt counts the memory only", "libvirt counts more"],
)
def test_what_was_sent_is_memory_and_disks(counted: int, told: int) -> None:
    stats = replace(SENDING, data_processed_bytes=counted)
    assert sent_bytes(JobResult(stats), (Copied("vda", 250, 250), Copied("vdb", 150, 150))) == told


def test_of_a_job_without_a_result_the_disks_are_known() -> None:
    assert sent_bytes(None, (Copied("vda", 250, 400),)) == 250
    assert sent_bytes(None, ()) == 0


# the disks


def test_each_copied_disk_says_how_much_of_it_is_there() -> None:
    first, second = copied_disks((COPIED, KEPT), (Copied("vda", 70, 300),), over=False)
    assert (first.copied_bytes, second) == (70, KEPT)


def test_what_is_copied_never_goes_back_and_stays_when_nothing_is_told() -> None:
    before = replace(COPIED, copied_bytes=90)
    assert copied_disks((before,), (Copied("vda", 70, 300),), over=False)[0].copied_bytes == 90
    assert copied_disks((before,), (), over=False)[0].copied_bytes == 90
    assert copied_disks((COPIED,), (), over=False)[0].copied_bytes is None


@pytest.mark.parametrize(
    ("disk", "copied", "whole"),
    [
        (COPIED, (Copied("vda", 70, 310),), 310),
        (replace(COPIED, copied_bytes=305), (), 305),
        (COPIED, (), 300),
    ],
    ids=["as told", "as told before", "too quick to be told of"],
)
def test_at_the_end_all_of_each_disk_is_copied(disk: Disk, copied: tuple[Copied, ...], whole: int) -> None:
    assert copied_disks((disk, KEPT), copied, over=True)[0].copied_bytes == whole


# writes that wait for a copy

LATE = SynchronousWrites("vda", "over 10 s of the copy the guest wrote 8.0 MiB/s")


def test_of_a_copy_that_could_not_follow_it_is_said_once_why_the_guests_writes_wait() -> None:
    told = followed_disks((COPIED, KEPT), (LATE,))
    assert told[1] == KEPT
    assert told[0].proof.startswith(f"{COPIED.proof}; {LATE.why}: its writes wait for the copy since then")
    assert followed_disks(told, (LATE,)) == told


def test_a_qemu_that_can_not_is_told_in_place_of_the_intent_with_what_to_do() -> None:
    refused = replace(LATE, refused="QEMU is too old")
    told = followed_disks(followed_disks((COPIED,), (LATE,)), (refused,))
    assert "writes wait" not in told[0].proof
    assert "QEMU is too old" in told[0].proof
    assert "tuning.bandwidth" in told[0].proof
    assert followed_disks(told, (refused,)) == told == followed_disks((COPIED,), (refused,))
