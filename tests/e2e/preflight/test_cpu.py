"""A CPU that the destination can't give is refused with the name of each feature; one that it can is not."""

import pytest

from ..bad.scene import Scene
from .small import ALIKE, older_host, running
from .verdicts import validated, verdict

pytestmark = pytest.mark.e2e

LACKING = ("rdseed", "rdpid")
"""QEMU 10.0 emulates them, 7.2 doesn't."""


def requiring(*features: str) -> str:
    wanted = "".join(f"<feature policy='require' name='{feature}'/>" for feature in features)
    return f"<cpu mode='custom' match='exact'><model fallback='forbid'>qemu64</model>{wanted}</cpu>"


def test_several_cpus_in_a_socket_are_no_missing_feature(scene: Scene) -> None:
    """libvirt says that no host has `ht`, which QEMU sets itself for such a guest."""
    topology = "<topology sockets='1' cores='2' threads='1'/></cpu>"
    with running(scene, "preflight-cores", requiring().replace("</cpu>", topology), vcpus=2) as vm:
        told = validated(scene, "cores", vm, "Succeeded", ALIKE)
    assert verdict(told, "CPU")["result"] == "Pass"
    assert verdict(told, "HostCPU")["result"] == "NotApplicable"


def test_the_features_that_an_older_qemu_lacks_are_named(scene: Scene) -> None:
    older = older_host(scene)
    with running(scene, "preflight-features", requiring(*LACKING)) as vm:
        assert verdict(validated(scene, "features-alike", vm, "Succeeded", ALIKE), "CPU")["result"] == "Pass"
        told = scene.fails("features", vm, older, "ChecksFailed", mode="Validate")
    assert set(told.failed_checks()) == {"CPU", "KnownBugs"}
    said = told.failed_check("CPU")
    assert f"VM {vm} has the CPU qemu64, and {older} lacks " in said
    assert all(feature in said for feature in LACKING)


def test_features_that_an_older_libvirt_has_never_heard_of_are_named_too(scene: Scene) -> None:
    older = older_host(scene)
    with running(scene, "preflight-unknown", requiring("cmpccxadd", "fsrs", "rdseed")) as vm:
        told = scene.fails("unknown", vm, older, "ChecksFailed", mode="Validate")
    said = told.failed_check("CPU")
    assert all(feature in said for feature in ("cmpccxadd", "fsrs", "rdseed"))
