"""What the API server says to a VMMigration before anything of ours sees it."""

import pytest

from .server import Server
from .specs import MIGRATION, SHORTEST_MIGRATION, UUID, at, spoiled

pytestmark = pytest.mark.contract

TEN_KILOBYTES = "a" * 10_000


@pytest.mark.parametrize("text", ["90s", "5m", "1h30m", "24h", "1500ms", "0.5h", "1h30m15.250s"])
def test_a_start_timeout_as_people_write_it_is_accepted(server: Server, text: str) -> None:
    server.would_create(server.body("VMMigration", spoiled(MIGRATION, "startTimeout", text)))


@pytest.mark.parametrize("name", ["a", "open Euler", "Bürgeramt-01", "vm.1_2", "x" * 253])
def test_a_name_that_libvirt_takes_is_accepted(server: Server, name: str) -> None:
    server.would_create(server.body("VMMigration", spoiled(MIGRATION, "vm.name", name)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("startTimeout", value)
            for value in (
                "", "-1", "-5m", "0", "0s", "0h0m", "soon", "1e30h", "5", "5 m", "5d", "NaN", "Infs",
                "24h1ms", "999999h", TEN_KILOBYTES,
            )
        ),
        *(("vm.name", value) for value in ("", "a/b", "../a", "a\nb", "a\x00b", TEN_KILOBYTES, "x" * 254)),
        *(("vm.uuid", value) for value in ("", "1", UUID.upper(), UUID + "0", TEN_KILOBYTES)),
        *(("source.hypervisor", value) for value in ("", "Host_1", "a b", "-a", TEN_KILOBYTES)),
        *(("destination.hypervisor", value) for value in ("", "Host_1", "host2/x", "a..b", TEN_KILOBYTES)),
    ],
    ids=lambda value: repr(value) if len(value) < 50 else f"{len(value)} characters",
)  # fmt: skip
def test_a_bad_value_is_refused_by_the_fields_name(server: Server, field: str, value: str) -> None:
    base = SHORTEST_MIGRATION if field == "vm.uuid" else MIGRATION
    said = server.refusal_to_create(server.body("VMMigration", spoiled(base, field, value)))
    assert f"spec.{field}: " in said


@pytest.mark.parametrize(("field", "value"), [("startTimeout", 300), ("safety.unsafe", "yes"), ("vm", "vm1")])
def test_a_value_of_another_type_is_refused_by_the_fields_name(
    server: Server, field: str, value: object
) -> None:
    said = server.refusal_to_create(server.body("VMMigration", spoiled(MIGRATION, field, value)))
    assert f"spec.{field}: " in said


@pytest.mark.parametrize("field", ["vm", "source.hypervisor"])
def test_a_missing_field_is_refused_by_its_name(server: Server, field: str) -> None:
    said = server.refusal_to_create(server.body("VMMigration", spoiled(MIGRATION, field, None)))
    assert f"spec.{field}: Required value" in said


def test_a_migration_without_a_spec_is_refused(server: Server) -> None:
    body = server.body("VMMigration", {})
    del body["spec"]
    assert "spec: Required value" in server.refusal_to_create(body)


@pytest.mark.parametrize("vm", [{}, {"name": "a", "uuid": UUID}], ids=["neither", "both"])
def test_a_vm_is_named_in_exactly_one_way(server: Server, vm: dict[str, str]) -> None:
    said = server.refusal_to_create(server.body("VMMigration", spoiled(MIGRATION, "vm", vm)))
    assert "spec.vm: " in said
    assert "exactly one of name and uuid" in said


@pytest.mark.parametrize(
    "field",
    ["tuning.postCopy", "storage.pool", "retry", "priority", "destination.pool", "ttlAfterFinished"],
)  # fmt: skip
def test_a_field_that_is_not_there_yet_is_refused_and_not_dropped(server: Server, field: str) -> None:
    said = server.refusal_to_create(server.body("VMMigration", spoiled(MIGRATION, field, "x")))
    assert f'unknown field "spec.{field}"' in said


