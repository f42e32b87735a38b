"""One namespace and two guests for all tests here; each test begins with both running, wherever they are."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..api_server import Cluster
from ..lab import Lab, wait_until
from .hosts import NAMES, Hosts
from .moves import Moves
from .pods import Pods

HERE = Path(__file__).parent
GUESTS = ExitStack()
"""Of the two guests, from their first test to the last one of this folder."""
SLOW_RATE = "24mbit"
"""Slower than the writer writes its memory."""


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture(scope="session")
def hosts(lab: Lab) -> Hosts:
    return Hosts(lab)


@pytest.fixture(scope="session")
def pods(lab: Lab, cluster: Cluster) -> Pods:
    return Pods(lab, cluster)


@pytest.fixture(scope="session")
def moves(cluster: Cluster, hosts: Hosts) -> Iterator[Moves]:
    moves = Moves(cluster, hosts)
    moves.open()
    yield moves
    moves.close()


@pytest.fixture(scope="session")
def writer(lab: Lab) -> str:
    """Writes memory and a disk on GlusterFS all the time, and is started with its host."""
    work = ("--dirty", "4Mi/s", "--working-set", "16Mi", "--write-disk", "512Ki/s")
    return GUESTS.enter_context(lab.guest("moves-writer", "host1", *work, "--autostart"))


@pytest.fixture(scope="session")
def still(lab: Lab) -> str:
    """Has no disk and writes nothing."""
    return GUESTS.enter_context(lab.guest("moves-still", "host2", "--no-disk"))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """The guests are not there for the tests of other folders, which harm what these live on."""
    if nextitem is None or HERE not in nextitem.path.parents:
        GUESTS.close()


def pytest_sessionfinish() -> None:
    """Also when the run was interrupted."""
    GUESTS.close()


@pytest.fixture
def slow(lab: Lab) -> Iterator[Callable[[], None]]:
    """Data moves so slowly that the writer's memory can't follow; to be called when it may go on."""
    lab.run("link", NAMES[0], "--rate", SLOW_RATE)
    yield lambda: mend(lab)
    mend(lab)


def mend(lab: Lab) -> None:
    lab.run("link", NAMES[0], "--clear")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left(moves: Moves) -> Iterator[None]:
    """No task and no claim stays behind a module's last migration."""
    yield
    wait_until("tasks and claims to go", lambda: not moves.leftovers(), 90)
