"""All ports of the Kubernetes API together: what a process is wired to."""

from typing import Protocol

from godwit.cluster.ports import Claims, Heartbeats, Hypervisors, Migrations, Notices, Tasks
from godwit.cluster.ports_inventory import Inventory


class ClusterPorts(Protocol):
    """The API server as one of Godwit's processes sees it."""

    @property
    def migrations(self) -> Migrations:
        """VMMigrations."""

    @property
    def tasks(self) -> Tasks:
        """MigrationTasks."""

    @property
    def claims(self) -> Claims:
        """Leases on VMs."""

    @property
    def hypervisors(self) -> Hypervisors:
        """Hypervisors."""

    @property
    def heartbeats(self) -> Heartbeats:
        """The agents' signs of life."""

    @property
    def notices(self) -> Notices:
        """Kubernetes events."""

    @property
    def inventory(self) -> Inventory:
        """Nodes, and whole lists."""
