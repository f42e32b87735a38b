"""One namespace for all of these tests, and one guest that nothing stands against."""

from collections.abc import Iterator

import pytest

from ..bad.scene import Scene, opened
from ..lab import wait_until

GUEST = "preflight-guest"


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with opened("preflight") as scene:
        yield scene


@pytest.fixture(scope="session")
def guest(scene: Scene) -> Iterator[str]:
    """Runs on host1, on a shared disk, and host1 lists it."""
    with scene.lab.guest(GUEST, "host1", "--disk", "shared:16Mi:qcow2") as name:
        wait_until(f"host1 to list {name}", lambda: name in scene.domains("host1"), 30)
        yield name
