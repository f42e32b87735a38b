"""An older libvirt and QEMU at the destination: warned of; a bug of theirs that harms the guest: refused."""

import pytest

from ..bad.scene import Scene
from ..preflight.small import HERE, running
from ..preflight.verdicts import verdict

pytestmark = pytest.mark.e2e


def test_an_older_host_is_warned_of_and_its_bugs_are_named(scene: Scene, older: str) -> None:
    with running(scene, "preflight-older") as vm:
        told = scene.fails("older", vm, older, "ChecksFailed", mode="Validate")
    assert set(told.failed_checks()) == {"KnownBugs"}
    assert "damages the memory of an emulated guest" in told.failed_check("KnownBugs")
    for check, program, versions in (
        ("LibvirtVersion", "libvirt", ("9.0.0", "11.3.0")),
        ("QEMUVersion", "QEMU", ("7.2.", "10.0.")),
    ):
        found = verdict(told, check)
        assert (found["result"], found["host"]) == ("Warn", older)
        assert f"{program} {versions[0]}" in found["message"]
        assert f"is older than {versions[1]}" in found["message"]
        assert HERE in found["message"]
