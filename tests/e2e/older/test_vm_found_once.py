"""A VM that a third host lists, too: which of the two is meant, nobody can tell but its owner."""

import pytest

from ..bad.scene import Scene
from ..preflight.small import running

pytestmark = pytest.mark.e2e


def test_a_vm_that_a_third_host_lists_as_well_is_a_veto_that_names_that_host(
    scene: Scene, older: str
) -> None:
    with running(scene, "preflight-twice") as vm:
        uuid = scene.virsh("host1", "domuuid", vm).strip()
        with scene.domain(older, vm, vm_uuid=uuid):
            source = {"hypervisor": "host1"}
            told = scene.fails("found-twice", vm, "host2", "VMAmbiguous", source=source, mode="Validate")
    assert list(told.failed_checks()) == ["VMFoundOnce"]
    said = told.failed_check("VMFoundOnce")
    assert f"VM {vm} (uuid {uuid}) is also on {older}" in said
    assert "undefine it there" in said
