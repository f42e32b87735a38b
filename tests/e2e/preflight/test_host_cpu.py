"""`safety.cpu: Identical`, and guests that have whatever their host or QEMU can give."""

import pytest

from ..bad.scene import Scene
from .small import ALIKE, IDENTICAL, MAXIMUM, running
from .verdicts import validated, verdict

pytestmark = pytest.mark.e2e


def test_two_hosts_on_one_machine_are_identical(scene: Scene) -> None:
    with running(scene, "preflight-identical") as vm:
        told = validated(scene, "identical", vm, "Succeeded", ALIKE, safety=IDENTICAL)
    assert verdict(told, "HostCPU")["result"] == "Pass"


def test_all_that_qemu_emulates_is_there_on_the_same_qemu(scene: Scene) -> None:
    with running(scene, "preflight-maximum", MAXIMUM) as vm:
        told = validated(scene, "maximum", vm, "Succeeded", ALIKE)
        assert verdict(told, "HostCPU")["result"] == "Pass"
        assert verdict(told, "CPU")["result"] == "NotApplicable"
