"""What Prometheus reads: each figure of the issue's list is there, and counts what happened."""

import shutil
import subprocess

import pytest

from ..lab import wait_until
from .hosts import NAMES
from .moves import Moves
from .pods import Pods, Series, select

pytestmark = pytest.mark.e2e

OPERATOR = (
    "vmmigration_migrations",
    "vmmigration_finished_total",
    "vmmigration_phase_duration_seconds_bucket",
    "vmmigration_duration_seconds_bucket",
    "vmmigration_downtime_seconds_bucket",
    "vmmigration_transferred_bytes_total",
    "vmmigration_api_writes_total",
    "vmmigration_reconcile_duration_seconds_bucket",
    "vmmigration_build_info",
)
AGENT = (
    "vmmigration_libvirt_call_duration_seconds_bucket",
    "vmmigration_libvirt_connected",
    "vmmigration_api_writes_total",
    "vmmigration_build_info",
)
SUCCEEDED = {"result": "Succeeded", "reason": "Succeeded"}


@pytest.fixture(scope="module")
def seen(moves: Moves, pods: Pods, still: str) -> tuple[Series, Series, int]:
    """The operator's figures before and after a migration, and the bytes that it sent."""
    before = pods.series(pods.operator())
    status = moves.move(still)
    return before, pods.series(pods.operator()), status["result"]["bytes"]


def grown(seen: tuple[Series, Series, int], sample: str, **labels: str) -> float:
    """By how much a figure has grown meanwhile."""
    before, after, _ = seen
    return sum(select(after, sample, **labels).values()) - sum(select(before, sample, **labels).values())


@pytest.mark.parametrize("name", OPERATOR)
def test_the_operator_shows(seen: tuple[Series, Series, int], name: str) -> None:
    assert select(seen[1], name)


@pytest.mark.parametrize("name", AGENT)
def test_each_agent_shows(pods: Pods, name: str) -> None:
    for host in NAMES:
        assert select(pods.series(pods.agent(host)), name), host


def test_a_migration_that_succeeds_is_counted_once_with_all_its_figures(
    seen: tuple[Series, Series, int],
) -> None:
    assert grown(seen, "vmmigration_finished_total") == 1
    assert grown(seen, "vmmigration_finished_total", **SUCCEEDED) == 1
    assert grown(seen, "vmmigration_duration_seconds_count", result="Succeeded") == 1
    assert grown(seen, "vmmigration_downtime_seconds_count") == 1
    assert grown(seen, "vmmigration_transferred_bytes_total") == seen[2]
    assert grown(seen, "vmmigration_phase_duration_seconds_count", phase="Migrating") == 1
    assert grown(seen, "vmmigration_migrations", phase="Succeeded") == 1
    assert grown(seen, "vmmigration_migrations", phase="Migrating") == 0
    assert grown(seen, "vmmigration_api_writes_total") > 5


def test_a_migration_that_is_deleted_is_no_longer_counted(
    moves: Moves, pods: Pods, seen: tuple[Series, Series, int], still: str
) -> None:
    def succeeded() -> float:
        [count] = select(pods.series(pods.operator()), "vmmigration_migrations", phase="Succeeded").values()
        return count

    name = moves.begin(still)
    moves.success(name)
    before = succeeded()
    moves.delete(name)
    wait_until("one less", lambda: succeeded() == before - 1, 9)


def test_downtimes_are_told_from_10_ms_to_10_s(seen: tuple[Series, Series, int]) -> None:
    buckets = select(seen[1], "vmmigration_downtime_seconds_bucket")
    bounds = sorted(float(dict(labels)["le"]) for labels in buckets)
    assert (bounds[0], bounds[-2], bounds[-1]) == (0.01, 10.0, float("inf"))


def test_promtool_has_nothing_to_say(pods: Pods) -> None:
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    for pod in (pods.operator(), pods.agent(NAMES[0])):
        checked = subprocess.run(
            [promtool, "check", "metrics"], input=pods.metrics(pod), text=True, capture_output=True
        )
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
