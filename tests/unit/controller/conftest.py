from collections.abc import Callable
from typing import TYPE_CHECKING

from .virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    import pytest


def pytest_asyncio_loop_factories(
    config: "pytest.Config", item: "pytest.Item"
) -> dict[str, Callable[[], VirtualTimeLoop]]:
    """No test here waits for real time."""
    return {"virtual time": VirtualTimeLoop}
