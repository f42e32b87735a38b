"""`tuning.bandwidth` is what the migration takes, memory and all mirrors together, and is changed at once.

The link's own counters are what tells. The same migration shows what its progress says meanwhile.
A mirror of QEMU's sends 16 MiB at once, and then waits for as long as they are worth: its rate is that of
several such steps, and two mirrors may take them at the same time.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ..api_server import Body
from ..bad.scene import Scene
from ..migrations.story import watch
from .journeys import DELETE, Journeys

pytestmark = pytest.mark.e2e

GUEST = "storage-limited"
FILLED_BYTES = 150 << 20
FIRST, SECOND = 12 << 20, 18 << 20
WITHIN = 0.15
FELT_SECONDS = 2.0
MEASURED_SECONDS = 6.0
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Limited:
    """One migration: what its link carried, in bytes per second, and all versions of it."""

    first: float
    second: float
    with_memory: float
    versions: list[Body]


@pytest.fixture(scope="module")
def guest(scene: Scene) -> Iterator[str]:
    """Two disks, 150 MiB each."""
    disks = ("--disk", "local:320Mi:qcow2:filled=150Mi", "--disk", "local:320Mi:raw:filled=150Mi")
    with scene.lab.guest(GUEST, "host1", *disks) as name:
        yield name


def rate(journeys: Journeys, host: str, seconds: float) -> float:
    """Bytes per second over the next `seconds`; the middle weighs most, so that no step counts half."""
    began, at, sent = time.monotonic(), 0.0, journeys.sent_bytes(host)
    weighed_bytes = weighed_seconds = 0.0
    while at < seconds:
        time.sleep(SAMPLE_SECONDS)
        before, sent_before = at, sent
        at, sent = time.monotonic() - began, journeys.sent_bytes(host)
        weight = 1 - math.cos(math.pi * (before + at) / seconds)
        weighed_bytes += weight * (sent - sent_before)
        weighed_seconds += weight * (at - before)
    return weighed_bytes / weighed_seconds


@pytest.fixture(scope="module")
def limited(
    scene: Scene, journeys: Journeys, guest: str, tmp_path_factory: pytest.TempPathFactory
) -> Limited:
    """The bandwidth is measured, changed and measured again while the disks are copied, and once later."""
    path = tmp_path_factory.mktemp("bandwidth") / "story.json"
    with watch(scene.lab, scene.namespace, path) as versions:
        asked = journeys.begin(guest, storage=DELETE, tuning={"bandwidth": "12Mi"})
        journeys.phase(asked, "Copying")
        time.sleep(FELT_SECONDS)
        first = rate(journeys, "host1", MEASURED_SECONDS)
        journeys.patch(asked, {"tuning": {"bandwidth": "18Mi"}})
        time.sleep(FELT_SECONDS)
        second = rate(journeys, "host1", MEASURED_SECONDS)
        assert scene.told(asked).phase == "Copying", "the copy was over before it was measured"
        journeys.phase(asked, "Migrating")
        with_memory = rate(journeys, "host1", FELT_SECONDS)
        journeys.arrives(asked, guest)
        return Limited(first, second, with_memory, versions(asked))


def test_the_link_carries_the_bandwidth_that_was_asked_for(limited: Limited) -> None:
    assert abs(limited.first - FIRST) <= WITHIN * FIRST, f"{limited.first / 2**20:.2f} MiB/s"


def test_two_seconds_after_it_was_changed_it_carries_the_new_one(limited: Limited) -> None:
    assert abs(limited.second - SECOND) <= WITHIN * SECOND, f"{limited.second / 2**20:.2f} MiB/s"


def test_memory_and_mirrors_together_take_no_more(limited: Limited) -> None:
    assert limited.with_memory <= (1 + WITHIN) * SECOND, f"{limited.with_memory / 2**20:.2f} MiB/s"


def test_percent_never_goes_back_also_when_the_disks_are_done_and_the_memory_begins(
    limited: Limited,
) -> None:
    told = [each.get("status", {}).get("progress", {}).get("percent") for each in limited.versions]
    percents = [percent for percent in told if percent is not None]
    assert percents == sorted(percents)
    assert len(set(percents)) > 2, percents


def test_copied_bytes_of_each_disk_grow_while_they_are_copied(limited: Limited) -> None:
    for target in ("vda", "vdb"):
        copied = [
            disk.get("copiedBytes") or 0
            for each in limited.versions
            for disk in each.get("status", {}).get("disks", [])
            if disk["target"] == target
        ]
        assert copied == sorted(copied)
        assert len(set(copied)) > 2 and copied[-1] >= FILLED_BYTES, copied


def test_disks_and_memory_have_figures_of_their_own(limited: Limited) -> None:
    copying = [
        each["status"]["progress"]
        for each in limited.versions
        if each.get("status", {}).get("phase") == "Copying" and "progress" in each["status"]
    ]
    assert any(progress.get("diskRemaining", 0) > 0 for progress in copying)
    assert not any(progress.get("memoryProcessed", 0) for progress in copying)
