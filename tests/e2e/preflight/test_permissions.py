"""QEMU runs as another user at the destination."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import POLL_SECONDS, Scene
from ..lab import wait_until
from .verdicts import THERE, hypervisor, judged, stopping, verdict

pytestmark = pytest.mark.e2e

CONF = "/etc/libvirt/qemu.conf"
NOBODY = 65534


@contextmanager
def user_of_qemu(scene: Scene, uid: int) -> Iterator[None]:
    """libvirtd of the destination starts QEMU as that one, and its Hypervisor says so."""
    scene.inside(THERE, f"cp {CONF} {CONF}.before; sed -i 's/^user = .*/user = \"+{uid}\"/' {CONF}")
    try:
        restarted(scene, f"+{uid}:+0")
        yield
    finally:
        scene.inside(THERE, f"mv {CONF}.before {CONF}")
        restarted(scene, "+0:+0")


def restarted(scene: Scene, label: str) -> None:
    """libvirtd, and its agent has seen what it says now."""
    scene.lab.run("kill", "libvirtd", THERE)

    def is_told() -> bool:
        models = hypervisor(scene)["status"]["security"]
        return {model["baseLabel"] for model in models if model["model"] == "dac"} == {label}

    wait_until(f"{THERE} to tell of {label}", is_told, 90, POLL_SECONDS)


def test_another_user_is_told_with_both_hosts_ways(scene: Scene, guest: str) -> None:
    with user_of_qemu(scene, NOBODY):
        told = judged(scene, "another-user", guest, "Failed")
    assert stopping(told) == {"Permissions"}
    said = told.failed_check("Permissions")
    assert f"dac is 0:0 on host1 and {NOBODY}:0 on {THERE}" in said
    assert CONF in said
    doubt = verdict(told, "ImageAccess")
    assert doubt["result"] == "Warn"
    assert f"as {NOBODY}:0, and it is 0:0 " in doubt["message"]


def test_the_same_user_passes(scene: Scene, guest: str) -> None:
    told = judged(scene, "same-user", guest, "Succeeded")
    assert verdict(told, "Permissions")["result"] == "Pass"
    assert verdict(told, "ImageAccess")["result"] == "Pass"
