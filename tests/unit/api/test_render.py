from datetime import UTC, datetime

from msgspec.structs import replace

from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.api.render import (
    PROSE_LENGTH,
    Body,
    render_hypervisor,
    render_migration,
    render_status,
    render_task,
)
from godwit.domain.disks import Disk, DiskAction, DiskClass
from godwit.domain.guest import DiskKind, DomainState, DomainSummary
from godwit.domain.host import DEVICE, HypervisorStatus, Leftover, Network
from godwit.domain.image import Copy, FileKind, Fingerprint, ImageFacts
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.migration import Check, CheckResult, MigrationStatus, Phase
from godwit.domain.plan import Plan, Switchover
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


def test_a_plan_that_copies_disks_is_read_as_it_was_written() -> None:
    existing = Fingerprint(1 << 30, 1 << 20, modified="1767268800.5", changed="1767268800")
    copies = (
        Copy("vda", "/images/a.qcow2", "qcow2", 1 << 30, cluster_size_bytes=65536, compat="1.1", mode="0600"),
        Copy("vdb", "/images/b.img", "raw", 0, create=False, owner=0, group=0, existing=existing),
    )
    plan = Plan(
        Switchover.STRICT,
        "qemu+tls://b/system",
        "tcp://b",
        copies=copies,
        ejected=("sdc",),
        delete_nvram=True,
    )
    spec = replace(
        parse_task(bodies.task()).spec, plan=plan, images=("/images/a.qcow2",), digests=(), keep_images=True
    )
    assert parse_task(given_by_the_api_server(render_task("godwit-system", "t1", spec))).spec == spec


def test_an_owner_that_is_root_is_told_and_one_that_is_unknown_is_not() -> None:
    image = ImageFacts("/images/a.qcow2", FileKind.REGULAR, owner=0)
    told = render_status(TaskStatus(images=(image,)))
    assert told == {"images": [{"path": "/images/a.qcow2", "kind": "Regular", "owner": 0}]}


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


def test_what_is_said_of_images_and_disks_is_cut_and_the_file_that_is_ours_is_not() -> None:
    endless = "e" * (3 * PROSE_LENGTH)
    status = TaskStatus(
        images=(ImageFacts("/a", FileKind.UNKNOWN, message=endless),),
        left_behind=(LeftBehind("Image", "/a", why=endless),),
        created_resources=(CreatedResource("Image", "/a", ResourceState.CREATED, identity=endless),),
    )
    read = parse_task(bodies.task(status=render_status(status))).status
    assert len(read.images[0].message) == len(read.left_behind[0].why) == PROSE_LENGTH
    assert read.created_resources == status.created_resources
    disk = Disk("vda", DiskKind.FILE, DiskClass.LOCAL, DiskAction.COPY, proof=endless)
    migration = parse_migration(bodies.migration(status=render_status(MigrationStatus(disks=(disk,)))))
    assert len(migration.status.disks[0].proof) == PROSE_LENGTH


def test_a_command_that_was_cut_is_none_that_a_shell_would_run() -> None:
    told = Leftover("Image", "/a", remedy="rm -- '" + "a" * PROSE_LENGTH + "'")
    read = parse_hypervisor(bodies.hypervisor(status=render_status(HypervisorStatus(leftovers=(told,)))))
    assert read.status.leftovers[0].remedy.endswith("a…")


def test_a_message_that_just_fits_is_whole() -> None:
    failure = Failure(Reason.LIBVIRT_ERROR, "e" * PROSE_LENGTH)
    assert parse_task(bodies.task(status=render_status(TaskStatus(owed=failure)))).status.owed == failure


def test_groups_and_the_speed_of_a_link_are_read_as_they_were_told() -> None:
    domain = DomainSummary("vm1", "u", DomainState.RUNNING, anti_affinity=("web", "db"))
    link = Network("eth0", DEVICE, subnets=("10.0.2.0/24",), speed_megabits_per_second=25_000)
    told = render_status(HypervisorStatus(domains=(domain,), links=(link,)))
    status = parse_hypervisor(bodies.hypervisor(status=told)).status
    assert (status.domains, status.links) == ((domain,), (link,))


def test_names_are_never_cut() -> None:
    domain = DomainSummary(name="n" * (2 * PROSE_LENGTH), uuid="u", state=DomainState.RUNNING)
    body = bodies.hypervisor(status=render_status(HypervisorStatus(domains=(domain,))))
    assert parse_hypervisor(body).status.domains == (domain,)
