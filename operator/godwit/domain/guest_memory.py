"""What a guest takes of its destination's memory, what others were promised there, and whether it is enough.

The amount is the guest's memory and what its QEMU takes beside it. Nobody can tell the latter in advance, so
it is estimated as KubeVirt and oVirt do: the video memory, a 512th of the guest's memory for page tables
(8 bytes for each page of 4 KiB), 8 MiB for each vCPU, and 64 MiB for the process itself. Large pages are
taken from their own pool, and are no part of what is free: see `godwit.domain.large_pages`.

A promise begins with the plan: QEMU takes an incoming guest's memory little by little. What it has taken is
missing in the free memory already, so it is counted off, as the source's progress tells it, and large pages
as soon as that QEMU waits for its guest; and nothing is promised any more once the guest has arrived, or the
task is over. Progress is of a moment ago, so what is
counted off was taken before the free memory is asked for, by whoever asks after he has read the tasks: the
agent does. The preflight's figure may be older than its tasks by a moment.
"""

from collections.abc import Callable, Iterable

from godwit.domain import large_pages
from godwit.domain.guest import GuestFacts, JobStats, StateReason
from godwit.domain.limits import MEBIBYTE
from godwit.domain.plan import MemoryClaim, PromisedMemory
from godwit.domain.quantity import mebibytes
from godwit.domain.says import attempt_mark, destination_evidence_says
from godwit.domain.task import GOAL_ENDS, Goal, Role, Task
from godwit.domain.value import Value
from godwit.domain.vocabulary import DestinationSays

PAGE_TABLES_SHARE = 512
VCPU_BYTES = 8 * MEBIBYTE
QEMU_BYTES = 64 * MEBIBYTE
_ON_ITS_WAY = frozenset({DestinationSays.NONE, DestinationSays.INCOMING})


class MemoryShortage(Value):
    """Memory that is not enough."""

    needed_bytes: int
    free_bytes: int
    reserve_bytes: int = 0
    promised_bytes: int = 0

    @property
    def missing_bytes(self) -> int:
        """How much would have to be freed."""
        return self.needed_bytes + self.reserve_bytes + self.promised_bytes - self.free_bytes

    @property
    def sentence(self) -> str:
        """For people, the same at the check and at Prepare."""
        kept = f", {mebibytes(self.reserve_bytes)} are its reserve" if self.reserve_bytes else ""
        promised = f", {mebibytes(self.promised_bytes)} are promised to other migrations"
        return (
            f"lacks {mebibytes(self.missing_bytes)} of memory: {mebibytes(self.needed_bytes)} are needed"
            f"{kept}{promised if self.promised_bytes else ''}, {self.free_bytes // MEBIBYTE} MiB are free"
        )


def overhead_bytes(guest: GuestFacts) -> int:
    """What its QEMU takes beside the guest's memory, at most by this estimate."""
    video = guest.placement.video_bytes if guest.placement else 0
    return video + guest.memory_bytes // PAGE_TABLES_SHARE + guest.vcpus * VCPU_BYTES + QEMU_BYTES


def needed_bytes(guest: GuestFacts) -> int:
    """Of the memory that a host calls free."""
    demands = guest.placement.hugepages if guest.placement else ()
    elsewhere = sum(demand.bytes for demand in demands)
    return max(0, guest.memory_bytes - elsewhere) + overhead_bytes(guest)


def claim(
    guest: GuestFacts, reserve_bytes: int, *, forced: bool = False, hugepages_forced: bool = False
) -> MemoryClaim:
    """What the guest asks of a host that keeps so much back."""
    demands = guest.placement.hugepages if guest.placement else ()
    pages = large_pages.by_size(demands)
    return MemoryClaim(needed_bytes(guest), reserve_bytes, forced, pages, hugepages_forced)


def shortage(claim: MemoryClaim, free_bytes: int, promised_bytes: int) -> MemoryShortage | None:
    """None where there is enough."""
    short = MemoryShortage(claim.bytes, free_bytes, claim.reserve_bytes, promised_bytes)
    return short if short.missing_bytes > 0 else None


def is_promised(task: Task) -> bool:
    """A destination's task that has a plan and is not over, and whose guest has not arrived.

    One that can't be completed is not counted: what its guest holds there is missing in the free memory.
    """
    if task.spec.role is not Role.DESTINATION or task.status.failure or claim_of(task) is None:
        return False
    if _has_arrived(task):
        return False
    if task.spec.goal in GOAL_ENDS:
        return task.status.reached is not task.spec.goal and task.status.owed is None
    return task.spec.goal is not Goal.INSPECTED


def promised(tasks: Iterable[Task], source_of: Callable[[Task], Task | None]) -> PromisedMemory:
    """What all of these will still take that have a promise; of one whose source is not seen, all of it."""
    left = [_left(task, source_of(task)) for task in tasks if is_promised(task)]
    pages = large_pages.by_size(demand for each in left for demand in each.hugepages)
    return PromisedMemory(sum(each.bytes for each in left), pages)


def _left(task: Task, source: Task | None) -> PromisedMemory:
    """Large pages were taken before anything flows, and are filled first, for all that is known.

    The source tells of its progress only a moment after the job's begin, the destination of its QEMU at once.
    """
    claim, progress = claim_of(task), source.status.progress if source else None
    if claim is None:
        return PromisedMemory()
    if progress is None or not (progress.memory_total_bytes or progress.disk_total_bytes):
        return PromisedMemory(claim.bytes, () if _waits_for_its_guest(task) else claim.hugepages)
    filled = max(0, _taken_bytes(progress) - sum(demand.bytes for demand in claim.hugepages))
    return PromisedMemory(max(0, claim.bytes - filled))


def _taken_bytes(progress: JobStats) -> int:
    """Pages of zeroes are remaining no more, and take nothing; those that were sent twice are there once."""
    done = progress.memory_total_bytes - progress.memory_remaining_bytes
    return max(0, min(progress.memory_processed_bytes, done))


def _waits_for_its_guest(task: Task) -> bool:
    """Its QEMU. While that is starting up, it may not have taken all pages yet."""
    seen = task.status.evidence
    if seen is None or seen.guest.reason is not StateReason.MIGRATION:
        return False
    return destination_evidence_says(seen, attempt_mark(task), resumed=False) is DestinationSays.INCOMING


def _has_arrived(task: Task) -> bool:
    """Its guest runs there, waits to be let go on, or has ended: what it holds is not free any more."""
    status = task.status
    if status.evidence is None:
        return False
    resumed = status.resumed_at is not None
    return destination_evidence_says(status.evidence, attempt_mark(task), resumed=resumed) not in _ON_ITS_WAY


def claim_of(task: Task) -> MemoryClaim | None:
    """None before there is a plan."""
    return task.spec.plan.memory if task.spec.plan else None
