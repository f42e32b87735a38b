"""Two operators at work at once do no harm: each migration has one job, and ends well."""

from collections.abc import Iterator

import pytest

from ..api_server import Body
from ..lab import Lab
from .hosts import Hosts
from .moves import Moves
from .pods import Pods, select

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def operators(pods: Pods) -> Iterator[list[Body]]:
    """Two, until the end of this module."""
    yield pods.scale(2)
    pods.scale(1)


def test_two_operators_begin_one_job_for_each_migration(
    lab: Lab, moves: Moves, hosts: Hosts, pods: Pods, operators: list[Body], writer: str, still: str
) -> None:
    guests = (writer, still)
    jobs = {guest: hosts.jobs(guest) for guest in guests}
    for name in [moves.begin(guest) for guest in guests]:
        moves.success(name)
    assert {guest: hosts.jobs(guest) - jobs[guest] for guest in guests} == dict.fromkeys(guests, 1)
    for guest in guests:
        lab.check(guest)
    for pod in operators:
        passes = select(pods.series(pod), "vmmigration_reconcile_duration_seconds_count", loop="migrations")
        assert sum(passes.values()) > 0, pod["metadata"]["name"]
