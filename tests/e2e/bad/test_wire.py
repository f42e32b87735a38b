"""A destination that libvirt can't be reached on, or that isn't who the source trusts: nothing moves."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..lab import wait_until
from .scene import Scene

pytestmark = pytest.mark.e2e

# A whole authority of host2's own: its daemons refuse a certificate of theirs that it didn't sign.
_BE_A_STRANGER = """
cp -a /etc/pki /etc/pki.own
cd /etc/pki
key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $key -days 2 -subj /CN=stranger -keyout stranger.key -out {authority}
openssl req $key -subj /CN=host2 -keyout {key} -out stranger.csr
openssl x509 -req -in stranger.csr -CA {authority} -CAkey stranger.key -CAcreateserial -days 2 \
  -out {certificate}
"""
_LIBVIRT = ("CA/cacert.pem", "libvirt/private/serverkey.pem", "libvirt/servercert.pem")
_QEMU = ("qemu/ca-cert.pem", "qemu/server-key.pem", "qemu/server-cert.pem")
_BE_KNOWN_AGAIN = "[ ! -e /etc/pki.own ] || { rm -rf /etc/pki; mv /etc/pki.own /etc/pki; }"
_NO_ENTRY = "INPUT -p tcp --dport 16514 -j REJECT --reject-with tcp-reset"


def restart_libvirtd(scene: Scene) -> None:
    """Of host2: it answers again when this returns."""
    scene.lab.run("kill", "libvirtd", "host2")
    ask = ("exec", "host2", "--", "virsh", "-q", "uri")
    wait_until("libvirtd of host2", lambda: scene.lab.attempt(*ask).returncode == 0, 60)


@contextmanager
def stranger(scene: Scene, files: tuple[str, str, str]) -> Iterator[None]:
    """host2 shows a certificate that host1 has no authority for."""
    authority, key, certificate = files
    try:
        scene.inside("host2", _BE_A_STRANGER.format(authority=authority, key=key, certificate=certificate))
        restart_libvirtd(scene)
        yield
    finally:
        scene.inside("host2", _BE_KNOWN_AGAIN)
        restart_libvirtd(scene)


@contextmanager
def closed_door(scene: Scene) -> Iterator[None]:
    """host2 takes no connection for libvirtd from outside; its own agent is at home."""
    scene.inside("host2", f"iptables -A {_NO_ENTRY}")
    try:
        yield
    finally:
        scene.inside("host2", f"iptables -D {_NO_ENTRY}")


@pytest.mark.parametrize(
    "files", [pytest.param(_LIBVIRT, marks=pytest.mark.walk), _QEMU], ids=["of libvirt", "of QEMU"]
)
def test_a_destination_whose_certificate_the_source_does_not_know_is_refused(
    scene: Scene, guest: str, files: tuple[str, str, str]
) -> None:
    with stranger(scene, files):
        told = scene.fails(f"stranger-{files[2].split('/')[0]}", guest, "host2", "TLSFailed")
    assert told.message.startswith("host1: migrate: ")
    assert "certificate" in told.message.partition("Both hosts need certificates of an authority")[0]
    assert "Both hosts need certificates of an authority that the other one knows" in told.message


def test_a_destination_that_takes_no_connection_is_named(scene: Scene, guest: str) -> None:
    with closed_door(scene):
        told = scene.fails("closed-door", guest, "host2", "ConnectionFailed")
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
        assert (told.reason, told.cleanup) == ("StartTimeout", "Pending")
        assert "within startTimeout (10s). host2: no connection to qemu:///system: " in told.message
        assert "See that libvirtd or virtqemud runs there" in told.message
        assert "Cleaning up is still owed by host2" in told.message
        scene.event_tells(told)
        assert scene.virsh("host1", "domstate", guest).strip() == "running"
    finally:
        scene.lab.run("start", "libvirtd", "host2")
    assert scene.left_over(scene.clean("no-libvirtd")) == []
    assert scene.pictures() == before
