"""A run with `-n 2` has a lab for each of its workers, and deals out whole folders.

The tests of a folder share guests, and some harm the whole lab: two folders never meet in one lab at a time.
"""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from labkit.kubernetes import environment
from labkit.registry import open_lab

HERE = Path(__file__).parent
LABS = "GODWIT_LABS"
"""Names of labs that are up, one for each worker."""
LONGEST_FIRST = (
    "e2e/faults",
    "e2e/preflight",
    "e2e/storage",
    "e2e/bad",
    "e2e/migrations",
    "e2e",
    "contract/hypervisor",
)
"""What begins late must not be long: the other worker would wait for it."""
GROWS = "e2e/older"
"""Its lab has one host more from then on; other folders count on two, so that only `unit` comes after it."""


class ByFolder(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """xdist's own groups don't work with pytest 9, which no longer lets it change a test's id."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    return ByFolder(config, log)


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    number, labs = int(worker.removeprefix("gw")), os.environ.get(LABS, "").split()
    if number >= len(labs):
        raise pytest.UsageError(f"{LABS} names {len(labs)} labs: each worker of -n needs its own")
    os.environ.update(environment(open_lab(labs[number])))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=turn)


def turn(item: pytest.Item) -> int:
    found = item.path.parent.relative_to(HERE).as_posix()
    if found in LONGEST_FIRST:
        return LONGEST_FIRST.index(found)
    last = (GROWS, "unit")
    return len(LONGEST_FIRST) + next((n for n, each in enumerate(last, 1) if found.startswith(each)), 0)
