"""`mode: Validate` says what a migration would, changes nothing, and leaves nothing."""

import json

import pytest

from ..bad.scene import Scene, Told, migration
from ..lab import wait_until
from .verdicts import THERE, validated

pytestmark = pytest.mark.e2e

HERE = {"hypervisor": "host1"}


def verdicts(told: Told) -> list[tuple[str, str, str]]:
    """Without what was measured: clocks and free memory differ from one moment to the next."""
    return [(check["name"], check["host"], check["result"]) for check in told.body["status"]["checks"]]


def test_a_guest_that_can_go_there_is_valid_and_stays(scene: Scene, guest: str) -> None:
    told = validated(scene, "good", guest, "Succeeded")
    assert told.reason in ("Valid", "ValidWithWarnings")
    assert told.message.startswith("nothing was changed: ")
    assert told.failed_checks() == {}
    assert "progress" not in told.body["status"]
    scene.lab.check(guest)


def test_what_it_finds_a_migration_finds_too(scene: Scene, guest: str) -> None:
    with scene.domain(THERE, guest):
        alone = validated(scene, "namesake", guest, "Failed", source=HERE)
        whole = scene.fails("namesake-too", guest, THERE, "Namesake", source=HERE)
    assert alone.reason == "Namesake"
    assert verdicts(alone) == verdicts(whole)


def test_a_veto_can_not_be_forced_and_the_answer_names_it(scene: Scene, guest: str) -> None:
    spec = {"vm": {"name": guest}, "destination": {"hypervisor": THERE}, "safety": {"force": ["NoNamesake"]}}
    body = json.dumps(migration(scene.namespace, "veto", spec))
    refused = scene.cluster.refusal("create", "-f", "-", stdin=body)
    assert "spec.safety.force[0]" in refused
    assert "NoNamesake" in refused


def test_a_forced_failure_stays_visible(scene: Scene, guest: str) -> None:
    scene.virsh("host1", "snapshot-create-as", guest, "before")
    wait_until("the snapshot", lambda: "before" in scene.virsh("host1", "snapshot-list", guest), 10)
    try:
        told = validated(scene, "unforced", guest, "Failed")
        assert list(told.failed_checks()) == ["Snapshots"]
        told = validated(scene, "forced", guest, "Succeeded", safety={"force": ["Snapshots"]})
    finally:
        scene.virsh("host1", "snapshot-delete", guest, "before")
    assert told.reason == "ValidWithWarnings"
    assert "Snapshots failed and was forced" in told.message
    [forced] = [check for check in told.body["status"]["checks"] if check.get("forced")]
    assert (forced["name"], forced["result"]) == ("Snapshots", "Fail")
