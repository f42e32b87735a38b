"""All ports of the Kubernetes API over one connection.

Nothing is kept between calls but sockets: a process that is killed leaves nothing behind here.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from godwit import __version__
from godwit.api.constants import GROUP
from godwit.cluster.claims import ClaimLeases
from godwit.cluster.connection import connect
from godwit.cluster.heartbeats import HeartbeatLeases
from godwit.cluster.hypervisors import HypervisorObjects
from godwit.cluster.inventory import ClusterInventory
from godwit.cluster.migrations import MigrationObjects
from godwit.cluster.notices import EventNotices
from godwit.cluster.rest import Rest, WriteObserver
from godwit.cluster.tasks import TaskObjects

if TYPE_CHECKING:
    from godwit.cluster.ports import Claims, Heartbeats, Hypervisors, Migrations, Notices, Tasks
    from godwit.cluster.ports_inventory import Inventory


class Cluster:
    """The API server as one of Godwit's processes sees it."""

    def __init__(
        self,
        namespace: str,
        component: str,
        instance: str,
        observe: WriteObserver,
        kubeconfig: Path | None = None,
    ) -> None:
        """`namespace` is Godwit's own; `component` (`operator` or `agent`) and `instance` sign its events.

        An agent's `instance` is its node's name: the admission policy asks for it. Without `kubeconfig` the
        process is the pod that it runs in.
        """
        self._rest = rest = Rest(observe)
        self._kubeconfig = kubeconfig
        # The API server's audit log tells by it who of us wrote what.
        self._user_agent = f"godwit-{component}/{__version__}"
        self.migrations: Migrations = MigrationObjects(rest)
        self.tasks: Tasks = TaskObjects(rest, namespace)
        self.claims: Claims = ClaimLeases(rest, namespace)
        self.hypervisors: Hypervisors = HypervisorObjects(rest, namespace)
        self.heartbeats: Heartbeats = HeartbeatLeases(rest, namespace)
        self.notices: Notices = EventNotices(rest, namespace, f"{GROUP}/{component}", instance)
        self.inventory: Inventory = ClusterInventory(rest, namespace)

    async def start(self) -> None:
        """Find the API server and our identity; asks nothing yet. `NotConnectedError` when there is none."""
        client = await connect(self._kubeconfig)
        client.user_agent = self._user_agent
        self._rest.open(client)

    async def close(self) -> None:
        """End all connections; calls that wait for an answer fail."""
        await self._rest.close()
