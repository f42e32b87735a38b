"""A guest whose disks only its host has moves with them: thin, by TLS, and nothing else of either host."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from labkit.guest.images import FILLED_WITH
from labkit.guest.pattern import block
from labkit.listing import Entry

from ..bad.scene import FINAL, HOSTS, Scene, Told
from ..lab import wait_until
from ..migrations.capture import Capture, capture
from .journeys import DELETE, LOOK_SECONDS, MOVE_SECONDS, Journeys, disks, phases

pytestmark = pytest.mark.e2e

PREPARING_TO_END = ["Preparing", "Copying", "Migrating", "SwitchingOver", "Finalizing", "Succeeded"]
QEMU_PORTS = range(49152, 49215)
"""But the last, where the preflight calls: libvirt gives the lowest that is free."""
CLIENT_HELLO = bytes([0x16, 0x03])
NBD_STARTTLS = bytes([0, 0, 0, 3]) + b"IHAVEOPT" + bytes([0, 0, 0, 5]) + bytes(4)
"""All that a client of NBD says in clear: its flags, and that it goes on by TLS."""
GUESTS_OWN, FILLED = block(0, 1)[:8], bytes([FILLED_WITH]) * 64
"""What every page and block of the guest begins with, and what its images were filled with."""
RATE = "100mbit"
"""So that nothing is lost on its way to this process, and no phase is over before it was seen."""
FILLED_BYTES = 2 * (12 << 20)
MOST_OF_THIN = 1.1
SLACK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Moved:
    """One migration, and all that was seen of it."""

    told: Told
    source: str
    destination: str
    before: dict[str, dict[str, Entry]]
    seen: Capture
    changed: dict[str, dict[str, str]]
    after: dict[str, dict[str, Entry]]
    at_last: dict[str, dict[str, Entry]]
    """Both hosts when the source had its images for the last time: the guest makes them larger all along."""


@contextmanager
def watched(journeys: Journeys, host: str) -> Iterator[Capture]:
    """Everything that the host sends and gets on the data plane."""
    with journeys.slow(RATE), capture(journeys.link(host)) as seen:
        yield seen


@pytest.fixture(scope="module")
def moved(journeys: Journeys, copied: str) -> Moved:
    """By strategy Auto, which is what nobody has to ask for; the source's images go afterwards."""
    source = journeys.place(copied)
    before = journeys.before()
    with watched(journeys, source) as seen:
        name = journeys.begin(copied, storage=DELETE)
        at_last = last_seen(journeys, name, copied, source)
        told = journeys.arrives(name, copied)
    changed, after = journeys.changed(before), journeys.before()
    return Moved(told, source, journeys.other(source), before, seen, changed, after, at_last)


def last_seen(journeys: Journeys, name: str, guest: str, source: str) -> dict[str, dict[str, Entry]]:
    """Both hosts' images while the source has all of its own, as they were last."""
    images, seen = {str(path) for path in journeys.images(guest)}, journeys.before()

    def over() -> bool:
        there = journeys.before()
        if images <= there[source].keys():
            seen.update(there)
        return journeys.scene.told(name).phase in FINAL

    wait_until(f"{name} to end", over, MOVE_SECONDS, LOOK_SECONDS)
    return seen


def test_it_arrives_intact_and_copying_is_a_phase_of_its_own(scene: Scene, moved: Moved, copied: str) -> None:
    assert phases(moved.told)[-len(PREPARING_TO_END) :] == PREPARING_TO_END
    verdict = scene.lab.check(copied)
    assert verdict["same_boot"] and len(verdict["disks"]) == 2


def test_its_switchover_is_strict_since_no_lock_holds_two_images_together(moved: Moved) -> None:
    switchover = moved.told.body["status"]["switchover"]
    assert switchover["mode"] == "Strict"
    assert "is copied" in switchover["why"]


