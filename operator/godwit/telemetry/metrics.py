"""What the operator counts about migrations as a whole, and an agent about each while it runs.

No figure is in both, so nothing is counted twice. An agent shows the series of a migration from its first
statistics until it is forgotten; restarted, it shows them again as soon as it has adopted the job.
"""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from godwit.domain.guest import JobStats
from godwit.domain.image import Mirror
from godwit.domain.migration import FINAL_PHASES, Outcome, Phase
from godwit.domain.reasons import Reason
from godwit.telemetry.common import CALL_BUCKETS_SECONDS, ProcessMetrics

PHASE_BUCKETS_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
DURATION_BUCKETS_SECONDS = (
    1.0,
    2.5,
    5.0,
    10.0,
    20.0,
    40.0,
    80.0,
    160.0,
    320.0,
    640.0,
    1800.0,
    3600.0,
    10800.0,
)
DOWNTIME_BUCKETS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)

_ON_THE_WAY = frozenset(
    {
        Reason.PENDING,
        Reason.QUEUED,
        Reason.VALIDATING,
        Reason.PREPARING,
        Reason.COPYING,
        Reason.MIGRATING,
        Reason.SWITCHING_OVER,
        Reason.FINALIZING,
        Reason.ROLLING_BACK,
    }
)
"""Reasons that no migration ends with."""


def known_endings() -> list[tuple[Outcome, Reason]]:
    """Every pair that a migration can end with, so that each series is there before the first one does."""
    good = (Reason.SUCCEEDED, Reason.VALID, Reason.VALID_WITH_WARNINGS)
    others = [reason for reason in Reason if reason not in _ON_THE_WAY | {*good, Reason.CANCELLED}]
    return [
        *((Outcome.SUCCEEDED, reason) for reason in good),
        (Outcome.CANCELLED, Reason.CANCELLED),
        *((Outcome.FAILED, reason) for reason in others),
    ]


