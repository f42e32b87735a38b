"""Two guests want the last memory of one host at the same time: one moves, the other is told why it can't."""

from collections.abc import Iterator

import pytest

from ..bad.scene import END_SECONDS, FINAL, POLL_SECONDS, Scene
from ..lab import wait_until
from .verdicts import THERE, hypervisor, until_told

pytestmark = pytest.mark.e2e

NAMES = ("preflight-memory-one", "preflight-memory-two")
GIB = 1 << 30
EACH_GIB = 4
LEFT_GIB = 6
"""Beside the reserve: enough for one of them, with some to spare for what else the machine does."""


@pytest.fixture
def both(scene: Scene) -> Iterator[tuple[str, str]]:
    """On host1, without disks; what they don't write to takes no memory of the machine's."""
    try:
        for name in NAMES:
            definition = (
                f"<domain type='qemu'><name>{name}</name><memory unit='GiB'>{EACH_GIB}</memory>"
                "<os><type arch='x86_64'>hvm</type></os></domain>"
            )
            scene.virsh("host1", "define", "/dev/stdin", stdin=definition)
            scene.virsh("host1", "start", name)
        wait_until("host1 to list both", lambda: set(NAMES) <= set(scene.domains("host1")), 30)
        yield NAMES
    finally:
        for host in ("host1", THERE):
            for name in NAMES:
                scene.lab.attempt("exec", host, "--", "virsh", "destroy", name)
                scene.lab.attempt("exec", host, "--", "virsh", "undefine", name)


@pytest.fixture
def little_is_left(scene: Scene) -> Iterator[None]:
    """The reserve is all but that; and what moves takes its time."""
    free = int(hypervisor(scene)["status"]["memory"]["freeBytes"])
    until_told(scene, {"reserve": {"memory": f"{free // GIB - LEFT_GIB}Gi"}})
    scene.lab.run("link", "host1", "--rate", "2mbit")
    try:
        yield
    finally:
        scene.lab.run("link", "host1", "--clear")
        until_told(scene, {"reserve": None})


@pytest.mark.usefixtures("little_is_left")
def test_one_of_them_ends_before_anything_is_copied_and_the_other_moves(
    scene: Scene, both: tuple[str, str]
) -> None:
    for name in both:
        scene.ask(name, name, THERE)
    failed = wait_until("one to fail", lambda: _ended(scene, both, "Failed"), END_SECONDS, POLL_SECONDS)
    (moves,) = set(both) - {failed}
    told = scene.clean(failed)
    assert told.reason in ("ChecksFailed", "NoMemory")
    assert f"{THERE} lacks " in told.message
    assert "are promised to other migrations" in told.message
    assert "progress" not in told.body["status"]
    assert failed not in scene.domains(THERE)
    scene.lab.run("link", "host1", "--clear")
    assert scene.until(moves, "Succeeded").phase == "Succeeded"
    scene.clean(moves)


def _ended(scene: Scene, names: tuple[str, str], phase: str) -> str | None:
    phases = {name: scene.told(name).phase for name in names}
    assert not (set(phases.values()) & FINAL) - {phase}, phases
    return next((name for name, now in phases.items() if now == phase), None)
