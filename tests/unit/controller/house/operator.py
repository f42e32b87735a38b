"""The operator's parts, over the fake API server."""

from collections.abc import Callable

from godwit.api.constants import Resource
from godwit.controller.parts import Parts
from godwit.domain.migration import Migration
from godwit.runtime.cache import Cache
from godwit.telemetry.metrics import OperatorMetrics

from ....fakes.cluster import NAMESPACE, FakeCluster
from ..virtual_time import virtual_clock
from .process import Life
from .watch import NODES, Watch


class OperatorProcess(Life):
    """All but the health server."""

    def __init__(self, cluster: FakeCluster, passed: Callable[[], None], watch_delay_seconds: float) -> None:
        self.metrics = OperatorMetrics("test")
        super().__init__(passed)
        self._parts = parts = Parts(cluster, NAMESPACE, "test", self.metrics, virtual_clock(), self.watched)
        self.fleet = parts.fleet
        self.watch = Watch(
            cluster,
            {
                Resource.MIGRATION: parts.migrations,
                Resource.TASK: parts.tasks,
                Resource.HYPERVISOR: parts.hypervisors,
                NODES: parts.nodes,
            },
            watch_delay_seconds,
        )

    @property
    def migrations(self) -> Cache[Migration]:
        return self._parts.migrations

    def run(self) -> None:
        self.start(self.watch, self._parts.jobs.values())
