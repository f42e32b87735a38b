"""A guest that is busy with somebody else's job is left to it: the migration is refused, the job goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..lab import wait_until
from .scene import Scene

pytestmark = pytest.mark.e2e

PIPE = "/var/tmp/unread"  # noqa: S108 - a host's own, and this test's alone


@contextmanager
def save(scene: Scene, guest: str) -> Iterator[None]:
    """A save into a pipe that nobody reads; it fails, and the guest goes on, when the reader is gone."""
    begin = f"""
mkfifo {PIPE}
sleep 600 < {PIPE} > /dev/null 2>&1 & echo $! > {PIPE}.pid
virsh save {guest} {PIPE} > /dev/null 2>&1 &
"""
    scene.inside("host1", begin)
    try:
        yield
    finally:
        scene.inside("host1", f"kill $(cat {PIPE}.pid); rm -f {PIPE} {PIPE}.pid")
        wait_until(f"{guest} to go on", lambda: "running" in scene.virsh("host1", "domstate", guest), 30)


@contextmanager
def migration_by_hand(scene: Scene, guest: str) -> Iterator[None]:
    """Over a link on which it would take minutes; it is ended at last."""
    scene.lab.run("link", "host1", "--rate", "2mbit")
    ours = ("virsh", "migrate", "--live", "--p2p", "--tls", guest, "qemu+tls://host2/system")
    try:
        with scene.lab.begin("exec", "host1", "--", *ours) as virsh:
            yield
            scene.virsh("host1", "domjobabort", guest)
            virsh.wait(timeout=60)
    finally:
        scene.lab.run("link", "host1", "--clear")
    wait_until(f"{guest} to be on host1 alone", lambda: guest not in scene.domains("host2"), 90)


def job(scene: Scene, guest: str) -> str:
    """What libvirt says of the guest's job."""
    return scene.virsh("host1", "domjobinfo", guest)


def test_a_guest_that_is_being_saved_is_refused(scene: Scene, guest: str) -> None:
    with save(scene, guest):
        wait_until("the save", lambda: "Save" in job(scene, guest), 30)
        told = scene.fails("saved", guest, "host2", "GuestBusy")
        assert "Save" in job(scene, guest)
    assert set(told.failed_checks()) == {"NoJob", "VMRuns"}
    said = told.failed_check("NoJob")
    assert f"libvirt runs another job on VM {guest}" in said
    assert f"`virsh domjobinfo {guest}` shows it; wait for its end" in said


def test_a_guest_that_somebody_migrates_by_hand_is_refused_and_is_not_taken_for_two(
    scene: Scene, guest: str
) -> None:
    with migration_by_hand(scene, guest):
        wait_until("the migration", lambda: "Outgoing migration" in job(scene, guest), 30)
        wait_until("host2 to list it", lambda: guest in scene.domains("host2"), 90, 1)
        told = scene.fails("by-hand", guest, "host2", "GuestBusy")
        assert "Outgoing migration" in job(scene, guest)
    assert set(told.failed_checks()) == {"NoJob", "NoNamesake"}
    said = told.failed_check("NoJob")
    assert f"libvirt runs a migration that Godwit did not start on VM {guest}" in said
    assert "wait for its end, or `virsh domjobabort` it" in said
    assert "undefine" not in told.failed_check("NoNamesake")
