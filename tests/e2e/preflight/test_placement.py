"""What a guest is bound to that the destination hasn't: CPUs, a cell, large pages, a limit that is too small.

Here both hosts are one machine, which has none of it either, so the guest that asks for it is off.
"""

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

BOUND = """
  <memoryBacking><hugepages/><locked/></memoryBacking>
  <memtune><hard_limit unit='MiB'>16</hard_limit></memtune>
  <cputune><vcpupin vcpu='0' cpuset='63'/></cputune>
  <numatune><memory mode='strict' nodeset='7'/></numatune>"""


def test_all_that_a_guest_is_bound_to_and_the_destination_lacks_is_named_at_once(scene: Scene) -> None:
    with odd_guest(scene, "bound", definition("bound", more=BOUND), state="shut off") as vm:
        found = complaints(judged(scene, "bound", vm))
    assert {"Pinning", "NUMA", "Hugepages", "MemoryLock", "VMRuns"} <= set(found)
    assert set(found) <= {"Pinning", "NUMA", "Hugepages", "MemoryLock", "VMRuns", "Definition"}
    assert all(found[name][0].startswith(f"Fail on {THERE}: ") for name in ("Pinning", "NUMA", "Hugepages"))
    assert "63" in found["Pinning"][0]
    assert "7" in found["NUMA"][0]
    assert "0 of 0 are free" in found["Hugepages"][0]
    assert "<hard_limit> of VM bound is 16 MiB" in found["MemoryLock"][0]
