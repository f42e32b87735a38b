"""The agent's process: what runs in it, and in which order it comes and goes.

Lost libvirt or API server end nothing here: each part tries again for ever. A killed agent leaves its
migrations running, since they are the two libvirtds'; the next one adopts them.
"""

import secrets
from collections.abc import Mapping

from godwit.agent.act import Actor, Ports
from godwit.agent.facts import FactsReporter
from godwit.agent.heartbeat import Heart
from godwit.agent.observe import Observer
from godwit.agent.progress import ProgressFollower
from godwit.agent.tasks import LAST_BACKOFF_SECONDS, TaskReconciler
from godwit.api.constants import GROUP, VERSION, Resource
from godwit.api.parse import parse_hypervisor, parse_task
from godwit.cluster.adapter import Cluster
from godwit.cluster.ports import ClusterError
from godwit.domain.host import Hypervisor
from godwit.domain.task import Task
from godwit.hypervisor.adapter import Libvirt
from godwit.hypervisor.ports import EventKind
from godwit.runtime.cache import Cache, Key
from godwit.runtime.health import HealthServer, dead_watch, stuck
from godwit.runtime.kind import Kind
from godwit.runtime.loops import Loops
from godwit.runtime.process import run_until_signal
from godwit.runtime.settings import AgentSettings
from godwit.runtime.watch import Watcher
from godwit.telemetry.logs import configure
from godwit.telemetry.metrics import AgentMetrics


async def main(environment: Mapping[str, str]) -> None:
    """Until SIGTERM; raises `SettingsError` at once when the environment is wrong."""
    settings = AgentSettings.parse(environment)
    configure(settings.log_level)
    agent = Agent(settings)
    await agent.run()


class Agent:
    """Everything of one host, wired."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._metrics = metrics = AgentMetrics(settings.version)
        self._cluster = cluster = Cluster(settings.namespace, "agent", settings.node_name, metrics.api_write)
        self._libvirt = libvirt = Libvirt(
            settings.libvirt_uri, mountinfo=settings.mountinfo, observe=metrics.libvirt_call
        )
        self._tasks: Cache[Task] = Cache(parse_task, self._task_changed)
        self._hypervisors: Cache[Hypervisor] = Cache(parse_hypervisor, self._hypervisor_changed)
        ports = Ports(
            libvirt.guests, libvirt.power, libvirt.tuning, libvirt.removal, libvirt.jobs, libvirt.probes
        )
        self._reconciler = TaskReconciler(
            settings.node_name,
            self._tasks,
            cluster.tasks,
            Observer(secrets.token_hex(4), libvirt.guests, cluster.claims, cluster.tasks),
            Actor(ports, self._wake),
            self._forget,
        )
        self._loops: Loops[Key] = Loops(
            self._reconciler.reconcile,
            "tasks",
            (ClusterError,),
            observe=lambda result, seconds: metrics.reconciled("tasks", result, seconds),
            last_backoff_seconds=LAST_BACKOFF_SECONDS,
        )
        self._facts = FactsReporter(settings, libvirt.host, cluster.hypervisors, self._own_hypervisor)
        self._heart = Heart(cluster.heartbeats, settings.node_name)
        self._progress = ProgressFollower(self._reconciler, libvirt.jobs, metrics.progress, self._wake)
        self._watcher = Watcher(
            {
                Kind(GROUP, VERSION, Resource.TASK.plural): self._tasks,
                Kind(
                    GROUP, VERSION, Resource.HYPERVISOR.plural, f"metadata.name={settings.node_name}"
                ): self._hypervisors,
            },
            settings.namespace,
        )

    async def run(self) -> None:
        """All parts, until a signal."""
        settings, libvirt = self._settings, self._libvirt
        await self._cluster.start()
        await libvirt.start()
        health = HealthServer(
            self._metrics.registry,
            healthz={
                "tasks": stuck("the tasks' loop", self._loops.busy_seconds),
                "watch": dead_watch(self._watcher.answered_seconds_ago, self._heart.beats),
            },
            readyz={"libvirt": self._libvirt_is_lost, "API server": self._watcher.trouble},
            host=settings.metrics_host,
            port=settings.metrics_port,
        )
        async with health:
            try:
                await run_until_signal(
                    {
                        "watch": self._watcher.run,
                        "tasks": self._loops.run,
                        "events": self._hear,
                        "progress": self._progress.run,
                        "facts": self._facts.run,
                        "heartbeat": self._heart.run,
                    }
                )
            finally:
                await libvirt.close()
                await self._cluster.close()

    async def _hear(self) -> None:
        """libvirt's events, to everybody whom they concern."""
        async for event in self._libvirt.host.events():
            if event.kind in (EventKind.CONNECTED, EventKind.DISCONNECTED):
                self._metrics.libvirt_connected(event.kind is EventKind.CONNECTED)
            self._facts.see(event, on_its_way=self._reconciler.moves(event.uuid))
            for name in self._reconciler.see(event):
                self._wake(name)

    def _wake(self, name: str) -> None:
        self._loops.wake(Key(self._settings.namespace, name))

    def _task_changed(self, key: Key, task: Task | None) -> None:
        """Ours wake themselves; the other host's may be what one of ours waits for."""
        self._loops.wake(key)
        if task is not None and task.spec.peer.node_name == self._settings.node_name:
            self._wake(task.spec.peer.task)

    def _hypervisor_changed(self, _: Key, __: Hypervisor | None) -> None:
        self._facts.see_hypervisor()

    def _own_hypervisor(self) -> Hypervisor | None:
        return self._hypervisors.get(Key("", self._settings.node_name))

    def _forget(self, task: Task) -> None:
        ref = task.spec.migration_ref
        self._metrics.forget(ref.namespace, ref.name)
        self._facts.hurry()

    def _libvirt_is_lost(self) -> str | None:
        return None if self._libvirt.connected else f"no connection to {self._settings.libvirt_uri}"
