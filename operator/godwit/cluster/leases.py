"""Leases as JSON: the form of the claims on VMs and of the agents' signs of life."""

from datetime import UTC, datetime

import msgspec

from godwit.cluster.ports_inventory import Body
from godwit.domain.value import Value


class LeaseMetadata(Value):
    """What is read of a Lease's metadata."""

    name: str
    uid: str
    resource_version: str
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


class LeaseSpec(Value):
    """What is read of a Lease's spec."""

    holder_identity: str = ""
    renew_time: datetime | None = None


class Lease(Value):
    """coordination.k8s.io/v1 Lease."""

    metadata: LeaseMetadata
    spec: LeaseSpec = LeaseSpec()


def render_lease(namespace: str, name: str, spec: Body, annotations: dict[str, str] | None = None) -> Body:
    """A Lease to be created."""
    metadata: Body = {"namespace": namespace, "name": name}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def micro_time(at: datetime) -> str:
    """metav1.MicroTime, which has six digits after the point, always."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
