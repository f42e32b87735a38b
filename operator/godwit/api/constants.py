"""Names in the Kubernetes API, each in one place: resources, the finalizer, Leases, labels."""

from enum import Enum

GROUP = "godwit.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

FINALIZER = f"{GROUP}/migration"
"""Ours on a VMMigration: from before its first task exists until its last acknowledgment."""


class Resource(Enum):
    """A custom resource: its kind, its plural in URLs, and whether it lies in a namespace."""

    MIGRATION = ("VMMigration", "vmmigrations", True)
    TASK = ("MigrationTask", "migrationtasks", True)
    HYPERVISOR = ("Hypervisor", "hypervisors", False)

    def __init__(self, kind: str, plural: str, namespaced: bool) -> None:
        self.kind = kind
        self.plural = plural
        self.namespaced = namespaced


_CLAIM = "vm-"
_HEARTBEAT = "hypervisor-"


def claim_lease(vm_uuid: str) -> str:
    """Name of the Lease that says which migration may move that VM."""
    return f"{_CLAIM}{vm_uuid}"


def claimed_vm(lease_name: str) -> str | None:
    """UUID of the VM that the Lease is a claim on; None for any other Lease."""
    return lease_name.removeprefix(_CLAIM) if lease_name.startswith(_CLAIM) else None


def heartbeat_lease(node_name: str) -> str:
    """Name of the Lease by which that node's agent says that it lives."""
    return f"{_HEARTBEAT}{node_name}"


def heartbeat_node(lease_name: str) -> str | None:
    """The node whose agent renews that Lease; None for any other Lease."""
    return lease_name.removeprefix(_HEARTBEAT) if lease_name.startswith(_HEARTBEAT) else None
