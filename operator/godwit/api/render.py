"""From the domain's values to bodies that the API server takes.

A message or a list that is longer than the schema allows is cut: a status that is refused for a word too many
would leave what has happened on a host unwritten. Lists from which an act is decided are never cut: a part of
an intent is none, so whoever makes one sees to it that it is not too long.
"""

from collections.abc import Sequence

from godwit.api.constants import API_VERSION, Resource
from godwit.domain.host import HypervisorStatus
from godwit.domain.migration import MigrationSpec, MigrationStatus
from godwit.domain.task import TaskSpec, TaskStatus
from godwit.domain.text import shortened
from godwit.domain.value import to_wire

Body = dict[str, object]

PROSE_FIELDS = frozenset({"message", "remedy", "why", "proof"})
"""What is written for people, with libvirt's own texts in it, of any length."""
PROSE_LENGTH = 4096
LIST_LENGTHS: dict[str, int] = {
    "antiAffinity": 8,
    "checkpoints": 4096,
    "checks": 4096,
    "devices": 1024,
    "disabled": 1024,
    "domains": 4096,
    "features": 1024,
    "imageDirectories": 256,
    "leftBehind": 1024,
    "leftovers": 1024,
    "links": 4096,
    "machineTypes": 1024,
    "missing": 1024,
    "networks": 4096,
    "numa": 1024,
    "phaseTransitions": 1024,
    "portGroups": 1024,
    "secrets": 4096,
    "snapshots": 4096,
    "tpmBackends": 64,
    "subnets": 256,
    "uplinks": 256,
    "unjudged": 1024,
    "usedBy": 4096,
    "vlans": 4096,
}
"""The lists that are told, and decide nothing that a part of them would decide otherwise."""
_NAMES = frozenset({"checkpoints", "snapshots", "usedBy"})
_LATEST = frozenset({"phaseTransitions"})
MORE = "Other"
"""Kind of the entry that says how many were left out."""


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
        return [_cut(key, each) for each in cut_list(key, value)]
    return shortened(value, PROSE_LENGTH) if key in PROSE_FIELDS and isinstance(value, str) else value


def cut_list(key: str, items: Sequence[object]) -> Sequence[object]:
    """As long as the schema allows for a list of that name."""
    most = LIST_LENGTHS.get(key, len(items))
    if len(items) <= most:
        return items
    if key in _LATEST:
        return items[len(items) - most :]
    last = _more(key, f"and {len(items) - most + 1} more")
    return items[:most] if last is None else [*items[: most - 1], last]


def _more(key: str, count: str) -> object:
    """As the last entry; None where an entry has no place for words."""
    match key:
        case "leftovers":
            return {"kind": MORE, "path": count, "remedy": "they are told once some of these are gone"}
        case "leftBehind":
            return {"kind": MORE, "path": count, "why": "this list is full"}
    return count if key in _NAMES else None
