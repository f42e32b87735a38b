"""A guest that writes faster than a copy can follow gets there all the same, and the status says how."""

import json
from collections.abc import Iterator

import pytest

from ..bad.scene import Scene
from .journeys import DELETE, Journeys

pytestmark = pytest.mark.e2e

GUEST = "storage-writer"


@pytest.fixture(scope="module")
def writer(scene: Scene) -> Iterator[str]:
    """Writes 4 MiB each second, round and round."""
    with scene.lab.guest(GUEST, "host1", "--disk", "local:64Mi:raw", "--write-disk", "4Mi/s") as name:
        yield name


def test_it_arrives_over_a_bandwidth_of_which_its_writes_alone_take_most(
    scene: Scene, journeys: Journeys, writer: str
) -> None:
    told = journeys.move(writer, 180, storage=DELETE, tuning={"bandwidth": "6Mi"})
    whole = json.dumps(told.body["status"])
    assert "its writes wait for the copy" in whole, whole
    assert scene.lab.check(writer)["disks"][0]["records"] > 0


@pytest.mark.walk
def test_so_does_one_that_writes_faster_than_the_whole_migration_may_send(
    scene: Scene, journeys: Journeys
) -> None:
    """Without synchronous writes such a copy is never complete."""
    fast = ("--disk", "local:64Mi:raw", "--write-disk", "12Mi/s")
    with scene.lab.guest("storage-fast-writer", "host1", *fast) as guest:
        told = journeys.move(guest, 240, storage=DELETE, tuning={"bandwidth": "6Mi"})
        assert "its writes wait for the copy" in json.dumps(told.body["status"])
