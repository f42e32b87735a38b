"""Every field of every status, written and read through the API server."""

import json

import pytest

from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.api.render import PROSE_LENGTH, Body, render_status
from godwit.domain.conditions import Condition, ConditionStatus
from godwit.domain.host import HypervisorStatus
from godwit.domain.migration import MigrationStatus
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, TaskStatus

from .filled import NOON, filled
from .server import Server
from .specs import MIGRATION, TASK

pytestmark = pytest.mark.contract


def written(server: Server, name: str, status: Body) -> Body:
    """The object after its status was written."""
    server.patch(name, {"status": status}, "--subresource=status")
    stored: Body = json.loads(server.kubectl("get", name, "-n", server.namespace, "-o", "json"))
    return stored


def test_no_field_of_a_migrations_status_is_dropped_on_the_way(server: Server) -> None:
    name = server.create(server.body("VMMigration", MIGRATION, name="filled"))
    status = filled(MigrationStatus)
    assert parse_migration(written(server, name, render_status(status))).status == status


def test_no_field_of_a_tasks_status_is_dropped_on_the_way(server: Server) -> None:
    name = server.create(server.body("MigrationTask", TASK, name="filled"))
    status = filled(TaskStatus)
    assert parse_task(written(server, name, render_status(status))).status == status


def test_no_field_of_a_hypervisors_status_is_dropped_on_the_way(server: Server) -> None:
    name = server.create(server.body("Hypervisor", {}, name="filled"))
    status = filled(HypervisorStatus)
    assert parse_hypervisor(written(server, name, render_status(status))).status == status


def test_every_reason_can_stand_in_a_condition(server: Server) -> None:
    name = server.create(server.body("VMMigration", MIGRATION, name="reasons"))
    conditions = tuple(
        Condition(f"Type{n}", ConditionStatus.TRUE, reason, NOON) for n, reason in enumerate(Reason)
    )
    for start in range(0, len(conditions), 16):
        part = conditions[start : start + 16]
        stored = parse_migration(written(server, name, render_status(MigrationStatus(conditions=part))))
        assert stored.status.conditions == part


def test_a_message_of_any_length_can_be_written(server: Server) -> None:
    name = server.create(server.body("MigrationTask", TASK, name="endless"))
    failure = Failure(Reason.LIBVIRT_ERROR, "é" * (3 * PROSE_LENGTH))
    stored = parse_task(written(server, name, render_status(TaskStatus(owed=failure))))
    assert stored.status.owed is not None
    assert stored.status.owed.message.endswith("é…")
