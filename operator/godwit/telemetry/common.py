"""What both processes count: how they are built, what they write to the API server, how their loops fare.

A counter starts at 0 with the process, as Prometheus expects. Label values are few: phases, reasons, kinds.
"""

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

CALL_BUCKETS_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class ProcessMetrics:
    """Its `registry` is what `/metrics` shows."""

    def __init__(self, component: str, version: str) -> None:
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
        self.registry = CollectorRegistry()
        prometheus_client.ProcessCollector(registry=self.registry)
        prometheus_client.PlatformCollector(registry=self.registry)
        Gauge(
            "vmmigration_build_info",
            "Always 1; its labels say what runs.",
            ("component", "version"),
            registry=self.registry,
        ).labels(component, version).set(1)
        self._api_writes = Counter(
            "vmmigration_api_writes_total",
            "Writes to the API server, by kind of object, verb and HTTP status (0: no answer).",
            ("kind", "verb", "code"),
            registry=self.registry,
        )
        self._passes = Histogram(
            "vmmigration_reconcile_duration_seconds",
            "Passes of the reconcile loops, by result: success, expected (comes again) or error.",
            ("loop", "result"),
            buckets=CALL_BUCKETS_SECONDS,
            registry=self.registry,
        )

    def api_write(self, kind: str, verb: str, code: int) -> None:
        """A write was answered with that HTTP status; 0 when it was not answered."""
        self._api_writes.labels(kind, verb, code).inc()

    def reconciled(self, loop: str, result: str, seconds: float) -> None:
        """A pass of that loop has ended, as `Loops` observes it."""
        self._passes.labels(loop, result).observe(seconds)
