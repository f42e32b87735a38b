"""What counts as a write of Godwit, and that none is lost where the log goes on in a new file."""

import json
from pathlib import Path

from benchkit.audit import AuditLog, breakdown, writes


def line(
    *,
    client: str = "godwit-operator/0.1.0",
    verb: str = "patch",
    resource: str = "vmmigrations",
    subresource: str = "",
    name: str = "m",
    code: int = 200,
    stage: str = "ResponseComplete",
    at: str = "2026-01-02T03:04:05.678901Z",
) -> str:
    """One of the log's, as the API server writes it."""
    object_ = {"resource": resource, "namespace": "default", "name": name, "apiGroup": "godwit.dev"}
    return json.dumps(
        {
            "kind": "Event",
            "stage": stage,
            "verb": verb,
            "user": {
                "username": "system:serviceaccount:godwit-system:x",
                "extra": {"authentication.kubernetes.io/node-name": ["infra"]},
            },
            "userAgent": client,
            "objectRef": object_ | ({"subresource": subresource} if subresource else {}),
            "responseStatus": {"metadata": {}, "code": code},
            "stageTimestamp": at,
        }
    )


def test_a_write_tells_who_did_what_to_which_and_when() -> None:
    (write,) = writes([line(subresource="status", name="move-1")])
    assert (write.by, write.node, write.name) == ("operator", "infra", "move-1")
    assert write.what == "operator patch vmmigrations/status"
    assert write.at == 1767323045.678901


def test_events_and_claims_count_too() -> None:
    seen = [
        line(resource="events", verb="create", name=""),
        line(resource="leases", verb="create", name="vm-4b96ca9c"),
    ]
    assert [write.kind for write in writes(seen)] == ["events", "leases"]


def test_a_refused_write_counts_and_says_so() -> None:
    (write,) = writes([line(client="godwit-agent/0.1.0", resource="migrationtasks", code=409)])
    assert write.what == "agent patch migrationtasks (409)"


def test_heartbeats_do_not_count() -> None:
    assert not list(writes([line(client="godwit-agent/0.1.0", resource="leases", name="hypervisor-host1")]))


def test_what_others_do_to_our_objects_does_not_count() -> None:
    others = line(client="kubectl/v1.36.3", name="godwit-1")
    assert not list(writes([others, line(client="godwit-operators-friend/1")]))


def test_a_request_counts_once_however_many_stages_are_logged() -> None:
    assert len(list(writes([line(stage="ResponseStarted"), line()]))) == 1


def test_a_breakdown_counts_each_kind() -> None:
    seen = breakdown(writes([line(), line(), line(verb="delete")]))
    assert seen == {"operator patch vmmigrations": 2, "operator delete vmmigrations": 1}


def test_the_log_is_read_from_where_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_text(f"{line(name='before')}\n")
    log = AuditLog(path)
    with path.open("a") as file:
        file.write(f"{line(name='after')}\n")
    assert [write.name for write in log.news()] == ["after"]
    assert log.news() == []
    log.close()


def test_a_line_that_is_half_written_is_taken_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.touch()
    log = AuditLog(path)
    whole = f"{line()}\n"
    with path.open("a") as file:
        file.write(whole[:40])
        file.flush()
        assert log.news() == []
        file.write(whole[40:])
    assert len(log.news()) == 1
    log.close()


def test_nothing_is_lost_where_the_log_begins_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.touch()
    log = AuditLog(path)
    with path.open("a") as file:
        file.write(f"{line(name='old')}\n")
    path.rename(tmp_path / "audit-1.log")
    path.write_text(f"{line(name='new')}\n")
    assert [write.name for write in log.news()] == ["old", "new"]
    log.close()
