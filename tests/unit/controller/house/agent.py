"""An agent, wired as `godwit.agent.process` does it, over the fake API server and a fake libvirt."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from itertools import count
from pathlib import Path

from godwit.agent.act import Actor, Ports
from godwit.agent.facts import FactsReporter
from godwit.agent.heartbeat import Heart
from godwit.agent.observe import Observer
from godwit.agent.progress import ProgressFollower
from godwit.agent.tasks import LAST_BACKOFF_SECONDS, TaskReconciler
from godwit.api.constants import Resource
from godwit.api.parse import parse_hypervisor, parse_task
from godwit.cluster.ports import ClusterError
from godwit.domain.host import Hypervisor
from godwit.domain.task import Task
from godwit.hypervisor.ports import EventKind
from godwit.runtime.cache import Cache, Key
from godwit.runtime.loops import Loops
from godwit.runtime.settings import AgentSettings
from godwit.telemetry.metrics import AgentMetrics

from ....fakes.cluster import NAMESPACE, FakeCluster
from ....fakes.hypervisor import FakeLibvirt
from ..virtual_time import virtual_clock
from .process import Life, work
from .watch import Watch

_numbers = count(1)


def settings(node_name: str, address: str, network: IPv4Network | None = None) -> AgentSettings:
    return AgentSettings(
        namespace=NAMESPACE,
        version="test",
        metrics_host="127.0.0.1",
        metrics_port=1,
        log_level="INFO",
        node_name=node_name,
        node_address=IPv4Address(address),
        migration_network=network,
        image_directories=(),
        libvirt_uri="test:///default",
        mountinfo=Path("/nowhere"),
    )


class AgentProcess(Life):
    """All parts but the health server; each has an id that no other had."""

    def __init__(
        self,
        cluster: FakeCluster,
        libvirt: FakeLibvirt,
        told: AgentSettings,
        passed: Callable[[], None],
        watch_delay_seconds: float,
    ) -> None:
        clock, name = virtual_clock(), libvirt.name
        self.node_name, self.libvirt = name, libvirt
        self.metrics = metrics = AgentMetrics("test")
        self.tasks: Cache[Task] = Cache(parse_task, self._task_changed)
        self.hypervisors: Cache[Hypervisor] = Cache(parse_hypervisor, self._hypervisor_changed)
        watch = Watch(
            cluster,
            {Resource.TASK: self.tasks, Resource.HYPERVISOR: self.hypervisors},
            watch_delay_seconds,
        )
        super().__init__(watch, passed)
        ports = Ports(
            libvirt.guests, libvirt.power, libvirt.tuning, libvirt.removal, libvirt.jobs, libvirt.probes
        )
        self.reconciler = TaskReconciler(
            name,
            self.tasks,
            cluster.tasks,
            Observer(f"{name}-{next(_numbers)}", libvirt.guests, cluster.claims, cluster.tasks),
            Actor(ports, self._wake),
            self._forget,
            clock,
        )
        self.loops: Loops[Key] = Loops(
            self.watched(self.reconciler.reconcile),
            "tasks",
            (ClusterError,),
            observe=lambda result, seconds: metrics.reconciled("tasks", result, seconds),
            last_backoff_seconds=LAST_BACKOFF_SECONDS,
            monotonic=clock.monotonic,
        )
        self.facts = FactsReporter(told, libvirt.host, cluster.hypervisors, self._own_hypervisor)
        self.heart = Heart(cluster.heartbeats, name, clock)
        self.progress = ProgressFollower(self.reconciler, libvirt.jobs, metrics.progress, self._wake)

    def run(self) -> None:
        self.start(work(self.loops), self._hear(), self.progress.run(), self.facts.run(), self.heart.run())

    async def _hear(self) -> None:
        async for event in self.libvirt.host.events():
            if event.kind in (EventKind.CONNECTED, EventKind.DISCONNECTED):
                self.metrics.libvirt_connected(event.kind is EventKind.CONNECTED)
            self.facts.see(event, on_its_way=self.reconciler.moves(event.uuid))
            for name in self.reconciler.see(event):
                self._wake(name)

    def _wake(self, name: str) -> None:
        self.loops.wake(Key(NAMESPACE, name))

    def _task_changed(self, key: Key, task: Task | None) -> None:
        self.loops.wake(key)
        if task is not None and task.spec.peer.node_name == self.node_name:
            self._wake(task.spec.peer.task)

    def _hypervisor_changed(self, _: Key, __: Hypervisor | None) -> None:
        self.facts.see_hypervisor()

    def _own_hypervisor(self) -> Hypervisor | None:
        return self.hypervisors.get(Key("", self.node_name))

    def _forget(self, task: Task) -> None:
        ref = task.spec.migration_ref
        self.metrics.forget(ref.namespace, ref.name)
