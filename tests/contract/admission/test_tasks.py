"""What the API server lets the operator and an agent do to a MigrationTask."""

import pytest

from godwit.domain.task import LATER_GOALS, Goal

from .server import Body, Server
from .specs import COPY, PLAN, PROBES, TASK, at, spoiled

pytestmark = pytest.mark.contract

IMAGES = ["/images/a.qcow2", "/images/b.qcow2"]
NOON, LATER = "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"
CONTACT: Body = {"token": "a" * 32, "address": "10.0.1.12", "spans": [{"here": "br0", "there": "br1"}]}
EVIDENCE: Body = {
    "agent": "a",
    "counter": 1,
    "changed": 1,
    "at": NOON,
    "guest": {"name": "vm", "uuid": "u", "state": "Running"},
}


def created(server: Server, name: str, status: Body | None = None, **spec: object) -> str:
    task = server.create(server.body("MigrationTask", {**TASK, **spec}, name=name))
    if status is not None:
        server.patch(task, {"status": status}, "--subresource=status")
    return task


@pytest.fixture(scope="module")
def task(server: Server) -> str:
    return created(
        server,
        "task",
        plan={**PLAN, "copies": [COPY], "ejected": ["sdc"]},
        probes=PROBES,
        images=IMAGES,
        digests=IMAGES[:1],
        peerAddresses=["10.0.1.12"],
        contact=CONTACT,
    )


@pytest.fixture(scope="module")
def goals(server: Server) -> dict[Goal, str]:
    return {goal: created(server, f"goal-{goal.lower()}", goal=goal) for goal in Goal}


@pytest.mark.parametrize("after", Goal)
@pytest.mark.parametrize("before", Goal)
def test_a_goal_moves_forward_and_never_back(
    server: Server, goals: dict[Goal, str], before: Goal, after: Goal
) -> None:
    patch = {"spec": {"goal": after}}
    released_again = before is Goal.ROLLED_BACK and after is Goal.RELEASED
    if (after is before or after in LATER_GOALS[before]) and not released_again:
        server.patch(goals[before], patch, "--dry-run=server")
    else:
        assert "spec.goal: " in server.refusal_to_patch(goals[before], patch)


def test_a_task_that_answers_too_late_can_be_released(server: Server) -> None:
    task = created(server, "too-late", {"tooLate": True}, goal="RolledBack")
    server.patch(task, {"spec": {"goal": "Released"}}, "--dry-run=server")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nodeName", "host3"),
        ("role", "Destination"),
        ("attempt", 2),
        ("migrationRef.namespace", "other"),
        ("migrationRef.name", "other"),
        ("migrationRef.uid", "other"),
        ("vm.name", "other"),
        ("vm.uuid", "6d0b7c1e-3f6a-4a52-9a2e-0c9f4b9d1e12"),
        ("peer.nodeName", "host3"),
        ("peer.task", "other"),
        ("probes", [{"directory": "/other", "path": "/other/.godwit-1"}]),
        ("probes", [*PROBES, *PROBES]),
        ("probes", None),
        ("images", ["/images/a.qcow2"]),
        ("images", None),
        ("digests", IMAGES),
        ("digests", None),
        ("peerAddresses", ["10.0.1.13"]),
        ("peerAddresses", None),
        ("contact.token", "0" * 32),
        ("contact.spans", []),
        ("contact", None),
        ("plan.switchover", "Fast"),
        ("plan.migrateUri", "tcp://10.0.1.13"),
        ("plan.unsafe", True),
        ("plan.resumeWhen", None),
        ("plan.copies", []),
        ("plan.copies", [COPY, {**COPY, "target": "vdc"}]),
        ("plan.copies", [{**COPY, "deleteSource": False}]),
        ("plan.ejected", None),
        ("plan.synchronousWrites", True),
        ("plan.deleteNvram", True),
        ("plan", None),
    ],
)
def test_an_order_stays_as_it_was_given(server: Server, task: str, field: str, value: object) -> None:
    said = server.refusal_to_patch(task, {"spec": at(field, value)})
    assert f"spec.{field.split('.')[0]}: " in said


@pytest.mark.parametrize("field", TASK)
def test_no_part_of_an_order_can_be_removed(server: Server, task: str, field: str) -> None:
    said = server.refusal_to_patch(task, {"spec": {field: None}})
    assert f"spec.{field}: Required value" in said


def test_a_plan_can_be_set_once_and_what_to_look_at_comes_with_the_order_or_not_at_all(
    server: Server,
) -> None:
    task = created(server, "set-once")
    server.patch(task, {"spec": {"plan": PLAN, "goal": "Prepared"}}, "--dry-run=server")
    for field, value in {
        "probes": PROBES,
        "images": IMAGES,
        "digests": IMAGES,
        "contact": CONTACT,
    }.items():
        assert f"spec.{field}: " in server.refusal_to_patch(task, {"spec": {field: value}})


def test_a_source_may_be_told_its_peer_later_and_once(server: Server) -> None:
    name = server.create(server.body("MigrationTask", {**TASK, "peer": {}}, name="without-a-peer"))
    said = server.refusal_to_patch(name, {"spec": {"peer": {"nodeName": "host2"}}})
    assert "give both nodeName and task, or none" in said
    server.patch(name, {"spec": {"peer": {"nodeName": "host2", "task": "b"}}})
    for peer in ({"nodeName": "host3"}, {"nodeName": None, "task": None}):
        assert "can't be changed" in server.refusal_to_patch(name, {"spec": {"peer": peer}})


def test_images_that_are_kept_stay_so(server: Server) -> None:
    task = created(server, "keeps-images")
    for value in (False, True):
        server.patch(task, {"spec": {"keepImages": value}})
    server.patch(task, {"spec": {"goal": "RolledBack"}})
    for back in (False, None):
        said = server.refusal_to_patch(task, {"spec": {"keepImages": back}})
        assert "spec.keepImages: " in said
        assert "images that are kept stay so" in said


