"""Two hosts whose clocks differ: how far is told, and by how much it is too far."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import Scene
from ..lab import wait_until
from .road import HERE, THERE, of, verdicts, wrong

pytestmark = pytest.mark.e2e

EXACT_SECONDS = 1.5
"""The measurement is as sure as the hosts' answers are quick, and they may be busy."""


@contextmanager
def shifted(scene: Scene, host: str, offset: str) -> Iterator[None]:
    """As its agent sees it."""
    scene.lab.run("host", "clock", host, offset)
    try:
        wait_until(f"the agent on {host}", lambda: scene.ready(host), 60)
        yield
    finally:
        scene.lab.run("host", "clock", host, "right")
        wait_until(f"the agent on {host}", lambda: scene.ready(host), 60)


@pytest.mark.parametrize(
    ("host", "seconds", "result", "direction"),
    [(THERE, 90, "Fail", "ahead of"), (HERE, 5, "Warn", "behind")],
)
def test_a_clock_that_is_off_is_told_with_how_far(
    scene: Scene, guest: str, host: str, seconds: int, result: str, direction: str
) -> None:
    with shifted(scene, host, f"+{seconds}s"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"Clock": result}
    told = of(found, "Clock")
    measured = re.match(rf"the clock of {THERE} is ([0-9.]+) s {direction} that of {HERE}", told["message"])
    assert measured, told
    assert abs(float(measured[1]) - seconds) < EXACT_SECONDS
    assert "chronyc tracking" in told["remedy"]
