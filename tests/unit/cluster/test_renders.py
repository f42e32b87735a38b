"""Bodies that are made by hand: events, labels, times, merge patches."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from godwit.api.render import render_status
from godwit.cluster.heartbeats import new_heartbeat
from godwit.cluster.hypervisors import overwriting
from godwit.cluster.inventory import parse_node
from godwit.cluster.leases import micro_time
from godwit.cluster.notices import MESSAGE_BYTES, cut, render_event
from godwit.cluster.ports import Notice
from godwit.cluster.ports_inventory import Node, Taint
from godwit.cluster.tasks import labels
from godwit.domain.host import CPU, HypervisorStatus
from godwit.domain.task import Goal, MigrationRef, Peer, Role, TaskSpec, VMIdentity

AT = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize("message", ["", "short", "x" * MESSAGE_BYTES])
def test_a_message_that_fits_is_left_as_it_is(message: str) -> None:
    assert cut(message) == message


@pytest.mark.parametrize("letter", ["x", "é", "界", "🦆"])
def test_a_message_that_is_too_long_is_cut_between_letters(letter: str) -> None:
    short = cut(letter * MESSAGE_BYTES * 2)
    assert MESSAGE_BYTES - 4 <= len(short.encode()) <= MESSAGE_BYTES
    assert set(short[:-1]) == {letter}
    assert short.endswith("…")


def test_an_events_name_begins_with_its_objects_and_is_one_that_the_server_completes() -> None:
    notice = Notice(
        kind="VMMigration", namespace="a", name="b" * 55 + ".-c", uid="u", reason="R", message="m"
    )
    event = render_event(notice, "a", "godwit.dev/agent", "host1", AT)
    assert event["metadata"] == {"namespace": "a", "generateName": "b" * 55 + "."}


def test_a_warning_is_a_warning() -> None:
    notice = Notice(kind="Hypervisor", namespace="", name="b", uid="u", reason="R", message="m", warning=True)
    event = render_event(notice, "godwit-system", "godwit.dev/agent", "host1", AT)
    assert event["type"] == "Warning"
    assert event["reportingInstance"] == "host1"


def test_a_time_has_six_digits_and_no_zone_but_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    assert micro_time(AT) == "2026-05-01T12:30:15.000000Z"
    assert micro_time(AT.astimezone(berlin)) == "2026-05-01T12:30:15.000000Z"


def test_a_label_of_a_long_name_ends_in_a_letter_or_digit() -> None:
    spec = TaskSpec(
        node_name="host1",
        role=Role.DESTINATION,
        attempt=1,
        migration_ref=MigrationRef(namespace="n", name="a" * 61 + "-." + "b" * 9, uid="u"),
        vm=VMIdentity(name="vm1", uuid="v"),
        peer=Peer(node_name="host2", task="t"),
        goal=Goal.INSPECTED,
    )
    assert labels(spec)["godwit.dev/migration"] == "a" * 61


def test_a_merge_patch_takes_away_what_the_new_value_leaves_out() -> None:
    status = HypervisorStatus(host_name="host1", cpu=CPU(model="EPYC", features=("aes",)))
    patch = overwriting(status, render_status(status))
    assert patch["hostName"] == "host1"
    assert patch["cpu"] == {
        "arch": None,
        "model": "EPYC",
        "vendor": None,
        "features": ["aes"],
        "count": None,
        "online": None,
        "microcode": None,
        "tscHertz": None,
        "tscScaling": None,
    }
    assert patch["memory"] == {"totalBytes": None, "freeBytes": None}
    assert patch["domains"] is None


def test_a_new_heartbeat_was_never_renewed() -> None:
    assert new_heartbeat("godwit-system", "host1")["spec"] == {
        "holderIdentity": "host1",
        "leaseDurationSeconds": 40,
    }


def test_a_node_is_read_with_its_labels_and_taints() -> None:
    taint = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
    node = parse_node({"metadata": {"name": "host1", "labels": {"a": "b"}}, "spec": {"taints": [taint]}})
    assert node == Node(
        name="host1",
        labels={"a": "b"},
        taints=(Taint(key="node.kubernetes.io/out-of-service", effect="NoExecute", value="nodeshutdown"),),
    )
    assert node.fenced


def test_a_node_that_takes_no_new_work_is_read_as_such() -> None:
    cordoned = parse_node({"metadata": {"name": "host1"}, "spec": {"unschedulable": True}})
    assert (cordoned.host.cordoned, cordoned.host.deleting) == (True, False)
    going = parse_node({"metadata": {"name": "host1", "deletionTimestamp": "2026-01-01T12:00:00Z"}})
    assert (going.host.cordoned, going.host.deleting) == (False, True)


def test_a_bare_node_is_neither_fenced_nor_selected_by_a_label() -> None:
    node = parse_node({"metadata": {"name": "host1"}})
    assert not node.fenced
    assert node.selected_by({})
    assert not node.selected_by({"a": "b"})
