"""Scores that a chosen host is told with, which a test can make so: guests of one group, and the link."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..api_server import Body
from ..bad.scene import END_SECONDS, POLL_SECONDS, Scene, migration
from ..lab import wait_until
from .odd_guests import THERE, definition, odd_guest

pytestmark = pytest.mark.e2e

URI = "https://godwit.dev/xmlns/anti-affinity/1"
NEIGHBOUR = "preflight-neighbour"


@contextmanager
def kept_apart(scene: Scene, vm: str, *groups: str) -> Iterator[None]:
    """By the commands that the documentation tells."""
    words = ("metadata", vm, "--live", "--config", "--uri", URI)
    element = f"<anti-affinity>{' '.join(groups)}</anti-affinity>"
    scene.virsh("host1", *words, "--key", "godwit", "--set", element)
    try:
        yield
    finally:
        scene.virsh("host1", *words, "--remove")


@contextmanager
def neighbour(scene: Scene, groups: str) -> Iterator[None]:
    """A guest on the other host."""
    metadata = f"<metadata><g:anti-affinity xmlns:g='{URI}'>{groups}</g:anti-affinity></metadata>"

    def is_told() -> bool:
        there = json.loads(scene.cluster.kubectl("get", "hypervisor", THERE, "-o", "json"))
        [found] = [each for each in there["status"]["domains"] if each["name"] == NEIGHBOUR]
        return bool(found.get("antiAffinity", []) == groups.split())

    with odd_guest(scene, NEIGHBOUR, definition(NEIGHBOUR, more=metadata), host=THERE):
        wait_until(f"{THERE} to tell of the groups {groups}", is_told, 45, POLL_SECONDS)
        yield


def chosen(scene: Scene, vm: str) -> Body:
    """The row of the host that a preflight without a destination has chosen."""
    name = f"score-{uuid.uuid4().hex[:6]}"
    spec: Body = {"vm": {"name": vm}, "mode": "Validate"}
    scene.cluster.kubectl("create", "-f", "-", stdin=json.dumps(migration(scene.namespace, name, spec)))
    scene.until(name, "Succeeded", END_SECONDS)
    rows = scene.clean(name).body["status"]["choice"]["candidates"]
    [row] = [row for row in rows if row["standing"] == "Chosen"]
    assert row["hypervisor"] == THERE
    return dict(row)


def scores(row: Body) -> dict[str, int]:
    """By their names, as the sentence tells them."""
    told, _, each = row["why"].removeprefix("score ").partition(": ")
    found = {name: int(score) for name, score in (part.split(" ") for part in each.split(", "))}
    assert sum(found.values()) == row["score"] == int(told.removesuffix(f" of {100 * len(found)}"))
    return found


def test_a_host_with_a_guest_of_the_same_group_is_told_with_a_smaller_score(scene: Scene, guest: str) -> None:
    with kept_apart(scene, guest, "preflight-web", "preflight-cache"):
        with neighbour(scene, "preflight-db preflight-web"):
            assert scores(chosen(scene, guest))["AntiAffinity"] == 25
        with neighbour(scene, "preflight-db"):
            assert scores(chosen(scene, guest))["AntiAffinity"] == 100


def test_the_link_of_the_migration_address_is_told_with_its_score(scene: Scene, guest: str) -> None:
    assert scores(chosen(scene, guest))["Link"] == 100, "the kernel says 10 Gbit/s of a veth"