def test_a_name_of_ten_kilobytes_is_refused(server: Server) -> None:
    said = server.refusal_to_create(server.body("VMMigration", MIGRATION, name=TEN_KILOBYTES))
    assert "metadata.name: " in said


def test_a_migration_is_born_with_its_defaults_and_a_status_that_says_nothing_yet(server: Server) -> None:
    born = server.would_create(server.body("VMMigration", {**SHORTEST_MIGRATION, "safety": {}}))
    assert born["spec"] == {**SHORTEST_MIGRATION, "safety": {"unsafe": False}, "startTimeout": "5m"}
    assert born["status"] == {"observedGeneration": -1}


def test_a_status_that_a_user_writes_is_dropped(server: Server) -> None:
    body = server.body("VMMigration", MIGRATION, status={"phase": "Succeeded"})
    assert server.would_create(body)["status"] == {"observedGeneration": -1}


@pytest.fixture(scope="module")
def full(server: Server) -> str:
    return server.create(server.body("VMMigration", MIGRATION, name="full"))


@pytest.fixture(scope="module")
def shortest(server: Server) -> str:
    return server.create(server.body("VMMigration", SHORTEST_MIGRATION, name="shortest"))


CANT_BE_CHANGED = "the spec can't be changed"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", {"hypervisor": "host1"}),
        ("safety", {"unsafe": False}),
        ("safety", {}),
        ("storage", {}),
        ("storage", {"strategy": "Auto"}),
        ("startTimeout", "6m"),
    ],
)
def test_no_field_can_be_added(server: Server, shortest: str, field: str, value: object) -> None:
    assert CANT_BE_CHANGED in server.refusal_to_patch(shortest, {"spec": at(field, value)})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vm.name", "other"),
        ("vm", {"name": None, "uuid": UUID}),
        ("source.hypervisor", "host3"),
        ("destination.hypervisor", "host3"),
        ("destination", {"hypervisor": None}),
        ("destination", None),
        ("safety.unsafe", False),
        ("storage.strategy", "Auto"),
        ("storage.disks", ["vdb"]),
        ("storage.disks", ["vdb", "vdc", "vdd"]),
        ("storage.provisioning", "Create"),
        ("storage.sourceImages", "Keep"),
        ("startTimeout", "11m"),
    ],
)
def test_no_field_can_be_changed(server: Server, full: str, field: str, value: object) -> None:
    assert CANT_BE_CHANGED in server.refusal_to_patch(full, {"spec": at(field, value)})


@pytest.mark.parametrize(
    "field", ["source", "safety", "safety.unsafe", "storage", "storage.disks", "startTimeout"]
)
def test_no_optional_field_can_be_removed(server: Server, full: str, field: str) -> None:
    assert CANT_BE_CHANGED in server.refusal_to_patch(full, {"spec": at(field, None)})


@pytest.mark.parametrize("field", ["spec", "spec.vm", "spec.vm.name"])
def test_no_field_that_is_needed_can_be_removed(server: Server, full: str, field: str) -> None:
    assert f"{field}: Required value" in (said := server.refusal_to_patch(full, at(field, None))) or (
        "exactly one of name and uuid" in said
    )


def test_a_migration_that_is_applied_again_is_no_change(server: Server, shortest: str) -> None:
    server.patch(shortest, {"spec": {**SHORTEST_MIGRATION, "startTimeout": "5m"}}, "--dry-run=server")


def test_labels_stay_the_users(server: Server, full: str) -> None:
    server.patch(full, {"metadata": {"labels": {"team": "blue"}}}, "--dry-run=server")


def test_people_find_migrations_by_what_they_are_about(server: Server, full: str, shortest: str) -> None:
    assert_found(server, "spec.vm.name=openEulerVM", full, not_found=shortest)
    assert_found(server, f"spec.vm.uuid={UUID}", shortest, not_found=full)
    assert_found(server, "status.phase=", full, not_found="")


def assert_found(server: Server, selector: str, expected: str, not_found: str) -> None:
    found = server.get("vmmigrations", "-o", "name", "--field-selector", selector).split()
    assert expected in found
    assert not_found not in found
