"""A destination that libvirt can't be reached on, or that isn't who the source trusts: nothing moves."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .scene import Scene

pytestmark = pytest.mark.e2e

ALL_THE_SAME = {"force": ["Reachable", "TLS"]}
"""What the preflight knows beforehand: libvirt itself is to find out."""


@contextmanager
def stranger(scene: Scene, whose: str) -> Iterator[None]:
    """host2 shows a certificate that host1 has no authority for."""
    try:
        scene.lab.run("host", "certificate", "host2", "stranger", "--of", whose)
        yield
    finally:
        scene.lab.run("host", "certificate", "host2", "right")


@contextmanager
def closed_door(scene: Scene) -> Iterator[None]:
    """host2 takes no connection for libvirtd from outside; its own agent is at home."""
    try:
        scene.lab.run("host", "port", "host2", "16514")
        yield
    finally:
        scene.lab.run("host", "port", "host2", "open")


@pytest.mark.parametrize("whose", [pytest.param("libvirt", marks=pytest.mark.walk), "qemu"])
def test_a_destination_whose_certificate_the_source_does_not_know_is_refused(
    scene: Scene, guest: str, whose: str
) -> None:
    with stranger(scene, whose):
        told = scene.fails(f"stranger-{whose}", guest, "host2", "TLSFailed", safety=ALL_THE_SAME)
    assert told.message.startswith("host1: migrate: ")
    assert "certificate" in told.message.partition("Both hosts need certificates of an authority")[0]
    assert "Both hosts need certificates of an authority that the other one knows" in told.message


def test_a_destination_that_takes_no_connection_is_named(scene: Scene, guest: str) -> None:
    with closed_door(scene):
        told = scene.fails("closed-door", guest, "host2", "ConnectionFailed", safety=ALL_THE_SAME)
    assert told.message.startswith("host1: migrate: ")
    assert "unable to connect to server" in told.message
    assert "See that libvirtd or virtproxyd listens on the destination (port 16514)" in told.message


def test_a_destination_whose_libvirtd_is_down_ends_the_migration_by_its_start_timeout(
    scene: Scene, guest: str
) -> None:
    before = scene.pictures()
    scene.lab.run("stop", "libvirtd", "host2")
    try:
        scene.ask("no-libvirtd", guest, "host2", startTimeout="10s")
        told = scene.until("no-libvirtd", "Failed")
        assert (told.reason, told.cleanup) == ("StartTimeout", "Done"), "host2 was only asked to look"
        assert "within startTimeout (10s). host2: no connection to qemu:///system: " in told.message
        assert "See that libvirtd or virtqemud runs there" in told.message
        assert "owed" not in told.message
        scene.event_tells(told)
        assert scene.virsh("host1", "domstate", guest).strip() == "running"
    finally:
        scene.lab.run("start", "libvirtd", "host2")
    assert scene.left_over(scene.clean("no-libvirtd")) == []
    assert scene.pictures() == before
