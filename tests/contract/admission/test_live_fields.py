"""What may be changed after all, and how: cancel, resolution and the live part of tuning."""

import uuid

import pytest

from .server import Server
from .specs import MIGRATION, SHORTEST_MIGRATION, at, spoiled

LIVE = {"tuning.maxDowntime": "500ms", "tuning.bandwidth": "500Mi", "tuning.timeout": "10m"}


@pytest.fixture
def name(server: Server) -> str:
    """A migration that nobody works on."""
    return server.create(server.body("VMMigration", SHORTEST_MIGRATION, name=f"live-{uuid.uuid4().hex[:6]}"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("tuning.maxDowntime", value)
            for value in ("-1", "0", "0s", "0.5ms", "2001s", "soon", "1e30h", "500")
        ),
        *(
            ("tuning.bandwidth", value)
            for value in ("-1", "0", "0Mi", "5GB", "1e30", "500", "1023Ki", "999k", "1.5Gi", "2000000Ti")
        ),
        *(("tuning.timeout", value) for value in ("-1", "0", "0s", "169h", "1e30h", "ten minutes")),
        *(("tuning.autoConverge", value) for value in ("Auto", "yes", "")),
        *(("tuning.onTimeout", value) for value in ("PostCopy", "abort", "")),
    ],
)
def test_a_bad_limit_is_refused_by_the_fields_name(server: Server, field: str, value: str) -> None:
    said = server.refusal_to_create(server.body("VMMigration", spoiled(MIGRATION, field, value)))
    assert f"spec.{field}: " in said


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("tuning.maxDowntime", value) for value in ("1ms", "500ms", "2000s", "33m20s")),
        *(("tuning.bandwidth", value) for value in ("1Mi", "1024Ki", "1100k", "500Mi", "10G")),
        *(("tuning.timeout", value) for value in ("1s", "10m", "168h")),
    ],
)
def test_a_limit_as_people_write_it_is_accepted(server: Server, field: str, value: str) -> None:
    server.would_create(server.body("VMMigration", spoiled(MIGRATION, field, value)))


def test_live_limits_can_be_added_changed_and_removed(server: Server, name: str) -> None:
    for field, value in LIVE.items():
        server.patch(name, {"spec": at(field, value)})
    server.patch(name, {"spec": at("tuning.bandwidth", "20Mi")})
    for field in LIVE:
        server.patch(name, {"spec": at(field, None)})


@pytest.mark.parametrize(("field", "value"), [("autoConverge", "Always"), ("onTimeout", "Suspend")])
def test_what_the_job_was_started_with_stays(server: Server, name: str, field: str, value: str) -> None:
    said = server.refusal_to_patch(name, {"spec": at(f"tuning.{field}", value)})
    assert "the spec can't be changed" in said


def test_a_cancel_goes_one_way(server: Server, name: str) -> None:
    server.patch(name, {"spec": {"cancel": False}})
    server.patch(name, {"spec": {"cancel": True}})
    for back in (False, None):
        assert "a cancelled migration stays cancelled" in server.refusal_to_patch(
            name, {"spec": {"cancel": back}}
        )


def test_a_resolution_is_taken_only_where_attention_is_needed_and_once(server: Server, name: str) -> None:
    decided = {"spec": {"resolution": "KeepSource"}}
    assert "only while the phase is NeedsAttention" in server.refusal_to_patch(name, decided)
    server.patch(name, {"status": {"phase": "NeedsAttention"}}, "--subresource=status")
    server.patch(name, decided)
    for other in ("KeepDestination", None):
        assert "is decided once" in server.refusal_to_patch(name, {"spec": {"resolution": other}})
    server.patch(name, {"status": {"phase": "SwitchingOver"}}, "--subresource=status")
    server.patch(name, {"metadata": {"labels": {"still": "writable"}}})


def test_nobody_is_born_resolved(server: Server) -> None:
    born = spoiled(MIGRATION, "resolution", "KeepSource")
    assert "only while the phase is NeedsAttention" in server.refusal_to_create(
        server.body("VMMigration", born)
    )
