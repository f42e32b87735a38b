"""The API server and libvirtd are away for a minute: no container is restarted, and all goes on by itself.

A shorter form of three minutes. `/healthz`, by which the kubelet restarts, is asked all the while.
"""

import time
from collections.abc import Iterator

import pytest

from ..api_server import Body
from ..lab import Lab, wait_until
from .hosts import NAMES, Hosts
from .moves import Moves
from .pods import Pods, health, is_ready, restarts

pytestmark = [pytest.mark.e2e, pytest.mark.walk]

AWAY_SECONDS = 60.0
GOES_ON_SECONDS = 10.0
OF_THE_CLUSTER = ("controller-manager", "scheduler", "kubelet infra", *(f"kubelet {host}" for host in NAMES))
AWAY = (("libvirtd", NAMES[0]), ("libvirtd", NAMES[1]), ("apiserver",))
"""Stopped in this order, and started in the reverse one."""


@pytest.fixture(scope="module")
def before(pods: Pods, still: str, writer: str) -> list[Body]:
    """All pods as they were."""
    return [*pods.all("operator"), *pods.all("agent")]


@pytest.fixture(scope="module", autouse=True)
def cluster_is_whole(lab: Lab, moves: Moves) -> Iterator[None]:
    """The cluster's own parts look away for up to a minute after such a time; new ones look at once."""
    yield
    for who in OF_THE_CLUSTER:
        lab.run("kill", *who.split())
    wait = ("wait", "nodes", "--all", "--for=condition=Ready", "--timeout=90s")
    moves.cluster.kubectl(*wait)


@pytest.fixture(scope="module")
def told(lab: Lab, before: list[Body]) -> Iterator[list[tuple[int, int]]]:
    """Every answer of `/healthz` and `/readyz` while API server and libvirtds were away."""
    answers: list[tuple[int, int]] = []
    for who in AWAY:
        lab.run("stop", *who)
    try:
        until = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < until:
            answers += [(health(pod, "/healthz")[0], health(pod, "/readyz")[0]) for pod in before]
            # Nothing is waited for: the minute itself is the test, and this is how often it is looked at.
            time.sleep(1)
    finally:
        for who in reversed(AWAY):
            lab.run("start", *who)
    yield answers


def test_they_are_healthy_all_the_time_and_not_ready(told: list[tuple[int, int]], before: list[Body]) -> None:
    assert {healthz for healthz, _ in told} == {200}
    assert {readyz for _, readyz in told[-len(before) :]} == {503}


def test_work_goes_on_when_both_are_back(
    lab: Lab, told: list[tuple[int, int]], moves: Moves, hosts: Hosts, still: str
) -> None:
    wait_until("the API server", lambda: answers(moves), 60, every_seconds=0.2)
    jobs = hosts.jobs(still)
    name = moves.begin(still)
    wait_until("a job", lambda: hosts.jobs(still) > jobs, 3 * GOES_ON_SECONDS)
    moves.success(name)
    lab.check(still)


def test_no_container_was_restarted(pods: Pods, told: list[tuple[int, int]], before: list[Body]) -> None:
    def all_ready() -> list[Body] | None:
        found = [*pods.all("operator"), *pods.all("agent")]
        return found if all(is_ready(pod) for pod in found) else None

    now = wait_until("all to be Ready", all_ready, 30)
    assert [restarts(pod) for pod in now] == [restarts(pod) for pod in before]
    assert [pod["metadata"]["uid"] for pod in now] == [pod["metadata"]["uid"] for pod in before]


def answers(moves: Moves) -> bool:
    """Whether kubectl is answered."""
    try:
        moves.cluster.kubectl("get", "--raw", "/readyz", "--request-timeout=2s")
    except AssertionError:
        return False
    return True
