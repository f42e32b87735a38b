"""A CPU that the destination can give is not refused; what one can't give is in `older/test_cpu.py`."""

import pytest

from ..bad.scene import Scene
from .small import ALIKE, requiring, running
from .verdicts import validated, verdict

pytestmark = pytest.mark.e2e


def test_several_cpus_in_a_socket_are_no_missing_feature(scene: Scene) -> None:
    """libvirt says that no host has `ht`, which QEMU sets itself for such a guest."""
    topology = "<topology sockets='1' cores='2' threads='1'/></cpu>"
    with running(scene, "preflight-cores", requiring().replace("</cpu>", topology), vcpus=2) as vm:
        told = validated(scene, "cores", vm, "Succeeded", ALIKE)
    assert verdict(told, "CPU")["result"] == "Pass"
    assert verdict(told, "HostCPU")["result"] == "NotApplicable"
