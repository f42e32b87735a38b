"""All that decides and acts in an agent, wired to whatever API server and libvirt it is given.

Whoever runs it brings the watch, which fills the two caches, and runs `jobs`.
"""

from collections.abc import Awaitable, Callable, Mapping

from godwit.agent.act import Actor
from godwit.agent.calls import Calls
from godwit.agent.contact import Contacts
from godwit.agent.facts import FactsReporter
from godwit.agent.heartbeat import Heart
from godwit.agent.leftovers import Leftovers
from godwit.agent.observe import Observer
from godwit.agent.progress import ProgressFollower
from godwit.agent.qemu_certificate import QEMUCertificates
from godwit.agent.road import Roads
from godwit.agent.tasks import LAST_BACKOFF_SECONDS, TaskReconciler
from godwit.api.parse import parse_hypervisor, parse_task
from godwit.cluster.all_ports import ClusterPorts
from godwit.cluster.ports import ClusterError
from godwit.domain.host import Hypervisor
from godwit.domain.task import Task
from godwit.hypervisor.all_ports import LibvirtPorts
from godwit.hypervisor.ports import EventKind
from godwit.runtime.cache import Cache, Key
from godwit.runtime.clock import SYSTEM, Clock
from godwit.runtime.loops import Loops, Reconcile, as_it_is
from godwit.runtime.settings import AgentSettings
from godwit.telemetry.metrics import AgentMetrics


class Parts:
    """Of one host. `agent_id` is one that no other process had; `passes` as for the operator."""

    def __init__(
        self,
        api: ClusterPorts,
        libvirt: LibvirtPorts,
        certificates: QEMUCertificates,
        roads: Roads,
        contacts: Contacts,
        settings: AgentSettings,
        agent_id: str,
        metrics: AgentMetrics,
        clock: Clock = SYSTEM,
        passes: Callable[[Reconcile[Key]], Reconcile[Key]] = as_it_is,
    ) -> None:
        self._settings = settings
        self._libvirt = libvirt
        self._metrics = metrics
        self.tasks: Cache[Task] = Cache(parse_task, self._task_changed)
        self.hypervisors: Cache[Hypervisor] = Cache(parse_hypervisor, self._hypervisor_changed)
        leftovers = Leftovers(settings.node_name, libvirt.images, self.tasks.values)
        self._facts = FactsReporter(settings, libvirt.host, leftovers, api.hypervisors, self._own_hypervisor)
        self._reconciler = TaskReconciler(
            settings.node_name,
            self.tasks,
            api.tasks,
            Observer(agent_id, libvirt.guests, libvirt.images, api.claims, api.tasks),
            Actor(libvirt, certificates, roads, contacts, self._wake, self.tasks.values, self._facts.tell),
            self._forget,
            clock,
        )
        self.loops: Loops[Key] = Loops(
            passes(self._reconciler.reconcile),
            "tasks",
            (ClusterError,),
            observe=lambda result, seconds: metrics.reconciled("tasks", result, seconds),
            last_backoff_seconds=LAST_BACKOFF_SECONDS,
            monotonic=clock.monotonic,
        )
        self._calls = Calls(settings.node_name, self.tasks, contacts)
        self.heart = Heart(api.heartbeats, settings.node_name, clock)
        self._progress = ProgressFollower(
            self._reconciler, libvirt.jobs, libvirt.mirrors, metrics.progress, self._wake
        )

    @property
    def jobs(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What runs until the process ends, by name."""
        return {
            "tasks": self.loops.run,
            "events": self._hear,
            "links": self._hear_of_links,
            "calls": self._calls.run,
            "progress": self._progress.run,
            "facts": self._facts.run,
            "heartbeat": self.heart.run,
        }

    async def _hear(self) -> None:
        """libvirt's events, to everybody whom they concern."""
        async for event in self._libvirt.host.events():
            if event.kind in (EventKind.CONNECTED, EventKind.DISCONNECTED):
                self._metrics.libvirt_connected(event.kind is EventKind.CONNECTED)
            self._facts.see(event, on_its_way=self._reconciler.moves(event.uuid))
            for name in self._reconciler.see(event):
                self._wake(name)

    async def _hear_of_links(self) -> None:
        """What is no event of libvirt's: a bridge that goes down, say."""
        async for _ in self._libvirt.host.link_news():
            self._facts.hurry()

    def _wake(self, name: str) -> None:
        self.loops.wake(Key(self._settings.namespace, name))

    def _task_changed(self, key: Key, task: Task | None) -> None:
        """Ours wake themselves; the other host's may be what one of ours waits for."""
        self.loops.wake(key)
        self._calls.see(key, task)
        if task is not None and task.spec.peer.node_name == self._settings.node_name:
            self._wake(task.spec.peer.task)

    def _hypervisor_changed(self, _: Key, __: Hypervisor | None) -> None:
        self._facts.see_hypervisor()

    def _own_hypervisor(self) -> Hypervisor | None:
        return self.hypervisors.get(Key("", self._settings.node_name))

    def _forget(self, task: Task) -> None:
        ref = task.spec.migration_ref
        self._metrics.forget(ref.namespace, ref.name)
        self._facts.hurry()
