"""How far libvirt's job is: memory and disks apart, and both together in one figure that never goes back.

While disks are copied libvirt counts no memory. The guest's memory is still to come then, so it is counted as
remaining: else everything would seem done when the disks are, and begin again with the memory.
"""

from msgspec.structs import replace

from godwit.domain import duration
from godwit.domain.disks import Disk, DiskAction
from godwit.domain.guest import JobStats
from godwit.domain.image_journal import Copied, SynchronousWrites
from godwit.domain.migration import Progress
from godwit.domain.task import JobResult


def progress(stats: JobStats, before_percent: int = 0, guest_memory_bytes: int = 0) -> Progress:
    """From libvirt's statistics; `percent` is what no longer remains, and never goes back or reaches 100."""
    counted = _with_memory(stats, guest_memory_bytes) if copies_disks(stats) else stats
    total, remaining = counted.data_total_bytes, counted.data_remaining_bytes
    percent = int(100 * (total - remaining) / total) if total else 0
    return Progress(
        percent=max(before_percent, min(99, max(0, percent))),
        data_total=total,
        data_processed=counted.data_processed_bytes,
        data_remaining=remaining,
        rate=counted.rate_bytes_per_second,
        dirty_rate=counted.dirty_rate_bytes_per_second,
        iteration=counted.iteration,
        throttle_percent=counted.throttle_percent,
        eta=eta(counted),
        memory_total=counted.memory_total_bytes,
        memory_processed=counted.memory_processed_bytes,
        memory_remaining=counted.memory_remaining_bytes,
        disk_total=counted.disk_total_bytes,
        disk_processed=counted.disk_processed_bytes,
        disk_remaining=counted.disk_remaining_bytes,
        expected_downtime_milliseconds=counted.downtime_milliseconds,
    )


def copies_disks(stats: JobStats) -> bool:
    """The job has not come to the memory yet."""
    return stats.disk_total_bytes > 0 and stats.memory_total_bytes == 0


def eta(stats: JobStats) -> str:
    """Remaining bytes over what the rate gains on the guest's writing; empty when that is nothing."""
    gain = stats.rate_bytes_per_second - stats.dirty_rate_bytes_per_second
    return duration.text(stats.data_remaining_bytes / gain) if gain > 0 else ""


def all_sent(before: Progress, job: JobResult | None) -> Progress:
    """Of a migration that has succeeded; with the figures of the whole job, where libvirt gave them."""
    whole = progress(job.stats) if job else before
    return replace(whole, percent=100, data_remaining=0, memory_remaining=0, disk_remaining=0, rate=0, eta="")


def sent_bytes(job: JobResult | None, copied: tuple[Copied, ...]) -> int:
    """Over the link. What libvirt says of the whole job may lack the disks."""
    stats = job.stats if job else JobStats()
    disks = sum(each.copied_bytes for each in copied)
    return max(stats.data_processed_bytes, stats.memory_processed_bytes + disks)


def copied_disks(disks: tuple[Disk, ...], copied: tuple[Copied, ...], *, over: bool) -> tuple[Disk, ...]:
    """The lines with what of each is at the destination: all of it when the migration has succeeded."""
    told = {each.target: each for each in copied}
    return tuple(
        replace(disk, copied_bytes=_copied(disk, told.get(disk.target), over=over))
        if disk.action is DiskAction.COPY
        else disk
        for disk in disks
    )


def followed_disks(disks: tuple[Disk, ...], late: tuple[SynchronousWrites, ...]) -> tuple[Disk, ...]:
    """The lines; those of copies that could not follow say why, and since then how the guest's writes do."""
    told = {each.target: each for each in late}
    return tuple(
        replace(disk, proof=_with_late(disk.proof, told[disk.target])) if disk.target in told else disk
        for disk in disks
    )


def _with_late(proof: str, late: SynchronousWrites) -> str:
    """Once, however often it is told; QEMU's refusal takes the place of the intent."""
    meant = f"; {late.why}: its writes wait for the copy since then, so that it gets ready"
    if not late.refused:
        return proof if meant in proof else proof + meant
    refused = (
        f"; {late.why}, and {late.refused}. The copy may never be complete: allow it more tuning.bandwidth, "
        "or let the guest write less"
    )
    return proof if refused in proof else proof.replace(meant, "") + refused


def _copied(disk: Disk, told: Copied | None, *, over: bool) -> int | None:
    if over:
        # A copy that took a moment was never told of: it was of what the image held.
        return told.total_bytes if told else disk.copied_bytes or disk.allocated
    if told is None:
        return disk.copied_bytes
    return max(told.copied_bytes, disk.copied_bytes or 0)


def _with_memory(stats: JobStats, guest_memory_bytes: int) -> JobStats:
    """libvirt's rate is the memory's, too: instead of it the mean since the job began."""
    seconds = stats.elapsed_milliseconds / 1000
    return replace(
        stats,
        data_total_bytes=stats.disk_total_bytes + guest_memory_bytes,
        data_remaining_bytes=stats.disk_remaining_bytes + guest_memory_bytes,
        memory_total_bytes=guest_memory_bytes,
        memory_remaining_bytes=guest_memory_bytes,
        rate_bytes_per_second=int(stats.disk_processed_bytes / seconds) if seconds else 0,
    )
