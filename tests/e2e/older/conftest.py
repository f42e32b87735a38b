"""A host of Debian 12, for refusals: the lab's own, or one that comes for these tests and goes after them."""

from collections.abc import Iterator

import pytest

from labkit import flavor
from labkit.growth import grown
from labkit.lab import host_number, hosts
from labkit.registry import open_lab

from ..bad.scene import Scene, opened
from ..lab import wait_until

SUITE = "bookworm"


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with opened("older") as scene:
        yield scene


@pytest.fixture(scope="session")
def older(scene: Scene) -> Iterator[str]:
    """Its name; its agent answers."""
    lab = open_lab(scene.lab.name)
    own = [host for host in hosts(lab) if flavor.of(lab, host) == SUITE]
    if own:
        yield until_ready(scene, own[0])
        return
    number = max(map(host_number, hosts(lab))) + 1
    with grown(lab, number, {f"host{number}": SUITE}):
        yield until_ready(scene, f"host{number}")


def until_ready(scene: Scene, host: str) -> str:
    wait_until(f"the agent on {host}", lambda: scene.ready(host), 120)
    return host
