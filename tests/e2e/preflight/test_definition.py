"""What the destination's libvirt refuses is told in its words; a long or odd definition harms nobody."""

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

EMULATOR = "/usr/local/bin/qemu-of-host1"
LONG = "x" * (1 << 20)
LIVE = {"Definition", "Graphics", "Paths"}
"""What is judged from the definition that the destination has."""


def test_a_qemu_that_the_destination_does_not_have_is_named(scene: Scene) -> None:
    scene.inside("host1", f"cp /usr/bin/qemu-system-x86_64 {EMULATOR}")
    try:
        xml = definition("emulated", f"<emulator>{EMULATOR}</emulator>")
        with odd_guest(scene, "emulated", xml) as vm:
            found = complaints(judged(scene, "emulated", vm))
    finally:
        scene.inside("host1", f"rm -f {EMULATOR}")
    [(name, [said])] = found.items()
    assert name == "Definition"
    assert said.startswith(f"Fail on {THERE}: libvirt on {THERE} refuses the definition: ")
    assert EMULATOR in said


def test_a_definition_of_a_mebibyte_is_not_sent_and_the_guest_may_go_if_that_is_forced(scene: Scene) -> None:
    vendor = f"<bios><entry name='vendor'>{LONG}</entry></bios>"
    xml = definition("long", more=f"<sysinfo type='smbios'>{vendor}</sysinfo>")
    with odd_guest(scene, "long", xml) as vm:
        told = judged(scene, "long", vm)
        found = complaints(told)
        forced = judged(scene, "long-forced", vm, safety={"force": sorted(found)})
    assert told.reason == "ChecksFailed"
    assert set(found) >= LIVE
    for said in (line for lines in found.values() for line in lines):
        assert said.startswith(f"NotRun on {THERE}: ")
    assert "more than 256 KiB is not sent there" in found["Definition"][0]
    assert (forced.phase, forced.reason) == ("Succeeded", "ValidWithWarnings")


def test_entities_in_a_definition_harm_nobody(scene: Scene) -> None:
    odd = definition("entities", more="<description>&a;&a;&a; &lt;&amp;&#x1f40c;</description>")
    bomb = f"<!DOCTYPE domain [<!ENTITY a '{'ha' * 1000}'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>{odd}"
    with odd_guest(scene, "entities", bomb) as vm:
        told = judged(scene, "entities", vm)
    assert (told.phase, complaints(told)) == ("Succeeded", {})
