"""A guest agent that is not there is a warning, and stops nothing."""

import pytest

from ..bad.scene import Scene
from .odd_guests import complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

CHANNEL = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"


def test_a_silent_agent_is_told_and_the_guest_may_go(scene: Scene) -> None:
    with odd_guest(scene, "silent", definition("silent", CHANNEL)) as vm:
        told = judged(scene, "silent", vm)
    assert (told.phase, told.reason) == ("Succeeded", "ValidWithWarnings")
    [(name, [said])] = complaints(told).items()
    assert name == "GuestAgent"
    assert said.startswith("Warn on host1: VM silent has a channel for a guest agent, and nobody holds")
