"""From the domain's values to bodies that the API server takes.

A message that is longer than the schema allows is cut: a status that is refused for a word too many would
leave what has happened on a host unwritten.
"""

from godwit.api.constants import API_VERSION, Resource
from godwit.domain.host import HypervisorStatus
from godwit.domain.migration import MigrationSpec, MigrationStatus
from godwit.domain.task import TaskSpec, TaskStatus
from godwit.domain.value import to_wire

Body = dict[str, object]

PROSE_FIELDS = frozenset({"message", "remedy", "why", "proof"})
"""What is written for people, with libvirt's own texts in it, of any length."""
PROSE_LENGTH = 4096


def render_migration(namespace: str, name: str, spec: MigrationSpec) -> Body:
    """A VMMigration as a user creates it."""
    return _object(Resource.MIGRATION, {"namespace": namespace, "name": name}, to_wire(spec))


def render_task(namespace: str, name: str, spec: TaskSpec) -> Body:
    """A MigrationTask to be created."""
    return _object(Resource.TASK, {"namespace": namespace, "name": name}, to_wire(spec))


def render_hypervisor(name: str) -> Body:
    """A Hypervisor to be created; its spec is its admin's."""
    return _object(Resource.HYPERVISOR, {"name": name}, {})


def render_status(status: MigrationStatus | TaskStatus | HypervisorStatus) -> Body:
    """A whole status, ready to replace the one that is there."""
    wire: Body = to_wire(status)
    return {key: _cut(key, value) for key, value in wire.items()}


def _object(resource: Resource, metadata: Body, spec: Body) -> Body:
    return {"apiVersion": API_VERSION, "kind": resource.kind, "metadata": metadata, "spec": spec}


def _cut(key: str, value: object) -> object:
    if isinstance(value, dict):
        return {inner: _cut(inner, each) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(key, each) for each in value]
    if key in PROSE_FIELDS and isinstance(value, str) and len(value) > PROSE_LENGTH:
        return value[: PROSE_LENGTH - 1] + "…"
    return value
