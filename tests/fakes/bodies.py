"""Typed values as whole objects, with the metadata that the API server gives them."""

from datetime import UTC, datetime

from godwit.api.constants import FINALIZER
from godwit.api.render import render_hypervisor, render_migration, render_status, render_task
from godwit.cluster.ports_inventory import Body
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Migration
from godwit.domain.task import Task
from godwit.domain.value import to_wire

CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def migration_body(migration: Migration) -> Body:
    """A VMMigration as a list or a watch gives it."""
    metadata: Body = {
        "namespace": migration.namespace,
        "name": migration.name,
        "uid": migration.uid,
        "resourceVersion": migration.resource_version,
        "generation": migration.generation,
        "creationTimestamp": migration.created_at.isoformat(),
        "finalizers": [FINALIZER] if migration.finalizer else [],
    }
    if migration.deleting:
        metadata["deletionTimestamp"] = migration.created_at.isoformat()
    body = render_migration(migration.namespace, migration.name, migration.spec)
    return {**body, "metadata": metadata, "status": render_status(migration.status)}


def task_body(namespace: str, task: Task) -> Body:
    """A MigrationTask as a list or a watch gives it."""
    metadata: Body = {
        "namespace": namespace,
        "name": task.name,
        "uid": task.uid,
        "resourceVersion": task.resource_version,
        "creationTimestamp": CREATED.isoformat(),
    }
    body = render_task(namespace, task.name, task.spec)
    return {**body, "metadata": metadata, "status": render_status(task.status)}


def hypervisor_body(hypervisor: Hypervisor) -> Body:
    """A Hypervisor as a list or a watch gives it; `heartbeat` and `ready` are no part of it."""
    metadata: Body = {
        "name": hypervisor.name,
        "uid": f"uid-of-{hypervisor.name}",
        "creationTimestamp": CREATED.isoformat(),
    }
    status = render_status(hypervisor.status)
    return {
        **render_hypervisor(hypervisor.name),
        "metadata": metadata,
        "spec": to_wire(hypervisor.spec),
        "status": status,
    }
