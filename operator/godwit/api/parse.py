"""From objects as the API server gives them to the domain's values.

Unknown fields are ignored, so an operator works beside a CRD that is newer than it is. A body that doesn't
fit raises `UnreadableError` and nothing else: whoever watches logs it and goes on with the others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from godwit.api.constants import FINALIZER, Resource
from godwit.domain.host import Hypervisor, HypervisorSpec, HypervisorStatus
from godwit.domain.migration import Migration, MigrationSpec, MigrationStatus
from godwit.domain.task import Task, TaskSpec, TaskStatus
from godwit.domain.value import Value, from_wire


class UnreadableError(Exception):
    """An object that doesn't fit its type; `str()` names the object, the field and what is wrong with it."""

    def __init__(self, resource: Resource, identity: str, problem: str) -> None:
        super().__init__(f"{resource.kind} {identity} can't be read: {problem}")
        self.resource = resource
        self.identity = identity
        """`namespace/name`, or what there is of it; empty when not even the name is there."""


class _Metadata(Value):
    name: str
    uid: str
    creation_timestamp: datetime
    namespace: str = ""
    resource_version: str = ""
    generation: int = 1
    deletion_timestamp: datetime | None = None
    finalizers: tuple[str, ...] = ()


class _MigrationBody(Value):
    metadata: _Metadata
    spec: MigrationSpec
    status: MigrationStatus = MigrationStatus()


class _TaskBody(Value):
    metadata: _Metadata
    spec: TaskSpec
    status: TaskStatus = TaskStatus()


class _HypervisorBody(Value):
    metadata: _Metadata
    spec: HypervisorSpec = HypervisorSpec()
    status: HypervisorStatus = HypervisorStatus()


def parse_migration(body: Mapping[str, object]) -> Migration:
    """A VMMigration; `UnreadableError` when a field is missing or of another type."""
    wire = _read(Resource.MIGRATION, _MigrationBody, body)
    metadata = wire.metadata
    return Migration(
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        created_at=metadata.creation_timestamp,
        spec=wire.spec,
        resource_version=metadata.resource_version,
        generation=metadata.generation,
        deleting=metadata.deletion_timestamp is not None,
        finalizer=FINALIZER in metadata.finalizers,
        status=wire.status,
    )


def parse_task(body: Mapping[str, object]) -> Task:
    """A MigrationTask; `UnreadableError` when a field is missing or of another type."""
    wire = _read(Resource.TASK, _TaskBody, body)
    return Task(
        name=wire.metadata.name,
        spec=wire.spec,
        uid=wire.metadata.uid,
        resource_version=wire.metadata.resource_version,
        status=wire.status,
    )


def parse_hypervisor(body: Mapping[str, object]) -> Hypervisor:
    """A Hypervisor; `ready` is left out, since that is its Lease's to say; `UnreadableError` as above."""
    wire = _read(Resource.HYPERVISOR, _HypervisorBody, body)
    return Hypervisor(
        name=wire.metadata.name, spec=wire.spec, status=wire.status, generation=wire.metadata.generation
    )


_Body = TypeVar("_Body", _MigrationBody, _TaskBody, _HypervisorBody)


def _read(resource: Resource, kind: type[_Body], body: Mapping[str, object]) -> _Body:
    try:
        return from_wire(kind, body)
    except msgspec.ValidationError as problem:
        raise UnreadableError(resource, _identity(body), str(problem)) from problem


def _identity(body: Mapping[str, object]) -> str:
    """As much of the name as there is: the body is known to be wrong somewhere."""
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    return "/".join(str(metadata[key]) for key in ("namespace", "name") if metadata.get(key))
