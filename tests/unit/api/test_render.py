from datetime import UTC, datetime

from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.api.render import (
    PROSE_LENGTH,
    Body,
    render_hypervisor,
    render_migration,
    render_status,
    render_task,
)
from godwit.domain.guest import DomainState, DomainSummary
from godwit.domain.host import HypervisorStatus
from godwit.domain.migration import Check, CheckResult, MigrationStatus, Phase
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, StopDetail, Stopped, TaskStatus

from . import bodies

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def given_by_the_api_server(body: Body) -> Body:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    return {**body, "metadata": bodies.metadata(**metadata)}


def test_a_migration_is_read_as_it_was_written() -> None:
    spec = parse_migration(bodies.migration()).spec
    body = render_migration("team", "move", spec)
    assert parse_migration(given_by_the_api_server(body)).spec == spec
    assert (body["apiVersion"], body["kind"]) == ("godwit.dev/v1alpha1", "VMMigration")


def test_a_task_is_read_as_it_was_written() -> None:
    spec = parse_task(bodies.task()).spec
    assert parse_task(given_by_the_api_server(render_task("godwit-system", "t1", spec))).spec == spec


def test_a_hypervisor_lies_in_no_namespace_and_leaves_its_spec_to_the_admin() -> None:
    assert render_hypervisor("host1") == {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "Hypervisor",
        "metadata": {"name": "host1"},
        "spec": {},
    }


def test_a_status_says_what_is_known_and_nothing_else() -> None:
    assert render_status(MigrationStatus(observed_generation=1, phase=Phase.PENDING)) == {
        "observedGeneration": 1,
        "phase": "Pending",
    }


def test_times_carry_their_zone() -> None:
    stopped = Stopped(detail=StopDetail.MIGRATED, at=NOON)
    assert render_status(TaskStatus(stopped=stopped)) == {
        "stopped": {"detail": "Migrated", "at": "2026-01-01T12:00:00Z"}
    }


def test_a_status_is_read_as_it_was_written() -> None:
    status = TaskStatus(reached=Goal.PREPARED, failure=Failure(Reason.LIBVIRT_ERROR, "no"))
    assert parse_task(bodies.task(status=render_status(status))).status == status


def test_a_message_without_end_is_cut_wherever_it_stands() -> None:
    endless = "e" * (3 * PROSE_LENGTH)
    check = Check(name="VMRuns", result=CheckResult.FAIL, message=endless, remedy=endless)
    read = parse_migration(bodies.migration(status=render_status(MigrationStatus(checks=(check,)))))
    [cut] = read.status.checks
    assert len(cut.message) == len(cut.remedy) == PROSE_LENGTH
    assert cut.message.endswith("e…")
    assert cut.name == "VMRuns"


def test_a_message_that_just_fits_is_whole() -> None:
    failure = Failure(Reason.LIBVIRT_ERROR, "e" * PROSE_LENGTH)
    assert parse_task(bodies.task(status=render_status(TaskStatus(owed=failure)))).status.owed == failure


def test_names_are_never_cut() -> None:
    domain = DomainSummary(name="n" * (2 * PROSE_LENGTH), uuid="u", state=DomainState.RUNNING)
    body = bodies.hypervisor(status=render_status(HypervisorStatus(domains=(domain,))))
    assert parse_hypervisor(body).status.domains == (domain,)
