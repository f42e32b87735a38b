"""The Kubernetes API in memory: every port of `godwit.cluster`, with versions, conflicts and lost answers.

What the schemas and the admission policy refuse is not refused here. Tests put objects in and look at them as
typed values; `on_change` is the watch.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from godwit.api.constants import Resource
from godwit.cluster.ports import Claim, ClusterError, Conflict, NotFound, Notice
from godwit.cluster.ports_inventory import Body, Node
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Migration, MigrationSpec, MigrationStatus
from godwit.domain.task import Task, TaskSpec, TaskStatus

from .bodies import hypervisor_body, migration_body, task_body
from .cluster_hosts import FakeHeartbeats, FakeHypervisors
from .server import OnChange, Server, stored

NAMESPACE = "godwit-system"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

K = TypeVar("K")
O = TypeVar("O", Migration, Task)  # noqa: E741 - an object


class FakeCluster:
    """Stands in for `godwit.cluster.adapter.Cluster`; the rest of its methods are the test's own hands."""

    def __init__(self) -> None:
        self.server = Server()
        self.migrations = FakeMigrations(self.server)
        self.tasks = FakeTasks(self.server)
        self.claims = FakeClaims(self.server)
        self.heartbeats = FakeHeartbeats(self.server)
        self.hypervisors = FakeHypervisors(self.server, self.heartbeats)
        self.notices = FakeNotices(self.server)
        self.inventory = FakeInventory(self)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to close."""

    def on_change(self, told: OnChange) -> None:
        """Call `told` after each change of a custom resource."""
        self.server.on_change.append(told)

    def fail_next_write(
        self, error: ClusterError, kind: str = "", done: bool = False, after: int = 0
    ) -> None:
        """See `Server.fail_next_write`: `done` is a write whose answer got lost."""
        self.server.fail_next_write(error, kind, done, after)


class FakeMigrations:
    """The port `Migrations`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.objects: dict[tuple[str, str], Migration] = {}

    def apply(
        self, name: str, spec: MigrationSpec, namespace: str = "default", created_at: datetime = BEGINNING
    ) -> Migration:
        """As `kubectl create` does it."""
        uid = f"migration-{self._server.version()}"
        new = Migration(namespace=namespace, name=name, uid=uid, created_at=created_at, spec=stored(spec))
        return self._put(new)

    def mark_deleted(self, namespace: str, name: str) -> None:
        """As `kubectl delete` does it: gone at once, or deleting for as long as the finalizer is there."""
        there = self.objects[namespace, name]
        if there.finalizer:
            self._put(msgspec.structs.replace(there, deleting=True))
        else:
            self._drop(there)

    def cancel(self, namespace: str, name: str) -> None:
        """As `kubectl patch` with `spec.cancel` does it."""
        there = self.objects[namespace, name]
        self._put(msgspec.structs.replace(there, spec=msgspec.structs.replace(there.spec, cancel=True)))
        self.edit(namespace, name)

    def edit(self, namespace: str, name: str) -> None:
        """As a change of its spec does it: the generation moves."""
        there = self.objects[namespace, name]
        self._put(msgspec.structs.replace(there, generation=there.generation + 1))

    def take_finalizer(self, namespace: str, name: str) -> None:
        """As somebody does it who wants the object gone, whatever that leaves behind."""
        there = msgspec.structs.replace(self.objects[namespace, name], finalizer=False)
        self._put(there)
        if there.deleting:
            self._drop(there)

    async def read(self, namespace: str, name: str) -> Migration | None:
        return await self._server.read(lambda: self.objects.get((namespace, name)))

    async def write_status(self, migration: Migration, status: MigrationStatus) -> Migration:
        def do() -> Migration:
            there = _same(self.objects, (migration.namespace, migration.name), migration)
            return self._put(msgspec.structs.replace(there, status=stored(status)))

        return await self._server.write(Resource.MIGRATION.kind, "patch", do)

    async def set_finalizer(self, migration: Migration, present: bool) -> Migration:
        if migration.finalizer is present:
            return migration

        def do() -> Migration:
            there = _same(self.objects, (migration.namespace, migration.name), migration)
            after = self._put(msgspec.structs.replace(there, finalizer=present))
            if after.deleting and not present:
                self._drop(after)
            return after

        return await self._server.write(Resource.MIGRATION.kind, "patch", do)

    def _put(self, migration: Migration) -> Migration:
        new = msgspec.structs.replace(migration, resource_version=self._server.version())
        self.objects[new.namespace, new.name] = new
        self._server.changed(Resource.MIGRATION, new.namespace, new.name)
        return new

    def _drop(self, migration: Migration) -> None:
        del self.objects[migration.namespace, migration.name]
        self._server.changed(Resource.MIGRATION, migration.namespace, migration.name)


