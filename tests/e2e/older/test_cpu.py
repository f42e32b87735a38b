"""A CPU that the destination can't give is refused with the name of each feature."""

import pytest

from ..bad.scene import Scene
from ..preflight.small import ALIKE, requiring, running
from ..preflight.verdicts import validated, verdict

pytestmark = pytest.mark.e2e

LACKING = ("rdseed", "rdpid")
"""QEMU 10.0 emulates them, 7.2 doesn't."""


def test_the_features_that_an_older_qemu_lacks_are_named(scene: Scene, older: str) -> None:
    with running(scene, "preflight-features", requiring(*LACKING)) as vm:
        assert verdict(validated(scene, "features-alike", vm, "Succeeded", ALIKE), "CPU")["result"] == "Pass"
        told = scene.fails("features", vm, older, "ChecksFailed", mode="Validate")
    assert set(told.failed_checks()) == {"CPU", "KnownBugs"}
    said = told.failed_check("CPU")
    assert f"VM {vm} has the CPU qemu64, and {older} lacks " in said
    assert all(feature in said for feature in LACKING)


def test_features_that_an_older_libvirt_has_never_heard_of_are_named_too(scene: Scene, older: str) -> None:
    with running(scene, "preflight-unknown", requiring("cmpccxadd", "fsrs", "rdseed")) as vm:
        told = scene.fails("unknown", vm, older, "ChecksFailed", mode="Validate")
    said = told.failed_check("CPU")
    assert all(feature in said for feature in ("cmpccxadd", "fsrs", "rdseed"))