class OperatorMetrics(ProcessMetrics):
    """The operator's registry."""

    def __init__(self, version: str) -> None:
        super().__init__("operator", version)
        self._migrations = Gauge(
            "vmmigration_migrations", "VMMigrations that exist, by phase.", ("phase",), registry=self.registry
        )
        self._finished = Counter(
            "vmmigration_finished_total",
            "Migrations that ended, by result and reason.",
            ("result", "reason"),
            registry=self.registry,
        )
        self._phases = Histogram(
            "vmmigration_phase_duration_seconds",
            "How long migrations stayed in each phase.",
            ("phase",),
            buckets=PHASE_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._durations = Histogram(
            "vmmigration_duration_seconds",
            "From a VMMigration's creation to its end, by result.",
            ("result",),
            buckets=DURATION_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._downtimes = Histogram(
            "vmmigration_downtime_seconds",
            "How long guests stood still at the switchover, as libvirt says.",
            buckets=DOWNTIME_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._bytes = Counter(
            "vmmigration_transferred_bytes_total",
            "Memory and disks that migrations sent to their destinations.",
            registry=self.registry,
        )
        self._show_known_series()

    def count_phases(self, counts: Mapping[Phase, int]) -> None:
        """How many migrations there are in each phase now; phases that are not named have none."""
        for phase in Phase:
            self._migrations.labels(phase).set(counts.get(phase, 0))

    def phase_ended(self, phase: Phase, seconds: float) -> None:
        """A migration has left that phase."""
        self._phases.labels(phase).observe(seconds)

    def finished(
        self,
        outcome: Outcome,
        reason: Reason,
        duration_seconds: float | None,
        downtime_seconds: float | None,
        bytes_: int,
    ) -> None:
        """A migration has ended; a duration is None when nobody knows it, or it is that of no migration."""
        self._finished.labels(outcome, reason).inc()
        if duration_seconds is not None:
            self._durations.labels(outcome).observe(duration_seconds)
        self._bytes.inc(bytes_)
        if downtime_seconds is not None:
            self._downtimes.observe(downtime_seconds)

    def _show_known_series(self) -> None:
        self.count_phases({})
        for outcome, reason in known_endings():
            self._finished.labels(outcome, reason)
        for outcome in Outcome:
            self._durations.labels(outcome)
        for phase in Phase:
            if phase not in FINAL_PHASES:
                self._phases.labels(phase)


class AgentMetrics(ProcessMetrics):
    """An agent's registry."""

    def __init__(self, version: str) -> None:
        super().__init__("agent", version)
        self._libvirt_calls = Histogram(
            "vmmigration_libvirt_call_duration_seconds",
            "Calls of libvirt, by call and outcome.",
            ("call", "outcome"),
            buckets=CALL_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._libvirt_connected = Gauge(
            "vmmigration_libvirt_connected",
            "1 while the agent is connected to its host's libvirt.",
            registry=self.registry,
        )
        self._per_migration: list[Gauge] = []
        self._per_disk: list[Gauge] = []
        self._progress = self._gauge(
            "progress_ratio", "Share of the data that need not be sent any more, 0 to 1."
        )
        self._total = self._gauge("data_bytes", "Data that the migration has to send, as known now.")
        self._processed = self._gauge("data_processed_bytes", "Data that has been sent.")
        self._remaining = self._gauge("data_remaining_bytes", "Data that has yet to be sent.")
        self._memory = self._gauge("memory_bytes", "Memory that the migration has to send, as known now.")
        self._memory_remaining = self._gauge("memory_remaining_bytes", "Memory that has yet to be sent.")
        self._disk = self._gauge("disk_bytes", "What has to be copied of a disk, as known now.", "disk")
        self._disk_copied = self._gauge("disk_copied_bytes", "What has been copied of a disk.", "disk")
        self._disks: dict[tuple[str, str], set[str]] = {}
        self._rate = self._gauge("transfer_rate_bytes_per_second", "How fast data is sent.")
        self._dirty_rate = self._gauge(
            "dirty_rate_bytes_per_second", "How fast the guest changes its memory."
        )
        self._iteration = self._gauge("memory_iteration", "Which pass over the guest's memory this is.")
        self._throttle = self._gauge("throttle_ratio", "Share of its CPU time that is taken from the guest.")
        self._downtime = self._gauge(
            "expected_downtime_seconds", "How long the guest would stand still if it were switched over now."
        )

    def libvirt_call(self, call: str, outcome: str, seconds: float) -> None:
        """A call of libvirt has returned, or its deadline has passed."""
        self._libvirt_calls.labels(call, outcome).observe(seconds)

    def libvirt_connected(self, connected: bool) -> None:
        """The connection to libvirt is there, or gone."""
        self._libvirt_connected.set(connected)

    def progress(self, namespace: str, name: str, stats: JobStats, mirrors: tuple[Mirror, ...] = ()) -> None:
        """The newest statistics of that VMMigration's job, and of the disks that it copies."""
        total, remaining = stats.data_total_bytes, stats.data_remaining_bytes
        self._progress.labels(namespace, name).set(max(0.0, 1 - remaining / total) if total else 0)
        self._total.labels(namespace, name).set(total)
        self._processed.labels(namespace, name).set(stats.data_processed_bytes)
        self._remaining.labels(namespace, name).set(stats.data_remaining_bytes)
        self._memory.labels(namespace, name).set(stats.memory_total_bytes)
        self._memory_remaining.labels(namespace, name).set(stats.memory_remaining_bytes)
        for mirror in mirrors:
            if mirror.total_bytes is None:
                continue
            self._disks.setdefault((namespace, name), set()).add(mirror.target)
            self._disk.labels(namespace, name, mirror.target).set(mirror.total_bytes)
            self._disk_copied.labels(namespace, name, mirror.target).set(mirror.copied_bytes)
        self._rate.labels(namespace, name).set(stats.rate_bytes_per_second)
        self._dirty_rate.labels(namespace, name).set(stats.dirty_rate_bytes_per_second)
        self._iteration.labels(namespace, name).set(stats.iteration)
        self._throttle.labels(namespace, name).set(stats.throttle_percent / 100)
        if stats.downtime_milliseconds is not None:
            self._downtime.labels(namespace, name).set(stats.downtime_milliseconds / 1000)

    def forget(self, namespace: str, name: str) -> None:
        """That migration has ended here; nothing when it was not known."""
        for gauge in self._per_migration:
            gauge.remove(namespace, name)
        for disk in self._disks.pop((namespace, name), ()):
            for gauge in self._per_disk:
                gauge.remove(namespace, name, disk)

    def _gauge(self, name: str, description: str, *more: str) -> Gauge:
        labels = ("namespace", "name", *more)
        gauge = Gauge(f"vmmigration_{name}", description, labels, registry=self.registry)
        (self._per_disk if more else self._per_migration).append(gauge)
        return gauge
