"""`safety.cpu: Identical`, and guests that have whatever their host or QEMU can give."""

import pytest

from ..bad.scene import Scene
from .small import ALIKE, HERE, older_host, running
from .verdicts import validated, verdict

pytestmark = pytest.mark.e2e

IDENTICAL = {"cpu": "Identical"}
MAXIMUM = "<cpu mode='maximum'/>"


def test_two_hosts_on_one_machine_are_identical(scene: Scene) -> None:
    with running(scene, "preflight-identical") as vm:
        told = validated(scene, "identical", vm, "Succeeded", ALIKE, safety=IDENTICAL)
    assert verdict(told, "HostCPU")["result"] == "Pass"


def test_an_older_libvirt_names_the_same_cpu_differently_which_is_said(scene: Scene) -> None:
    older = older_host(scene)
    with running(scene, "preflight-differs") as vm:
        told = scene.fails("differs", vm, older, "ChecksFailed", mode="Validate", safety=IDENTICAL)
        forced = {**IDENTICAL, "force": ["HostCPU", "KnownBugs"]}
        told_forced = validated(scene, "differs-forced", vm, "Succeeded", older, safety=forced)
    assert verdict(told_forced, "HostCPU")["forced"]
    assert set(told.failed_checks()) == {"HostCPU", "KnownBugs"}
    said = told.failed_check("HostCPU")
    assert f"{older} has another CPU than {HERE}: model " in said
    assert "may have different names for one CPU" in said


def test_all_that_qemu_emulates_is_there_on_the_same_qemu_alone(scene: Scene) -> None:
    with running(scene, "preflight-maximum", MAXIMUM) as vm:
        told = validated(scene, "maximum", vm, "Succeeded", ALIKE)
        assert verdict(told, "HostCPU")["result"] == "Pass"
        assert verdict(told, "CPU")["result"] == "NotApplicable"
        older = older_host(scene)
        told = scene.fails("maximum-older", vm, older, "ChecksFailed", mode="Validate")
    assert set(told.failed_checks()) == {"HostCPU", "KnownBugs"}
    said = told.failed_check("HostCPU")
    assert "QEMU 10.0." in said
    assert ", 7.2." in said
