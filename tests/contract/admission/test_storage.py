"""What the API server says to `spec.storage` of a VMMigration."""

import pytest

from .server import Body, Server
from .specs import MIGRATION, SHORTEST_MIGRATION, spoiled

pytestmark = pytest.mark.contract

TOO_MANY = [f"vd{number}" for number in range(33)]


@pytest.mark.parametrize(
    "storage",
    [
        {},
        {"strategy": "Auto", "disks": ["sda"]},
        {"strategy": "Shared"},
        {"strategy": "Shared", "provisioning": "Create", "sourceImages": "Keep"},
        {"strategy": "Copy", "disks": ["vda", "vdaa", "hdc", "xvda1"]},
        {"provisioning": "MustExist", "sourceImages": "Delete"},
        {"disks": TOO_MANY[:32]},
    ],
)
def test_what_makes_sense_is_accepted_and_stored_as_it_was_written(server: Server, storage: Body) -> None:
    born = server.would_create(server.body("VMMigration", {**SHORTEST_MIGRATION, "storage": storage}))
    assert born["spec"]["storage"] == storage


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("strategy", value) for value in ("", "auto", "None", "NonShared")),
        *(("provisioning", value) for value in ("", "mustExist", "Overwrite")),
        *(("sourceImages", value) for value in ("", "keep", "Move")),
        *(("disks", value) for value in ([], TOO_MANY, "vda")),
        *(
            ("disks[1]", ["vdb", value])
            for value in ("", "../vda", "VDA", "vda,vdb", "/dev/vda", "v" * 10_000)
        ),
    ],
)
def test_a_bad_value_is_refused_by_the_fields_name(server: Server, field: str, value: object) -> None:
    body = server.body("VMMigration", spoiled(MIGRATION, f"storage.{field.partition('[')[0]}", value))
    assert f"spec.storage.{field}: " in server.refusal_to_create(body)


def test_a_disk_that_is_named_twice_is_refused_by_its_name(server: Server) -> None:
    said = server.refusal_to_create(
        server.body("VMMigration", spoiled(MIGRATION, "storage.disks", ["vdb", "vdc", "vdb"]))
    )
    assert 'spec.storage.disks[2]: Duplicate value: "vdb"' in said


@pytest.mark.parametrize(
    ("field", "value"), [("disks", ["vda"]), ("provisioning", "MustExist"), ("sourceImages", "Delete")]
)
def test_what_is_about_copied_disks_is_refused_where_none_is_copied(
    server: Server, field: str, value: object
) -> None:
    storage = {"strategy": "Shared", field: value}
    said = server.refusal_to_create(server.body("VMMigration", {**SHORTEST_MIGRATION, "storage": storage}))
    assert f"spec.storage.{field}: " in said
    assert "strategy Shared copies none" in said
