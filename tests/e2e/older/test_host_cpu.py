"""An older QEMU at the destination: `safety.cpu: Identical`, and a guest that has whatever QEMU can give."""

import pytest

from ..bad.scene import Scene
from ..preflight.small import HERE, IDENTICAL, MAXIMUM, running
from ..preflight.verdicts import validated, verdict

pytestmark = pytest.mark.e2e


def test_an_older_libvirt_names_the_same_cpu_differently_which_is_said(scene: Scene, older: str) -> None:
    with running(scene, "preflight-differs") as vm:
        told = scene.fails("differs", vm, older, "ChecksFailed", mode="Validate", safety=IDENTICAL)
        forced = {**IDENTICAL, "force": ["HostCPU", "KnownBugs"]}
        told_forced = validated(scene, "differs-forced", vm, "Succeeded", older, safety=forced)
    assert verdict(told_forced, "HostCPU")["forced"]
    assert set(told.failed_checks()) == {"HostCPU", "KnownBugs"}
    said = told.failed_check("HostCPU")
    assert f"{older} has another CPU than {HERE}: model " in said
    assert "may have different names for one CPU" in said


def test_all_that_qemu_emulates_is_not_there_on_an_older_one(scene: Scene, older: str) -> None:
    with running(scene, "preflight-older-maximum", MAXIMUM) as vm:
        told = scene.fails("maximum", vm, older, "ChecksFailed", mode="Validate")
    assert set(told.failed_checks()) == {"HostCPU", "KnownBugs"}
    said = told.failed_check("HostCPU")
    assert "QEMU 10.0." in said
    assert ", 7.2." in said
