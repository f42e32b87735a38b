"""`hack/check-host`: the lab's hosts pass it, and what a host lacks is named with what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .api_server import REPOSITORY
from .lab import Lab

pytestmark = pytest.mark.e2e

HOST, OTHER = "host2", "host1"
SCRIPT = (REPOSITORY / "hack/check-host").read_text()
IMAGES = "/var/lib/godwit/local"
CERTIFICATE = Path("/etc/pki/qemu/server-cert.pem")


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


def checked(lab: Lab, *words: str) -> tuple[int, str]:
    done = lab.attempt("exec", HOST, "--", "sh", "-s", "--", *words, stdin=SCRIPT)
    return done.returncode, done.stdout + done.stderr


def test_a_host_of_the_lab_lacks_nothing(lab: Lab) -> None:
    code, told = checked(lab, "--address", HOST, "--images", IMAGES, OTHER)
    assert "MISSING" not in told
    assert code == 0, told
    assert f"libvirt of {OTHER} is reached by TLS, and calls itself {OTHER}" in told
    assert f"{OTHER} runs QEMU as " in told
    assert "libvirt answers for secrets" in told


@pytest.fixture
def without_a_certificate(lab: Lab) -> Iterator[None]:
    aside = CERTIFICATE.with_suffix(".aside")
    lab.inside(HOST, "mv", str(CERTIFICATE), str(aside))
    yield
    lab.inside(HOST, "mv", str(aside), str(CERTIFICATE))


@pytest.mark.usefixtures("without_a_certificate")
def test_all_that_is_missing_is_named_at_once(lab: Lab) -> None:
    code, told = checked(
        lab, "--address", "192.0.2.9", "--images", "/nowhere", "--images", "/var/run", "nobody"
    )
    assert code == 1
    missing = [line for line in told.splitlines() if line.startswith("MISSING")]
    for what in (
        f"QEMU's server certificate: {CERTIFICATE} is not there",
        "libvirt's server certificate: /etc/pki/libvirt/servercert.pem is not for 192.0.2.9",
        "/nowhere is not there: make it, or name others in agent.imageDirectories",
        "/var/run is a symlink: name the real directory",
        "libvirt of nobody is not reached by TLS",
    ):
        assert any(what in line for line in missing), told


def test_words_that_it_does_not_know_are_answered_with_those_that_it_knows(lab: Lab) -> None:
    code, told = checked(lab, "--fast")
    assert (code, told.startswith("usage: hack/check-host")) == (2, True)
