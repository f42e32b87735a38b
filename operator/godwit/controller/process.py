"""The operator's process: what runs in it, and in which order it comes and goes.

It keeps nothing of its own: killed anywhere, the next one reads where every migration stands. Two at once
do no harm, since every write is fenced; they only take turns in failing.
"""

from collections.abc import Mapping

from godwit.api.constants import GROUP, VERSION, Resource
from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.cluster.adapter import Cluster
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
from godwit.runtime.health import HealthServer, dead_watch, stuck
from godwit.runtime.kind import Kind
from godwit.runtime.loops import Loops
from godwit.runtime.process import run_until_signal
from godwit.runtime.settings import OperatorSettings
from godwit.runtime.watch import Watcher
from godwit.telemetry.logs import configure
from godwit.telemetry.metrics import OperatorMetrics


async def main(environment: Mapping[str, str]) -> None:
    """Until SIGTERM; raises `SettingsError` at once when the environment is wrong."""
    settings = OperatorSettings.parse(environment)
    configure(settings.log_level)
    await Operator(settings).run()


class Operator:
    """Everything of the operator, wired."""

    def __init__(self, settings: OperatorSettings) -> None:
        self._settings = settings
        self._metrics = metrics = OperatorMetrics(settings.version)
        self._cluster = cluster = Cluster(
            settings.namespace, "operator", "godwit-operator", metrics.api_write
        )
        self._migrations: Cache[Migration] = Cache(parse_migration, self._migration_changed)
        self._tasks: Cache[Task] = Cache(parse_task, self._task_changed)
        self._hypervisors: Cache[Hypervisor] = Cache(parse_hypervisor, self._hypervisor_changed)
        self._nodes: Cache[Node] = Cache(parse_node, self._node_changed)
        self._fleet = fleet = Fleet(
            cluster.inventory,
            cluster.hypervisors,
            cluster.heartbeats,
            self._hypervisors,
            self._nodes,
            self._wake_active,
        )
        self._skew = skew = SkewMeter()
        self._figures = Figures(metrics, self._migrations)
        self._reconciler = MigrationReconciler(
            self._migrations,
            cluster.migrations,
            Observer(settings.namespace, fleet, self._tasks, cluster.claims, skew),
            Actor(settings.namespace, cluster.migrations, cluster.tasks, cluster.claims, self._tasks, skew),
            cluster.notices,
            self._figures.told,
        )
        self._loops: Loops[Key] = Loops(
            self._reconciler.reconcile,
            "migrations",
            (ClusterError,),
            observe=lambda result, seconds: metrics.reconciled("migrations", result, seconds),
        )
        self._orphans = Orphans(
            self._migrations, self._tasks, cluster.migrations, cluster.tasks, cluster.claims
        )
        self._watcher = Watcher(
            {
                Kind(GROUP, VERSION, Resource.MIGRATION.plural): self._migrations,
                Kind(GROUP, VERSION, Resource.TASK.plural): self._tasks,
                Kind(GROUP, VERSION, Resource.HYPERVISOR.plural): self._hypervisors,
                Kind("", "v1", "nodes"): self._nodes,
            }
        )

    async def run(self) -> None:
        """All parts, until a signal."""
        settings = self._settings
        await self._cluster.start()
        health = HealthServer(
            self._metrics.registry,
            healthz={
                "migrations": stuck("the migrations' loop", self._loops.busy_seconds),
                "watch": dead_watch(self._watcher.answered_seconds_ago, self._fleet.api_answers),
            },
            readyz={"API server": self._watcher.trouble},
            host=settings.metrics_host,
            port=settings.metrics_port,
        )
        async with health:
            try:
                await run_until_signal(
                    {
                        "watch": self._watcher.run,
                        "fleet": self._fleet.run,
                        "migrations": self._work,
                        "orphans": self._sweep,
                    }
                )
            finally:
                await self._cluster.close()

    async def _work(self) -> None:
        """Nothing is decided before everything that there is was seen: an unseen task looks like none."""
        for cache in (self._migrations, self._tasks, self._hypervisors, self._nodes):
            await cache.wait_synced()
        await self._fleet.wait_known()
        self._figures.count()
        await self._loops.run()

    async def _sweep(self) -> None:
        await self._migrations.wait_synced()
        await self._tasks.wait_synced()
        await self._orphans.run()

    def _migration_changed(self, key: Key, migration: Migration | None) -> None:
        self._loops.wake(key)
        if migration is None:
            self._figures.gone()
            self._wake_active()

    def _task_changed(self, _: Key, task: Task | None) -> None:
        if task is None:
            self._wake_active()
            return
        self._skew.answered(task)
        ref = task.spec.migration_ref
        self._loops.wake(Key(ref.namespace, ref.name))

    def _hypervisor_changed(self, _: Key, __: Hypervisor | None) -> None:
        self._wake_active()

    def _node_changed(self, _: Key, __: Node | None) -> None:
        self._fleet.see_node()
        self._wake_active()

    def _wake_active(self) -> None:
        """Migrations that are not over may wait for just this."""
        for key, migration in self._migrations.items():
            if migration.status.phase not in FINAL_PHASES or migration.finalizer:
                self._loops.wake(key)
