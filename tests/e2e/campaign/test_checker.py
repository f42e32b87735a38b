"""The checker is not blind: what is left behind or changed is found, and nothing when nothing is wrong."""

from collections.abc import Iterator

import pytest

from faultkit.checker import findings, snapshot
from faultkit.ends import Before, Ended
from labkit.registry import open_lab

from ..lab import Lab

pytestmark = pytest.mark.e2e

GUEST, HOST = "checked", "host1"
STAYED = Ended("Cancelled", "host2")
POOL = ("pool-create-as", "left-pool", "dir", "--target", "/var/lib/godwit/shared/left")
PROBE = "/var/lib/godwit/shared/.godwit-left"
MARK = ("metadata", GUEST, "https://godwit.dev/xmlns/run/1", "--key", "godwit")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab()
    with lab.guest(GUEST, HOST, "--autostart"):
        yield lab


@pytest.fixture
def before(lab: Lab) -> Before:
    return snapshot(open_lab(lab.name), GUEST)


def found(lab: Lab, before: Before, ended: Ended = STAYED) -> str:
    return "\n".join(findings(open_lab(lab.name), before, ended))


def virsh(lab: Lab, *words: str) -> None:
    lab.inside(HOST, "virsh", "-q", *words)


def test_a_guest_that_was_left_alone_is_as_before(lab: Lab, before: Before) -> None:
    assert found(lab, before) == ""


def test_a_phase_that_does_not_fit_is_found(lab: Lab, before: Before) -> None:
    assert "Succeeded, but it is on host1, not on host2" in found(lab, before, Ended("Succeeded", "host2"))


def test_a_pool_a_probe_and_a_mark_that_were_left_are_found(lab: Lab, before: Before) -> None:
    lab.inside(HOST, "mkdir", "-p", POOL[-1])
    virsh(lab, *POOL)
    lab.inside(HOST, "touch", PROBE)
    virsh(lab, *MARK, "--set", "<run>x</run>", "--live")
    try:
        told = found(lab, before)
    finally:
        virsh(lab, *MARK, "--remove", "--live")
        lab.inside(HOST, "rm", "-f", PROBE)
        virsh(lab, "pool-destroy", POOL[1])
        lab.inside(HOST, "rmdir", POOL[-1])
    for what in (f"pool {POOL[1]} on {HOST}", f"the file {PROBE}", "a mark of Godwit's on domain"):
        assert f"left behind: {what}" in told
    assert found(lab, before) == ""


def test_a_guest_that_was_changed_is_found(lab: Lab, before: Before) -> None:
    virsh(lab, "autostart", "--disable", GUEST)
    virsh(lab, "migrate-setmaxdowntime", GUEST, "50")
    virsh(lab, "suspend", GUEST)
    told = found(lab, before)
    for what in ("autostart was True", "max downtime was 300", "it should be running and is paused"):
        assert what in told
    virsh(lab, "resume", GUEST)
    virsh(lab, "migrate-setmaxdowntime", GUEST, "300")
    virsh(lab, "autostart", GUEST)
    assert found(lab, before) == ""
