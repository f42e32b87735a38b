"""A guest of a newer QEMU's machine type does not go to a host of Debian 12, and an older one could."""

import pytest

from ..bad.scene import Scene
from ..preflight.odd_guests import complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

NEW, OLD = "pc-i440fx-10.0", "pc-i440fx-7.2"
OF_AN_OLDER_HOST = {"LibvirtVersion", "QEMUVersion", "KnownBugs"}


@pytest.mark.parametrize(("machine", "told"), [(NEW, True), (OLD, False)])
def test_a_machine_that_the_destination_lacks_is_named(
    scene: Scene, older: str, machine: str, *, told: bool
) -> None:
    name = machine.replace(".", "-")
    with odd_guest(scene, name, definition(name, machine=machine)) as vm:
        found = complaints(judged(scene, name, vm, older))
    assert ("MachineType" in found) == told
    if told:
        [said] = found["MachineType"]
        assert said.startswith(f"Fail on {older}: VM {name} is a {NEW}, which {older} (QEMU 7.2")
        assert set(found) <= {"MachineType", "Definition", *OF_AN_OLDER_HOST}
        assert NEW in found["Definition"][0]
