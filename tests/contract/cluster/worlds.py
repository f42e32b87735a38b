"""Two worlds that must look the same through the ports: the fake cluster and a real API server.

A world also lends the hands of everybody else: of the user, the admin, the other process.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Protocol

from godwit.api.constants import claim_lease
from godwit.api.parse import parse_migration
from godwit.api.render import render_migration
from godwit.cluster.adapter import Cluster
from godwit.cluster.all_ports import ClusterPorts
from godwit.cluster.connection import connect
from godwit.cluster.paths import DAEMON_SETS, LEASES, MIGRATIONS, NODES, Collection
from godwit.cluster.ports_inventory import Node, Taint
from godwit.cluster.rest import Rest
from godwit.domain.migration import Destination, Migration, MigrationSpec, VMSelector

from ...fakes.cluster import FakeCluster
from .api_server import ApiServer

SPEC = MigrationSpec(vm=VMSelector(name="vm1"), destination=Destination("host2"))
NAMESPACES = Collection(kind="Namespace", root="/api/v1", plural="namespaces")
_numbers = count(1)


class World(Protocol):
    """A cluster's ports and everybody else's hands."""

    @property
    def ports(self) -> ClusterPorts: ...
    @property
    def writes(self) -> Sequence[tuple[str, str, int | str]]:
        """Kind, verb and what came of it."""

    @property
    def done(self) -> int | str:
        """What comes of a patch that is carried out, in this world's words."""

    async def apply(self, name: str) -> Migration:
        """A user creates a VMMigration."""

    async def mark_deleted(self, migration: Migration) -> None:
        """A user deletes it."""

    async def migration(self, migration: Migration) -> Migration | None:
        """As it is now."""

    async def touch_claim(self, vm_uuid: str) -> None:
        """Somebody changes the Lease and leaves its holder alone."""

    async def set_nodes(self, selector: dict[str, str], nodes: Mapping[str, str]) -> None:
        """An admin installs the agent; nodes have one label each, `pool`, and are out of service."""


def unique(word: str) -> str:
    """A name that no other test of this run uses."""
    return f"{word}-{next(_numbers)}"


class FakeWorld:
    """In memory."""

    done = "done"

    def __init__(self) -> None:
        self.ports = FakeCluster()

    @property
    def writes(self) -> Sequence[tuple[str, str, int | str]]:
        return self.ports.server.writes

    async def apply(self, name: str) -> Migration:
        return self.ports.migrations.apply(name, SPEC)

    async def mark_deleted(self, migration: Migration) -> None:
        self.ports.migrations.mark_deleted(migration.namespace, migration.name)

    async def migration(self, migration: Migration) -> Migration | None:
        return self.ports.migrations.objects.get((migration.namespace, migration.name))

    async def touch_claim(self, vm_uuid: str) -> None:
        self.ports.claims.touch(vm_uuid)

    async def set_nodes(self, selector: dict[str, str], nodes: Mapping[str, str]) -> None:
        taint = (Taint(key="node.kubernetes.io/out-of-service", effect="NoExecute"),)
        self.ports.inventory.node_selector = selector
        self.ports.inventory.known_nodes = tuple(
            Node(name=name, labels={"pool": pool}, taints=taint) for name, pool in nodes.items()
        )


class RealWorld:
    """Over the API server, as somebody who may do everything, in a namespace of its own."""

    done = 200

    def __init__(self, server: ApiServer) -> None:
        self.writes: list[tuple[str, str, int]] = []
        self.namespace = unique("godwit-contract")
        self.ports = Cluster(
            self.namespace,
            "operator",
            "contract-test",
            lambda *write: self.writes.append(write),
            server.kubeconfig,
        )
        self.rest = Rest(lambda *_: None)
        self._server = server

    async def start(self) -> None:
        await self.ports.start()
        self.rest.open(await connect(self._server.kubeconfig))
        await self.rest.create(NAMESPACES, _object("v1", "Namespace", {"name": self.namespace}))

    async def close(self) -> None:
        await self.ports.close()
        await self.rest.close()

    async def apply(self, name: str) -> Migration:
        body = render_migration("default", name, SPEC)
        return parse_migration(await self.rest.create(MIGRATIONS.within("default"), body))

    async def mark_deleted(self, migration: Migration) -> None:
        await self.rest.delete(MIGRATIONS.within(migration.namespace), migration.name)

    async def migration(self, migration: Migration) -> Migration | None:
        body = await self.rest.find(MIGRATIONS.within(migration.namespace), migration.name)
        return None if body is None else parse_migration(body)

    async def touch_claim(self, vm_uuid: str) -> None:
        patch: dict[str, object] = {"metadata": {"annotations": {"touched": "yes"}}}
        await self.rest.patch(LEASES.within(self.namespace), claim_lease(vm_uuid), patch)

    async def set_nodes(self, selector: dict[str, str], nodes: Mapping[str, str]) -> None:
        await self.rest.create(DAEMON_SETS.within(self.namespace), _daemon_set(self.namespace, selector))
        for name, pool in nodes.items():
            taint = {"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}
            body = _object("v1", "Node", {"name": name, "labels": {"pool": pool}})
            await self.rest.create(NODES, {**body, "spec": {"taints": [taint]}})


def _object(version: str, kind: str, metadata: Mapping[str, object]) -> dict[str, object]:
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _daemon_set(namespace: str, selector: dict[str, str]) -> dict[str, object]:
    labels = {"app": "agent"}
    pod = {"nodeSelector": selector, "containers": [{"name": "agent", "image": "none"}]}
    return {
        **_object("apps/v1", "DaemonSet", {"namespace": namespace, "name": "godwit-agent"}),
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
