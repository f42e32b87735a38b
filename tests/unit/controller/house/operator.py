"""The operator, wired as `godwit.controller.process` does it, over the fake API server."""

from collections.abc import Callable

from godwit.api.constants import Resource
from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.cluster.inventory import parse_node
from godwit.cluster.ports import ClusterError
from godwit.cluster.ports_inventory import Node
from godwit.controller.act import Actor
from godwit.controller.figures import Figures
from godwit.controller.fleet import Fleet
from godwit.controller.migrations import MigrationReconciler
from godwit.controller.observe import Observer
from godwit.controller.orphans import Orphans
from godwit.controller.skew import SkewMeter
from godwit.domain.host import Hypervisor
from godwit.domain.migration import FINAL_PHASES, Migration
from godwit.domain.task import Task
from godwit.runtime.cache import Cache, Key
from godwit.runtime.loops import Loops
from godwit.telemetry.metrics import OperatorMetrics

from ....fakes.cluster import NAMESPACE, FakeCluster
from ..virtual_time import virtual_clock
from .process import Life, work
from .watch import NODES, Watch


class OperatorProcess(Life):
    """All parts but the health server."""

    def __init__(self, cluster: FakeCluster, passed: Callable[[], None], watch_delay_seconds: float) -> None:
        clock = virtual_clock()
        self.metrics = metrics = OperatorMetrics("test")
        self.migrations: Cache[Migration] = Cache(parse_migration, self._migration_changed)
        self.tasks: Cache[Task] = Cache(parse_task, self._task_changed)
        self.hypervisors: Cache[Hypervisor] = Cache(parse_hypervisor, self._hypervisor_changed)
        self.nodes: Cache[Node] = Cache(parse_node, self._node_changed)
        self.watch = Watch(
            cluster,
            {
                Resource.MIGRATION: self.migrations,
                Resource.TASK: self.tasks,
                Resource.HYPERVISOR: self.hypervisors,
                NODES: self.nodes,
            },
            watch_delay_seconds,
        )
        super().__init__(self.watch, passed)
        self.fleet = Fleet(
            cluster.inventory,
            cluster.hypervisors,
            cluster.heartbeats,
            self.hypervisors,
            self.nodes,
            self._wake_active,
            clock,
        )
        self._skew = skew = SkewMeter(clock)
        self.figures = Figures(metrics, self.migrations)
        self.reconciler = MigrationReconciler(
            self.migrations,
            cluster.migrations,
            Observer(NAMESPACE, self.fleet, self.tasks, cluster.claims, skew),
            Actor(NAMESPACE, cluster.migrations, cluster.tasks, cluster.claims, self.tasks, skew),
            cluster.notices,
            self.figures.told,
            clock,
        )
        self.loops: Loops[Key] = Loops(
            self.watched(self.reconciler.reconcile),
            "migrations",
            (ClusterError,),
            observe=lambda result, seconds: metrics.reconciled("migrations", result, seconds),
            monotonic=clock.monotonic,
        )

        self.orphans = Orphans(
            self.migrations, self.tasks, cluster.migrations, cluster.tasks, cluster.claims, clock
        )

    def run(self) -> None:
        self.start(self.fleet.run(), self._work(), self._sweep())

    async def _sweep(self) -> None:
        await self.migrations.wait_synced()
        await self.tasks.wait_synced()
        await self.orphans.run()

    async def _work(self) -> None:
        synced = (each.wait_synced for each in (self.migrations, self.tasks, self.hypervisors, self.nodes))
        await work(self.loops, *synced, self.fleet.wait_known, self._count)

    async def _count(self) -> None:
        self.figures.count()

    def _migration_changed(self, key: Key, migration: Migration | None) -> None:
        self.loops.wake(key)
        if migration is None:
            self.figures.gone()
            self._wake_active()

    def _task_changed(self, _: Key, task: Task | None) -> None:
        if task is None:
            self._wake_active()
            return
        self._skew.answered(task)
        ref = task.spec.migration_ref
        self.loops.wake(Key(ref.namespace, ref.name))

    def _hypervisor_changed(self, _: Key, __: Hypervisor | None) -> None:
        self._wake_active()

    def _node_changed(self, _: Key, __: Node | None) -> None:
        self.fleet.see_node()
        self._wake_active()

    def _wake_active(self) -> None:
        for key, migration in self.migrations.items():
            if migration.status.phase not in FINAL_PHASES or migration.finalizer:
                self.loops.wake(key)
