"""All that decides and acts in the operator, wired to whatever API server it is given.

Whoever runs it brings the watch, which fills the four caches, and runs `jobs`.
"""

from collections.abc import Awaitable, Callable, Mapping

from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.cluster.all_ports import ClusterPorts
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
from godwit.runtime.clock import SYSTEM, Clock
from godwit.runtime.loops import Loops, Reconcile, as_it_is
from godwit.telemetry.metrics import OperatorMetrics


class Parts:
    """`passes` may wrap what a pass does: a test counts them, and kills after one."""

    def __init__(
        self,
        api: ClusterPorts,
        namespace: str,
        version: str,
        metrics: OperatorMetrics,
        clock: Clock = SYSTEM,
        passes: Callable[[Reconcile[Key]], Reconcile[Key]] = as_it_is,
    ) -> None:
        self.migrations: Cache[Migration] = Cache(parse_migration, self._migration_changed)
        self.tasks: Cache[Task] = Cache(parse_task, self._task_changed)
        self.hypervisors: Cache[Hypervisor] = Cache(parse_hypervisor, self._hypervisor_changed)
        self.nodes: Cache[Node] = Cache(parse_node, self._node_changed)
        self.fleet = Fleet(
            api.inventory,
            api.hypervisors,
            api.heartbeats,
            self.hypervisors,
            self.nodes,
            self._wake_active,
            clock,
        )
        self._skew = SkewMeter(clock)
        self._figures = Figures(metrics, self.migrations)
        reconciler = MigrationReconciler(
            self.migrations,
            api.migrations,
            Observer(namespace, self.fleet, self.tasks, api.tasks, api.claims, self._skew, version),
            Actor(namespace, api.migrations, api.tasks, api.claims, self.tasks, self._skew),
            api.notices,
            self._figures.told,
            clock,
        )
        self.loops: Loops[Key] = Loops(
            passes(reconciler.reconcile),
            "migrations",
            (ClusterError,),
            observe=lambda result, seconds: metrics.reconciled("migrations", result, seconds),
            monotonic=clock.monotonic,
        )
        self._orphans = Orphans(self.migrations, self.tasks, api.migrations, api.tasks, api.claims, clock)

    @property
    def jobs(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What runs until the process ends, by name."""
        return {"fleet": self.fleet.run, "migrations": self._work, "orphans": self._sweep}

    async def _work(self) -> None:
        """Nothing is decided before everything that there is was seen: an unseen task looks like none."""
        for cache in (self.migrations, self.tasks, self.hypervisors, self.nodes):
            await cache.wait_synced()
        await self.fleet.wait_known()
        self._figures.count()
        await self.loops.run()

    async def _sweep(self) -> None:
        await self.migrations.wait_synced()
        await self.tasks.wait_synced()
        await self._orphans.run()

    def _migration_changed(self, key: Key, migration: Migration | None) -> None:
        self.loops.wake(key)
        if migration is None:
            self._figures.gone()
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
        """Migrations that are not over may wait for just this."""
        for key, migration in self.migrations.items():
            if migration.status.phase not in FINAL_PHASES or migration.finalizer:
                self.loops.wake(key)
