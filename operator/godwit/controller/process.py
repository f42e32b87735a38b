"""The operator's process: what runs in it, and in which order it comes and goes.

It keeps nothing of its own: killed anywhere, the next one reads where every migration stands. Two at once
do no harm, since every write is fenced; they only take turns in failing.
"""

from collections.abc import Mapping

from godwit.api.constants import GROUP, VERSION, Resource
from godwit.cluster.adapter import Cluster
from godwit.controller.parts import Parts
from godwit.runtime.health import HealthServer, dead_watch, stuck
from godwit.runtime.kind import Kind
from godwit.runtime.process import run_until_signal
from godwit.runtime.settings import OperatorSettings
from godwit.runtime.watch import Watcher
from godwit.telemetry.logs import configure
from godwit.telemetry.metrics import OperatorMetrics


async def main(environment: Mapping[str, str]) -> None:
    """Until SIGTERM; raises `SettingsError` at once when the environment is wrong."""
    settings = OperatorSettings.parse(environment)
    configure(settings.log_level)
    await run(settings)


async def run(settings: OperatorSettings) -> None:
    """All parts, until a signal."""
    metrics = OperatorMetrics(settings.version)
    cluster = Cluster(settings.namespace, "operator", "godwit-operator", metrics.api_write)
    parts = Parts(cluster, settings.namespace, settings.version, metrics)
    watcher = Watcher(
        {
            Kind(GROUP, VERSION, Resource.MIGRATION.plural): parts.migrations,
            Kind(GROUP, VERSION, Resource.TASK.plural): parts.tasks,
            Kind(GROUP, VERSION, Resource.HYPERVISOR.plural): parts.hypervisors,
            Kind("", "v1", "nodes"): parts.nodes,
        }
    )
    health = HealthServer(
        metrics.registry,
        healthz={
            "migrations": stuck("the migrations' loop", parts.loops.busy_seconds),
            "watch": dead_watch(watcher.answered_seconds_ago, parts.fleet.api_answers),
        },
        readyz={"API server": watcher.trouble},
        host=settings.metrics_host,
        port=settings.metrics_port,
    )
    await cluster.start()
    async with health:
        try:
            await run_until_signal({"watch": watcher.run, **parts.jobs})
        finally:
            await cluster.close()
