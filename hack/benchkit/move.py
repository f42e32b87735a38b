"""One migration by Godwit, and all that was seen of it; pure."""

from dataclasses import dataclass

from benchkit.audit import Write
from benchkit.traces import Trace


@dataclass(frozen=True, slots=True)
class Move:
    """One migration, on one clock: seconds of the epoch."""

    name: str
    guest: str
    source: str
    destination: str
    switchover: str
    applied: float
    job_active: float
    first_round: float
    running: float
    succeeded: float
    sent_bytes: int
    phases: tuple[tuple[str, float], ...]
    traces: tuple[Trace, ...]
    writes: tuple[Write, ...]
    copied: int = 0
    """How many disks were copied."""

    @property
    def before_seconds(self) -> float:
        """From apply to the job."""
        return self.job_active - self.applied

    @property
    def start_seconds(self) -> float:
        """libvirt's own, and no part of the overhead: from the job to the first memory that is sent."""
        return self.first_round - self.job_active

    @property
    def after_seconds(self) -> float:
        """From the guest that goes on at the destination to `Succeeded`."""
        return self.succeeded - self.running

    @property
    def copy_seconds(self) -> float:
        """Of a guest whose disks are copied: from the job to the first memory that is sent."""
        return self.first_round - self.job_active

    @property
    def copied_seconds(self) -> float:
        """From apply to the first memory that is sent: all disks are at the destination."""
        return self.first_round - self.applied

    @property
    def memory_seconds(self) -> float:
        """From the first memory that is sent to the guest that goes on at the destination."""
        return self.running - self.first_round

    @property
    def preparation_seconds(self) -> float:
        """From the first task to the last goal before the job: classified, proven, created."""
        told = [
            write.at
            for write in self.writes
            if (write.by, write.kind) == ("operator", "migrationtasks") and write.at <= self.job_active
        ]
        return told[-1] - told[0] if told else 0.0

    @property
    def overhead_seconds(self) -> float:
        """What Godwit adds to libvirt's own work."""
        return self.before_seconds + self.after_seconds

    @property
    def total_seconds(self) -> float:
        """From apply to `Succeeded`."""
        return self.succeeded - self.applied
