"""One guest for all of these tests: started with its host, so that a lost autostart is seen too."""

from collections.abc import Iterator

import pytest

from ..lab import wait_until
from .scene import Scene, opened

GUEST = "unharmed"


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with opened("bad") as scene:
        yield scene


@pytest.fixture(scope="session")
def created_guest(scene: Scene) -> Iterator[str]:
    """Runs on host1, on a shared disk, and host1 lists it."""
    with scene.lab.guest(GUEST, "host1", "--autostart", "--disk", "shared:16Mi:qcow2") as name:
        wait_until(f"host1 to list {name}", lambda: name in scene.domains("host1"), 30)
        yield name


@pytest.fixture
def guest(scene: Scene, created_guest: str) -> Iterator[str]:
    """The same, and after the test it says itself that it is unharmed."""
    yield created_guest
    assert scene.lab.check(created_guest)["host"] == "host1"
