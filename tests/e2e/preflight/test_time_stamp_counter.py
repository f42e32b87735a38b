"""A guest whose time stamp counter libvirt would not keep steady is named before libvirt refuses it.

The lab's hosts are one machine, which can't scale its counter; what no guest could be started with there is
asked about a guest that is off.
"""

import json

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

MODEL = "<model fallback='forbid'>qemu64</model>"
INVARIANT = f"{MODEL}<feature policy='require' name='invtsc'/>"


def clock(hertz: int) -> str:
    return f"<clock offset='utc'><timer name='tsc' frequency='{hertz}'/></clock>"


def hertz_of(scene: Scene, host: str) -> int:
    """As its Hypervisor tells; a machine whose libvirt can't read it has nothing to compare."""
    found = json.loads(scene.cluster.kubectl("get", "hypervisor", host, "-o", "json"))
    hertz: int = found["status"]["cpu"].get("tscHertz", 0)
    if not hertz:
        pytest.skip(f"libvirt on {host} can't read the frequency of the time stamp counter")
    return hertz


def test_invtsc_without_a_frequency_is_named(scene: Scene) -> None:
    steady = definition("steady").replace(MODEL, INVARIANT)
    with odd_guest(scene, "steady", steady, state="shut off") as vm:
        [said] = complaints(judged(scene, "steady", vm))["TimeStampCounter"]
    assert said.startswith("Fail on host1: VM steady has the CPU feature invtsc and no frequency for it: ")
    assert "<timer name='tsc' frequency=" in said


def test_the_destinations_own_frequency_passes_and_any_other_is_named_with_both(scene: Scene) -> None:
    hertz = hertz_of(scene, THERE)
    with odd_guest(scene, "paced", definition("paced", more=clock(hertz))) as vm:
        same = judged(scene, "paced", vm)
    assert (same.phase, complaints(same)) == ("Succeeded", {})
    with odd_guest(scene, "faster", definition("faster", more=clock(2 * hertz)), state="shut off") as vm:
        [said] = complaints(judged(scene, "faster", vm))["TimeStampCounter"]
    assert said.startswith(f"Fail on {THERE}: the time stamp counter of VM faster runs at {2 * hertz} Hz, ")
    assert f"that of {THERE} at {hertz} Hz, and its CPU can't scale it" in said
