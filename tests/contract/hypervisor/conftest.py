from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .copies_asked import CopyWorld, FakeCopies
from .lab_copies import LabCopies
from .lab_world import LabWorld, NoLabError
from .worlds import FakeWorld, World


@pytest.fixture(params=["fake", pytest.param("lab", marks=pytest.mark.contract)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Each test of the contract runs in both."""
    found = FakeWorld() if request.param == "fake" else _lab_world(tmp_path)
    await found.start()
    yield found
    await found.close()


@pytest.fixture(params=["fake", pytest.param("lab", marks=pytest.mark.contract)])
async def copies(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CopyWorld]:
    """The same for tests that copy disks."""
    found = FakeCopies() if request.param == "fake" else _lab_copies(tmp_path)
    await found.start()
    yield found
    await found.close()


@pytest.fixture
async def lab_copies(tmp_path: Path) -> AsyncIterator[LabCopies]:
    """For what of it only a real libvirt can show."""
    found = _lab_copies(tmp_path)
    await found.start()
    yield found
    await found.close()


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[LabWorld]:
    """For what only a real libvirt can show."""
    found = _lab_world(tmp_path)
    await found.start()
    yield found
    await found.close()


def _lab_copies(directory: Path) -> LabCopies:
    try:
        return LabCopies(directory)
    except NoLabError as why:
        pytest.skip(str(why))


def _lab_world(directory: Path) -> LabWorld:
    try:
        return LabWorld(directory)
    except NoLabError as why:
        pytest.skip(str(why))