def test_a_guest_of_thirty_two_disks_in_chains_of_sixteen_fits(server: Server) -> None:
    paths = [f"/images/{n}.qcow2" for n in range(32 * 16 + 1)]
    copies = [{**COPY, "target": f"vd{n}", "path": paths[n]} for n in range(32)]
    spec = {**TASK, "images": paths, "digests": paths, "plan": {**PLAN, "copies": copies}}
    server.would_create(server.body("MigrationTask", spec))


def test_an_agent_can_be_challenged_again_and_again(server: Server) -> None:
    task = created(server, "challenged")
    for challenge in ("agent-1.1", "agent-1.2", None):
        server.patch(task, {"spec": {"challenge": challenge}})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nodeName", ""),
        ("attempt", 0),
        ("goal", "Moved"),
        ("vm.name", "a/b"),
        ("vm.uuid", "1"),
        ("plan.destinationUri", "qemu+tcp://10.0.1.12/system"),
        ("plan.destinationUri", "qemu+ssh://10.0.1.12/system"),
        ("plan.migrateUri", "unix:///tmp/x"),
        ("challenge", "a b"),
        ("keepImages", "yes"),
        ("contact.token", "short"),
        ("contact.address", "10.0.1.12 10.0.1.13"),
    ],
)
def test_a_bad_order_is_refused_by_the_fields_name(server: Server, field: str, value: object) -> None:
    body = server.body("MigrationTask", spoiled({**TASK, "plan": PLAN, "contact": CONTACT}, field, value))
    assert f"spec.{field}: " in server.refusal_to_create(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target", "../vda"),
        ("path", "images/b.qcow2"),
        ("path", "/images/\x00"),
        ("format", "vmdk"),
        ("virtualSizeBytes", -1),
        ("compat", "2"),
        ("mode", "u+w"),
        ("existing.changed", "yesterday"),
    ],
)
def test_a_bad_copy_is_refused_by_the_fields_name(server: Server, field: str, value: object) -> None:
    plan = {**PLAN, "copies": [COPY, spoiled(COPY, field, value)]}
    said = server.refusal_to_create(server.body("MigrationTask", {**TASK, "plan": plan}))
    assert f"spec.plan.copies[1].{field}: " in said


@pytest.mark.parametrize("field", ["images", "digests"])
def test_a_relative_path_is_looked_at_by_nobody(server: Server, field: str) -> None:
    said = server.refusal_to_create(server.body("MigrationTask", {**TASK, field: ["/a", "../etc/shadow"]}))
    assert f"spec.{field}[1]: " in said


GATHERED: Body = {
    "stopped": {"detail": "Migrated", "at": NOON},
    "resumingAt": NOON,
    "resumedAt": NOON,
    "evidence": EVIDENCE,
}
CHANGED: Body = {
    "stopped": {"at": LATER},
    "resumingAt": LATER,
    "resumedAt": LATER,
    "evidence": {"counter": 2},
}


@pytest.fixture(scope="module")
def rolled_back(server: Server) -> str:
    return created(server, "rolled-back", {"reached": "RolledBack"}, goal="RolledBack")


@pytest.fixture(scope="module")
def rolled_back_later(server: Server) -> str:
    status = {"reached": "RolledBack", **GATHERED}
    return created(server, "rolled-back-later", status, goal="RolledBack")


@pytest.mark.parametrize("field", GATHERED)
def test_a_task_that_is_rolled_back_takes_no_more_evidence(
    server: Server, rolled_back: str, field: str
) -> None:
    patch = {"status": {field: GATHERED[field]}}
    assert f"status.{field}: " in server.refusal_to_patch(rolled_back, patch, "--subresource=status")


@pytest.mark.parametrize("field", CHANGED)
def test_the_evidence_of_a_task_that_is_rolled_back_stays_as_it_was(
    server: Server, rolled_back_later: str, field: str
) -> None:
    for value in (CHANGED[field], None):
        patch = {"status": {field: value}}
        said = server.refusal_to_patch(rolled_back_later, patch, "--subresource=status")
        assert f"status.{field}: " in said


@pytest.mark.parametrize("reached", ["Released", None])
def test_a_roll_back_is_not_taken_back(server: Server, rolled_back: str, reached: str | None) -> None:
    for status in ({"reached": reached}, {"reached": reached, "evidence": EVIDENCE}):
        said = server.refusal_to_patch(rolled_back, {"status": status}, "--subresource=status")
        assert "status.reached: " in said


def test_a_whole_status_that_vanishes_takes_no_roll_back_with_it(server: Server, rolled_back: str) -> None:
    said = server.refusal_to_patch(rolled_back, {"status": None}, "--subresource=status")
    assert "status.reached: " in said


def test_what_is_owed_is_still_told_by_a_task_that_is_rolled_back(server: Server, rolled_back: str) -> None:
    owed = {"reason": "DestinationRuns", "message": "it runs there"}
    server.patch(rolled_back, {"status": {"owed": owed}}, "--subresource=status", "--dry-run=server")


def test_evidence_grows_until_then(server: Server) -> None:
    task = created(server, "gathers", {"reached": "Migrated", **GATHERED}, goal="Migrated")
    for field, value in CHANGED.items():
        server.patch(task, {"status": {field: value}}, "--subresource=status", "--dry-run=server")


def test_an_agent_finds_the_tasks_of_its_node(server: Server, task: str) -> None:
    elsewhere = created(server, "elsewhere", nodeName="host2")
    found = server.get("migrationtasks", "-o", "name", "--field-selector", "spec.nodeName=host2")
    assert found.split() == [elsewhere]
