"""Look-ups beside the objects that Godwit works on: nodes, the agents' DaemonSet, whole lists."""

from collections.abc import Mapping

import msgspec

from godwit.api.constants import Resource
from godwit.api.parse import parse_hypervisor
from godwit.cluster.paths import CUSTOM, DAEMON_SETS, HYPERVISORS, NODES
from godwit.cluster.ports_inventory import Body, Node, Taint
from godwit.cluster.readable import readable
from godwit.cluster.rest import Rest
from godwit.domain.host import Hypervisor
from godwit.domain.value import Value

AGENT = "godwit-agent"
"""The DaemonSet's name in the chart."""


class ClusterInventory:
    """The port `Inventory` over the API server."""

    def __init__(self, rest: Rest, namespace: str) -> None:
        self._rest = rest
        self._namespace = namespace

    async def list_all(self, resource: Resource) -> list[Body]:
        """See `Inventory`."""
        place = CUSTOM[resource]
        return await self._rest.list(place.within(self._namespace) if resource is Resource.TASK else place)

    async def nodes(self) -> tuple[Node, ...]:
        """See `Inventory`."""
        return tuple(parse_node(body) for body in await self._rest.list(NODES))

    async def agent_node_selector(self) -> dict[str, str] | None:
        """See `Inventory`."""
        body = await self._rest.find(DAEMON_SETS.within(self._namespace), AGENT)
        return None if body is None else msgspec.convert(body, _DaemonSet).spec.template.spec.node_selector

    async def hypervisor(self, name: str) -> Hypervisor | None:
        """See `Inventory`."""
        body = await self._rest.find(HYPERVISORS, name)
        return None if body is None else readable(parse_hypervisor, body)


def parse_node(body: Mapping[str, object]) -> Node:
    """A Node from its object, a watch's too."""
    node = msgspec.convert(body, _Node)
    return Node(
        name=node.metadata.name,
        labels=node.metadata.labels,
        taints=node.spec.taints,
        unschedulable=node.spec.unschedulable,
        deleting=bool(node.metadata.deletion_timestamp),
    )


class _NodeMetadata(Value):
    name: str
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    deletion_timestamp: str = ""


class _NodeSpec(Value):
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False


class _Node(Value):
    metadata: _NodeMetadata
    spec: _NodeSpec = _NodeSpec()


class _PodSpec(Value):
    node_selector: dict[str, str] = msgspec.field(default_factory=dict)


class _PodTemplate(Value):
    spec: _PodSpec = _PodSpec()


class _DaemonSetSpec(Value):
    template: _PodTemplate = _PodTemplate()


class _DaemonSet(Value):
    spec: _DaemonSetSpec
