"""libvirt's job statistics as `JobStats`, and what kind of job they are of.

libvirt gives a dictionary with a key for whatever it knows; a missing one is 0.
"""

from collections.abc import Mapping

from godwit.domain.guest import Job, JobStats

Raw = Mapping[str, int | str]

TYPE_NONE, TYPE_COMPLETED = 0, 3
"""virDomainJobType."""
OPERATION_IN, OPERATION_OUT = 4, 5
"""virDomainJobOperation."""


def job_of(raw: Raw) -> Job:
    """Which job the statistics of a running one are of."""
    if _number(raw, "type") == TYPE_NONE:
        return Job.NONE
    operations = {OPERATION_IN: Job.MIGRATION_IN, OPERATION_OUT: Job.MIGRATION_OUT}
    return operations.get(_number(raw, "operation"), Job.OTHER)


def is_migration(raw: Raw) -> bool:
    """In or out, running or ended."""
    return _number(raw, "operation") in (OPERATION_IN, OPERATION_OUT)


def job_stats(raw: Raw) -> JobStats:
    """The figures; the dirty rate comes in pages, and the downtime is real once the job is complete."""
    return JobStats(
        elapsed_milliseconds=_number(raw, "time_elapsed"),
        data_total_bytes=_number(raw, "data_total"),
        data_processed_bytes=_number(raw, "data_processed"),
        data_remaining_bytes=_number(raw, "data_remaining"),
        memory_total_bytes=_number(raw, "memory_total"),
        memory_processed_bytes=_number(raw, "memory_processed"),
        memory_remaining_bytes=_number(raw, "memory_remaining"),
        disk_total_bytes=_number(raw, "disk_total"),
        disk_processed_bytes=_number(raw, "disk_processed"),
        disk_remaining_bytes=_number(raw, "disk_remaining"),
        rate_bytes_per_second=_number(raw, "memory_bps"),
        dirty_rate_bytes_per_second=_number(raw, "memory_dirty_rate") * _number(raw, "memory_page_size"),
        iteration=_number(raw, "memory_iteration"),
        throttle_percent=_number(raw, "auto_converge_throttle"),
        downtime_milliseconds=_number(raw, "downtime") if "downtime" in raw else None,
    )


def _number(raw: Raw, key: str) -> int:
    return int(raw.get(key, 0))