def test_its_disks_are_told_to_be_local_and_copied_whole(moved: Moved) -> None:
    for line in disks(moved.told).values():
        assert (line["class"], line["action"]) == ("Local", "Copy")
        assert "an image is made for it at the destination" in line["proof"]
        assert line["copiedBytes"] >= FILLED_BYTES // 2


def test_progress_tells_disks_and_memory_apart(moved: Moved) -> None:
    progress = moved.told.body["status"]["progress"]
    assert progress["percent"] == 100
    assert progress["diskProcessed"] >= FILLED_BYTES
    assert progress["diskTotal"] >= progress["diskProcessed"]
    assert progress["memoryProcessed"] > 0


def test_thin_images_stay_thin_also_the_raw_one(moved: Moved, journeys: Journeys, copied: str) -> None:
    for path in map(str, journeys.images(copied)):
        old, new = moved.at_last[moved.source][path], moved.at_last[moved.destination][path]
        assert new.allocated_bytes <= MOST_OF_THIN * old.allocated_bytes + SLACK_BYTES, path


def test_its_images_are_of_the_same_format_size_and_rights(
    scene: Scene, moved: Moved, journeys: Journeys, copied: str
) -> None:
    for path in map(str, journeys.images(copied)):
        old, new = moved.before[moved.source][path], moved.after[moved.destination][path]
        assert (new.mode, new.owner, new.group) == (old.mode, old.owner, old.group)
        kind = "qcow2" if path.endswith("qcow2") else "raw"
        asked = ("qemu-img", "info", "-U", "-f", kind, "--output=json", path)
        info = json.loads(scene.lab.inside(moved.destination, *asked))
        assert (info["format"], info["virtual-size"]) == (kind, 8 << 30)
        if kind == "qcow2":
            assert (info["cluster-size"], info["format-specific"]["data"]["compat"]) == (65536, "1.1")
            assert "backing-filename" not in info


def test_its_images_and_no_other_file_came_and_those_of_the_source_went(
    moved: Moved, journeys: Journeys, copied: str
) -> None:
    images = sorted(map(str, journeys.images(copied)))
    assert moved.changed[moved.destination] == dict.fromkeys(images, "is new")
    assert moved.changed[moved.source] == dict.fromkeys(images, "is gone")


def test_no_pool_of_godwits_is_left(scene: Scene, moved: Moved) -> None:
    for host in HOSTS:
        pools = scene.virsh(host, "pool-list", "--all", "--name").split()
        assert not [pool for pool in pools if pool.startswith("godwit")]
    assert moved.told.phase == "Succeeded"


def test_disks_are_sent_by_tls_and_nothing_of_them_is_seen_in_clear(moved: Moved) -> None:
    sent = moved.seen.towards(*QEMU_PORTS)
    disks_of_it = [data for data in sent if data.startswith(NBD_STARTTLS)]
    assert len(disks_of_it) == 2 < len(sent), "one for each disk, and the memory's stream"
    assert all(data.removeprefix(NBD_STARTTLS).startswith(CLIENT_HELLO) for data in sent)
    assert sum(map(len, sent)) > FILLED_BYTES
    assert not moved.seen.contains(FILLED)
    assert not moved.seen.contains(GUESTS_OWN)


@pytest.mark.walk
def test_the_same_disks_sent_without_tls_would_have_been_seen(
    scene: Scene, journeys: Journeys, copied: str
) -> None:
    source = journeys.place(copied)
    there = journeys.other(source)
    for path in journeys.images(copied):
        kind = path.suffix.removeprefix(".")
        scene.lab.inside(there, "qemu-img", "create", "-q", "-f", kind, str(path), "8G")
    plain = ("migrate", "--live", "--p2p", "--persistent", "--undefinesource", "--copy-storage-all")
    with watched(journeys, source) as seen:
        scene.virsh(source, *plain, copied, f"qemu+tls://{there}/system")
    journeys.remove_images(copied, source)
    assert seen.contains(FILLED)
    scene.lab.check(copied)
