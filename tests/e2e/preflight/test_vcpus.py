"""A guest with more vCPUs than the destination has CPUs: told by both numbers, and forcible."""

from collections.abc import Iterator

import pytest

from ..bad.scene import Scene
from ..lab import wait_until
from .verdicts import THERE, hypervisor, judged, stopping, verdict

pytestmark = pytest.mark.e2e

VM = "preflight-many-vcpus"


@pytest.fixture
def vcpus(scene: Scene) -> Iterator[int]:
    """One more than the host has CPUs; the guest on host1 has so many, and no disk."""
    count = int(hypervisor(scene)["status"]["cpu"]["count"]) + 1
    definition = (
        f"<domain type='qemu'><name>{VM}</name><memory unit='MiB'>16</memory><vcpu>{count}</vcpu>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )
    scene.virsh("host1", "define", "/dev/stdin", stdin=definition)
    try:
        scene.virsh("host1", "start", VM)
        wait_until(f"host1 to list {VM}", lambda: VM in scene.domains("host1"), 30)
        yield count
    finally:
        scene.lab.attempt("exec", "host1", "--", "virsh", "destroy", VM)
        scene.virsh("host1", "undefine", VM)


def test_more_vcpus_than_cpus_are_refused_unless_it_is_forced(scene: Scene, vcpus: int) -> None:
    told = judged(scene, "many-vcpus", VM, "Failed")
    assert stopping(told) == {"VCPUs"}
    said = told.failed_check("VCPUs")
    assert f"VM {VM} has {vcpus} vCPUs, {THERE} has {vcpus - 1} CPUs" in said
    assert told.reason == "ChecksFailed"
    forced = judged(scene, "many-vcpus-forced", VM, "Succeeded", safety={"force": ["VCPUs"]})
    assert forced.reason == "ValidWithWarnings"
    assert verdict(forced, "VCPUs")["forced"]
