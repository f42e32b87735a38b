"""A guest with a steady time stamp counter and no frequency for it is refused before libvirt refuses it."""

import pytest

from ..bad.scene import Scene
from .odd_guests import complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

MODEL = "<model fallback='forbid'>qemu64</model>"
INVARIANT = f"{MODEL}<feature policy='require' name='invtsc'/>"
CLOCK = "<clock offset='utc'><timer name='tsc' frequency='2100000000'/></clock>"


def invariant(name: str, more: str = "") -> str:
    return definition(name, more=more).replace(MODEL, INVARIANT)


def test_invtsc_without_a_frequency_is_named_and_with_one_it_is_not(scene: Scene) -> None:
    """The guest is off: QEMU can't emulate the feature."""
    with odd_guest(scene, "steady", invariant("steady"), state="shut off") as vm:
        without = complaints(judged(scene, "steady", vm))
    [said] = without["TimeStampCounter"]
    assert said.startswith("Fail on host1: VM steady has the CPU feature invtsc and no frequency for it: ")
    assert "<timer name='tsc' frequency=" in said
    with odd_guest(scene, "paced", invariant("paced", CLOCK), state="shut off") as vm:
        assert "TimeStampCounter" not in complaints(judged(scene, "paced", vm))
