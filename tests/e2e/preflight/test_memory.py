"""A destination whose admin keeps back more memory than it has left."""

import pytest

from ..bad.scene import Scene
from .verdicts import THERE, judged, stopping, until_told, verdict

pytestmark = pytest.mark.e2e

RESERVE = "1Ti"


def test_a_reserve_is_never_given_away_and_it_is_told_what_is_missing(scene: Scene, guest: str) -> None:
    until_told(scene, {"reserve": {"memory": RESERVE}})
    try:
        told = judged(scene, "reserve", guest, "Failed")
        forced = judged(scene, "reserve-forced", guest, "Succeeded", safety={"force": ["Memory"]})
    finally:
        until_told(scene, {"reserve": None})
    assert stopping(told) == {"Memory"}
    said = told.failed_check("Memory")
    assert f"{THERE} lacks " in said
    assert f"{1 << 20} MiB are its reserve" in said
    assert f"spec.reserve.memory of the Hypervisor {THERE}" in said
    assert forced.reason == "ValidWithWarnings"
    assert verdict(forced, "Memory")["forced"]


def test_without_it_the_same_guest_has_its_memory(scene: Scene, guest: str) -> None:
    told = judged(scene, "memory", guest, "Succeeded")
    assert verdict(told, "Memory")["result"] == "Pass"
    assert stopping(told) == set()


def test_no_reserve_is_so_large_or_so_odd(scene: Scene) -> None:
    for odd in ("2Ti0", "-1Gi", "1048577Gi", "lots"):
        patch = f'{{"spec": {{"reserve": {{"memory": "{odd}"}}}}}}'
        said = scene.cluster.refusal("patch", "hypervisor", THERE, "--type=merge", "-p", patch)
        assert "spec.reserve.memory" in said
