"""One namespace for all of these tests, and the guests that move in several of them."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..bad.scene import HOSTS, Scene, opened
from .journeys import Journeys

HERE = Path(__file__).parent
GUESTS = ExitStack()
"""From their first test to the last one of this folder."""


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with opened("storage") as scene:
        yield scene


@pytest.fixture(scope="session")
def name() -> Callable[[str], str]:
    """A name that no other migration of this run has."""
    numbers = itertools.count(1)
    return lambda what: f"{what}-{next(numbers)}"


@pytest.fixture(scope="session")
def journeys(scene: Scene, name: Callable[[str], str]) -> Journeys:
    return Journeys(scene, name)


@pytest.fixture(scope="session")
def copied(scene: Scene) -> str:
    """A guest whose disks only its host has: a thin qcow2 and a thin raw one, both larger than the host."""
    disks = ("--disk", "local:8Gi:qcow2:filled=12Mi", "--disk", "local:8Gi:raw:filled=12Mi")
    work = ("--write-disk", "128Ki/s", "--dirty", "1Mi/s", "--autostart")
    return GUESTS.enter_context(scene.lab.guest("storage-copied", HOSTS[0], *disks, *work))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """The guests are not there for the tests of other folders, which harm what these live on."""
    if nextitem is None or HERE not in nextitem.path.parents:
        GUESTS.close()


def pytest_sessionfinish() -> None:
    """Also when the run was interrupted."""
    GUESTS.close()
