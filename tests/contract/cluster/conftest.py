from collections.abc import AsyncIterator, Iterator

import pytest

from .api_server import ApiServer, Missing, api_server
from .worlds import FakeWorld, RealWorld, World


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One real API server for all tests that ask for it."""
    try:
        with api_server(tmp_path_factory.mktemp("api")) as running:
            yield running
    except Missing as why:
        pytest.skip(str(why))


@pytest.fixture
async def real(server: ApiServer) -> AsyncIterator[RealWorld]:
    world = RealWorld(server)
    await world.start()
    yield world
    await world.close()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.contract)])
def world(request: pytest.FixtureRequest) -> World:
    """Each test of the contract runs in both."""
    if request.param == "fake":
        return FakeWorld()
    found: RealWorld = request.getfixturevalue("real")
    return found
