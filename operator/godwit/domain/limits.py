"""What a user allows a migration to take, in libvirt's own units; and what of it is in force."""

from enum import StrEnum

from godwit.domain import duration, quantity
from godwit.domain.value import Value

MEBIBYTE = 1 << 20


class AutoConverge(StrEnum):
    """Whether libvirt may slow the guest down so that its memory can be sent."""

    NEVER = "Never"
    ALWAYS = "Always"


class OnTimeout(StrEnum):
    """What follows when the job has run for `timeout`."""

    ABORT = "Abort"
    SUSPEND = "Suspend"
    """The guest stands still until it is over, so that it is over soon (virsh migrate --timeout)."""


class Tuning(Value):
    """As the user writes it. The first two and `timeout` may be changed while the job runs."""

    max_downtime: str | None = None
    bandwidth: str | None = None
    auto_converge: AutoConverge = AutoConverge.NEVER
    timeout: str | None = None
    on_timeout: OnTimeout = OnTimeout.ABORT


class Limits(Value):
    """The same for libvirt; None: libvirt's own."""

    max_downtime_milliseconds: int | None = None
    bandwidth_mebibytes_per_second: int | None = None
    """Rounded down: libvirt counts in whole MiB/s, and takes 0 for no limit."""
    timeout_seconds: int | None = None
    """Of libvirt's job, from its start."""
    on_timeout: OnTimeout = OnTimeout.ABORT


def limits_of(tuning: Tuning) -> Limits:
    """What `tuning` means for libvirt."""
    downtime, bandwidth, timeout = tuning.max_downtime, tuning.bandwidth, tuning.timeout
    return Limits(
        max_downtime_milliseconds=max(1, int(duration.seconds(downtime) * 1000)) if downtime else None,
        bandwidth_mebibytes_per_second=max(1, quantity.bytes_in(bandwidth) // MEBIBYTE)
        if bandwidth
        else None,
        timeout_seconds=max(1, int(duration.seconds(timeout))) if timeout else None,
        on_timeout=tuning.on_timeout,
    )
