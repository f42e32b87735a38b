"""A screen that listens at its host's own address, or at a port that is taken there, does not go."""

import json

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

PORT = 5999


def vnc(address: str, port: str = "autoport='yes'") -> str:
    return (
        f"<graphics type='vnc' {port}><listen type='address' address='{address}'/></graphics>"
        "<video><model type='vga'/></video>"
    )


def address_of(scene: Scene, host: str) -> str:
    found = json.loads(scene.cluster.kubectl("get", "hypervisor", host, "-o", "json"))
    return str(found["status"]["migrationAddress"])


def test_an_address_of_the_source_alone_is_named(scene: Scene) -> None:
    address = address_of(scene, "host1")
    with odd_guest(scene, "screen", definition("screen", vnc(address))) as vm:
        told = judged(scene, "screen", vm)
    [(name, [said])] = complaints(told).items()
    assert name == "Graphics"
    assert said.startswith(f"Fail on {THERE}: the screen of VM screen listens at vnc {address}, ")
    assert f"and {THERE} has no address {address}" in said


def test_a_port_that_another_guest_has_there_is_named_and_a_free_one_passes(scene: Scene) -> None:
    fixed = vnc("0.0.0.0", f"port='{PORT}' autoport='no'")  # noqa: S104 - what is tested
    with odd_guest(scene, "fixed", definition("fixed", fixed)) as vm:
        free = judged(scene, "free", vm)
        with odd_guest(scene, "squatter", definition("squatter", fixed), host=THERE):
            taken = judged(scene, "taken", vm)
    assert (free.phase, complaints(free)) == ("Succeeded", {})
    [(name, [said])] = complaints(taken).items()
    assert name == "Graphics"
    assert f"listens at vnc 0.0.0.0:{PORT}, and on {THERE} that port is taken" in said
