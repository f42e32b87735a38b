"""What the two processes look up beside the objects they work on: nodes, the agents' DaemonSet, whole lists.

Nothing here is written, and nothing here is fenced: an answer is as old as the moment it was given.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from godwit.api.constants import Resource
from godwit.domain.host import HostNode, Hypervisor
from godwit.domain.value import Value

Body = dict[str, object]
"""An object as the API server gives it: JSON types and nothing else."""

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
"""The taint by which an admin or a fencing agent says that this host is off and stays off."""


class Taint(Value):
    """core/v1 Taint."""

    key: str
    effect: str = ""
    value: str = ""


class Node(Value):
    """What Godwit minds of a Kubernetes node."""

    name: str
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    """Cordoned."""
    deleting: bool = False

    @property
    def host(self) -> HostNode:
        """What decisions ask of it."""
        return HostNode(self.labels, cordoned=self.unschedulable, deleting=self.deleting)

    @property
    def fenced(self) -> bool:
        """Somebody vouches that nothing runs there any more."""
        return any(taint.key == OUT_OF_SERVICE for taint in self.taints)

    def selected_by(self, selector: Mapping[str, str]) -> bool:
        """It has each label of a nodeSelector; an empty one selects every node."""
        return selector.items() <= self.labels.items()


class Inventory(Protocol):
    """Look-ups; each asks the API server and raises the `ClusterError`s of `godwit.cluster.ports`."""

    async def list_all(self, resource: Resource) -> list[Body]:
        """Every object of that kind: tasks in Godwit's own namespace, all else wherever it lies."""

    async def nodes(self) -> tuple[Node, ...]:
        """Every node of the cluster."""

    async def agent_node_selector(self) -> dict[str, str] | None:
        """The nodeSelector of the DaemonSet `godwit-agent`; None when there is no such DaemonSet."""

    async def hypervisor(self, name: str) -> Hypervisor | None:
        """As the API server has it now; `heartbeat` and `ready` are not known here."""
