"""The watch of one process over the fake API server: a list first, then every change, a moment later."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from godwit.api.constants import Resource
from godwit.cluster.ports_inventory import Body, Node
from godwit.domain.value import to_wire
from godwit.runtime.cache import Feed, Key

from ....fakes.bodies import CREATED, hypervisor_body, migration_body, task_body
from ....fakes.cluster import NAMESPACE, FakeCluster

NODES = "nodes"


@dataclass
class Watch:
    """Feeds the caches in the order of the changes."""

    cluster: FakeCluster
    feeds: dict[Resource | str, Feed]
    delay_seconds: float
    own: str = ""
    """Of the Hypervisors the API server tells of this one alone, as each agent asks it to; empty: of all."""
    _coming: deque[Callable[[], None]] = field(default_factory=deque)
    _open: bool = False
    late: Resource | None = None
    """Of this kind nothing is seen until `catch_up`."""
    _held: list[Callable[[], None]] = field(default_factory=list)

    def start(self) -> None:
        """Everything that there is."""
        self._open = True
        version = self._version()
        for kind, feed in self.feeds.items():
            bodies = {key: self._body(kind, key) for key in self._keys(kind)}
            there = {key: body for key, body in bodies.items() if body is not None}
            feed.listed({key: _version_of(body, version) for key, body in there.items()}, version)
            for key, body in there.items():
                feed.saw(key, _version_of(body, version), body)
        self.cluster.on_change(self._changed)

    def stop(self) -> None:
        self._open = False
        self.cluster.server.on_change.remove(self._changed)

    def catch_up(self) -> None:
        """What it was late with."""
        self.late = None
        for seen in self._held:
            seen()
        self._held.clear()

    def nodes_changed(self) -> None:
        """The fake API server does not tell of its nodes."""
        feed, version = self.feeds[NODES], self._version()
        keys = self._keys(NODES)
        feed.listed(dict.fromkeys(keys, version), version)
        for key in keys:
            feed.saw(key, version, self._body(NODES, key))

    def _changed(self, resource: Resource, namespace: str, name: str) -> None:
        if resource not in self.feeds or (resource is Resource.HYPERVISOR and not self._sees(name)):
            return
        key = Key(namespace, name)
        body, version = self._body(resource, key), self._version()
        version = _version_of(body, version) if body else version
        seen = partial(self.feeds[resource].saw, key, version, body)
        if resource is self.late:
            self._held.append(seen)
            return
        self._coming.append(seen)
        asyncio.get_running_loop().call_later(self.delay_seconds, self._deliver)

    def _deliver(self) -> None:
        saw = self._coming.popleft()
        if self._open:
            saw()

    def _keys(self, kind: Resource | str) -> list[Key]:
        cluster = self.cluster
        if kind is Resource.MIGRATION:
            return [Key(*where) for where in cluster.migrations.objects]
        if kind is Resource.TASK:
            return [Key(NAMESPACE, name) for name in cluster.tasks.objects]
        if kind is Resource.HYPERVISOR:
            return [Key("", name) for name in cluster.hypervisors.objects if self._sees(name)]
        return [Key("", node.name) for node in cluster.inventory.known_nodes]

    def _body(self, kind: Resource | str, key: Key) -> Body | None:
        cluster = self.cluster
        if kind is Resource.MIGRATION:
            migration = cluster.migrations.objects.get(key)
            return migration_body(migration) if migration else None
        if kind is Resource.TASK:
            task = cluster.tasks.objects.get(key.name)
            return task_body(NAMESPACE, task) if task else None
        if kind is Resource.HYPERVISOR:
            hypervisor = cluster.hypervisors.objects.get(key.name)
            return hypervisor_body(hypervisor) if hypervisor else None
        return next(_node_body(node) for node in cluster.inventory.known_nodes if node.name == key.name)

    def _sees(self, hypervisor: str) -> bool:
        return self.own in ("", hypervisor)

    def _version(self) -> int:
        return int(self.cluster.server.version())


def _version_of(body: Body, otherwise: int) -> int:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    return int(metadata.get("resourceVersion", otherwise))


def _node_body(node: Node) -> Body:
    metadata: Body = {"name": node.name, "labels": node.labels}
    if node.deleting:
        metadata["deletionTimestamp"] = CREATED.isoformat()
    taints = [to_wire(taint) for taint in node.taints]
    return {"metadata": metadata, "spec": {"taints": taints, "unschedulable": node.unschedulable}}