class FakeTasks:
    """The port `Tasks`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.objects: dict[str, Task] = {}

    def put(self, task: Task) -> Task:
        """As the other process writes it; gives it with its new version."""
        uid = task.uid or f"task-{self._server.version()}"
        new = msgspec.structs.replace(
            task,
            uid=uid,
            resource_version=self._server.version(),
            spec=stored(task.spec),
            status=stored(task.status),
        )
        self.objects[new.name] = new
        self._server.changed(Resource.TASK, NAMESPACE, new.name)
        return new

    async def create(self, name: str, spec: TaskSpec) -> Task:
        def do() -> Task:
            if name in self.objects:
                raise Conflict(f"MigrationTask {name} exists")
            return self.put(Task(name=name, spec=spec))

        return await self._server.write(Resource.TASK.kind, "create", do)

    async def read(self, name: str) -> Task | None:
        return await self._server.read(lambda: self.objects.get(name))

    async def write_spec(self, task: Task, spec: TaskSpec) -> Task:
        return await self._patch(task, lambda there: msgspec.structs.replace(there, spec=spec))

    async def write_status(self, task: Task, status: TaskStatus) -> Task:
        return await self._patch(task, lambda there: msgspec.structs.replace(there, status=status))

    async def delete(self, task: Task) -> None:
        def do() -> None:
            if task.name not in self.objects:
                return
            _same(self.objects, task.name, task)
            del self.objects[task.name]
            self._server.changed(Resource.TASK, NAMESPACE, task.name)

        await self._server.write(Resource.TASK.kind, "delete", do)

    async def _patch(self, task: Task, change: Callable[[Task], Task]) -> Task:
        return await self._server.write(
            Resource.TASK.kind, "patch", lambda: self.put(change(_same(self.objects, task.name, task)))
        )


class FakeClaims:
    """The port `Claims`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.objects: dict[str, Claim] = {}

    def touch(self, vm_uuid: str) -> None:
        """As somebody else changes its Lease, without taking it."""
        version = self._server.version()
        self.objects[vm_uuid] = msgspec.structs.replace(self.objects[vm_uuid], resource_version=version)

    async def read(self, vm_uuid: str) -> Claim | None:
        return await self._server.read(lambda: self.objects.get(vm_uuid))

    async def all(self) -> tuple[Claim, ...]:
        return await self._server.read(lambda: tuple(self.objects.values()))

    async def take(self, claim: Claim) -> Claim:
        def do() -> Claim:
            new = msgspec.structs.replace(
                claim, uid=f"lease-{self._server.version()}", resource_version=self._server.version()
            )
            return self.objects.setdefault(claim.vm_uuid, new)

        return await self._server.write("Lease", "create", do)

    async def release(self, claim: Claim) -> None:
        if not claim.uid:
            raise ValueError("only a claim that was read or taken can be released: this one has no UID")

        def do() -> None:
            there = self.objects.get(claim.vm_uuid)
            if there is None or there.uid != claim.uid:
                return
            if there.resource_version != claim.resource_version:
                raise Conflict(f"Lease of {claim.vm_uuid} has changed")
            del self.objects[claim.vm_uuid]

        await self._server.write("Lease", "delete", do)


class FakeNotices:
    """The port `Notices`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.posted: list[Notice] = []

    async def post(self, notice: Notice) -> None:
        try:
            await self._server.write("Event", "create", lambda: self.posted.append(notice))
        except ClusterError:
            return


class FakeInventory:
    """The port `Inventory`; `known_nodes` and `node_selector` are the test's to set."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self.known_nodes: tuple[Node, ...] = ()
        self.node_selector: dict[str, str] | None = None

    async def list_all(self, resource: Resource) -> list[Body]:
        cluster = self._cluster
        bodies: dict[Resource, Callable[[], list[Body]]] = {
            Resource.MIGRATION: lambda: [
                migration_body(each) for each in cluster.migrations.objects.values()
            ],
            Resource.TASK: lambda: [task_body(NAMESPACE, each) for each in cluster.tasks.objects.values()],
            Resource.HYPERVISOR: lambda: [
                hypervisor_body(each) for each in cluster.hypervisors.objects.values()
            ],
        }
        return await cluster.server.read(bodies[resource])

    async def nodes(self) -> tuple[Node, ...]:
        return await self._cluster.server.read(lambda: self.known_nodes)

    async def agent_node_selector(self) -> dict[str, str] | None:
        return await self._cluster.server.read(lambda: self.node_selector)

    async def hypervisor(self, name: str) -> Hypervisor | None:
        return await self._cluster.server.read(lambda: self._cluster.hypervisors.objects.get(name))


def _same(objects: dict[K, O], key: K, seen: O) -> O:
    """The object, if it still is what the writer had seen."""
    if key not in objects:
        raise NotFound(f"{type(seen).__name__} {key}")
    there = objects[key]
    if there.resource_version != seen.resource_version or there.uid != seen.uid:
        raise Conflict(f"{type(seen).__name__} {key} has changed")
    return there
