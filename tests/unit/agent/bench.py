"""One agent's parts by hand: a pass at a time, over the fake API server and a fake libvirt."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from godwit.agent.act import Actor
from godwit.agent.images import Tell
from godwit.agent.observe import Observer
from godwit.agent.tasks import TaskReconciler
from godwit.api.parse import parse_task
from godwit.cluster.ports import Claim
from godwit.domain.image_journal import LeftBehind
from godwit.domain.plan import Plan, ResumeWhen, Switchover
from godwit.domain.task import Goal, MigrationRef, Peer, Role, Task, TaskSpec, TaskStatus, VMIdentity
from godwit.runtime.cache import Cache, Key

from ...fakes.cluster import NAMESPACE, FakeCluster
from ...fakes.contact import FakeContacts
from ...fakes.hypervisor import FakeDomain, FakeLibvirt, FakeNetwork
from ...fakes.qemu_certificate import FakeQEMUCertificates
from ...fakes.road import FakeRoads
from ..controller.house.house import UUID
from ..controller.virtual_time import virtual_clock

UID = "uid-of-the-migration"
PLAN = Plan(Switchover.FAST, "qemu+tls://host2/system", "tcp://host2", autostart=True, run_mark="theirs")
STRICT = replace(PLAN, switchover=Switchover.STRICT, resume_when=ResumeWhen("source", 1))


@dataclass
class Bench:
    """The agent of `node`; nobody else works here, and its watch sees only what `show` tells."""

    node: str = "host1"
    cluster: FakeCluster = field(default_factory=FakeCluster)
    network: FakeNetwork = field(default_factory=FakeNetwork)
    woken: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    told_left: list[LeftBehind] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hosts = {name: FakeLibvirt(self.network, name) for name in ("host1", "host2")}
        self.certificates = FakeQEMUCertificates(self.network, self.node, virtual_clock())
        self.roads = FakeRoads(self.network, self.node, virtual_clock())
        self.contacts = FakeContacts(self.network, self.node)
        self.cache: Cache[Task] = Cache(parse_task)
        self.reconciler = self.new_agent("first")
        self.claim(UID)

    @property
    def libvirt(self) -> FakeLibvirt:
        return self.hosts[self.node]

    def new_agent(self, agent_id: str, tell: Tell | None = None) -> TaskReconciler:
        """A process that has just started."""
        libvirt, cluster = self.libvirt, self.cluster
        self.reconciler = TaskReconciler(
            self.node,
            self.cache,
            cluster.tasks,
            Observer(agent_id, libvirt.guests, libvirt.images, cluster.claims, cluster.tasks),
            Actor(
                libvirt,
                self.certificates,
                self.roads,
                self.contacts,
                self.woken.append,
                self.cache.values,
                tell or self.tell,
            ),
            lambda task: self.forgotten.append(task.name),
            virtual_clock(),
        )
        return self.reconciler

    async def tell(self, left: tuple[LeftBehind, ...]) -> None:
        """Into the Hypervisor's status."""
        self.told_left.extend(left)

    def claim(self, migration_uid: str, uuid: str = UUID) -> None:
        self.cluster.claims.objects[uuid] = Claim(uuid, migration_uid, "default/move", "lease", "1")

    def guest(self, host: str = "host1") -> FakeDomain:
        return self.hosts[host].add(FakeDomain("vm1", UUID, autostart=True))

    def put(
        self,
        name: str,
        goal: Goal,
        status: TaskStatus | None = None,
        *,
        plan: Plan | None = None,
        role: Role = Role.SOURCE,
        uid: str = UID,
        images: tuple[str, ...] = (),
        uuid: str = UUID,
    ) -> Task:
        """A task of this node, and the watch has seen it."""
        spec = TaskSpec(
            node_name=self.node,
            role=role,
            attempt=1,
            migration_ref=MigrationRef("default", "move", uid),
            vm=VMIdentity("vm1", uuid),
            peer=Peer("host2", "source"),
            goal=goal,
            images=images,
            plan=plan,
        )
        return self.show(self.cluster.tasks.put(Task(name, spec, status=status or TaskStatus())))

    def move(self, name: str, goal: Goal, plan: Plan | None = None) -> Task:
        """As the operator does it."""
        there = self.cluster.tasks.objects[name]
        spec = replace(there.spec, goal=goal, plan=there.spec.plan or plan)
        return self.show(self.cluster.tasks.put(replace(there, spec=spec)))

    def show(self, task: Task) -> Task:
        """The watch sees it."""
        self.cache.learn(Key(NAMESPACE, task.name), int(task.resource_version), task)
        return task

    async def look(self, name: str = "t") -> float | None:
        """One pass."""
        return await self.reconciler.reconcile(Key(NAMESPACE, name))

    def status(self, name: str = "t") -> TaskStatus:
        return self.cluster.tasks.objects[name].status

    async def prepared(self) -> None:
        """The guest's task, as far as the start."""
        self.guest()
        self.put("t", Goal.INSPECTED)
        await self.look()
        self.move("t", Goal.PREPARED, PLAN)
        await self.look()
        assert self.status().reached is Goal.PREPARED
        self.libvirt.acts.clear()
