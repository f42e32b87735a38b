"""Whoever of Godwit is killed while a guest moves: the job goes on, is adopted, and stays the only one."""

from collections.abc import Callable

import pytest

from ..lab import Lab, wait_until
from .hosts import Hosts
from .moves import MOVE_SECONDS, Moves
from .pods import Pods, select

pytestmark = pytest.mark.e2e


def begin(moves: Moves, hosts: Hosts, guest: str) -> tuple[str, str, str]:
    """A migration whose job runs: its name, source and destination."""
    before = hosts.jobs(guest)
    name = moves.begin(guest)
    moves.until(name, "libvirt's job", lambda: hosts.jobs(guest) > before, MOVE_SECONDS)
    status = moves.status(name)
    return name, status["source"]["hypervisor"], status["destination"]["hypervisor"]


@pytest.mark.walk  # of its kind `test_processes.py` keeps one
def test_a_source_agent_that_was_killed_adopts_the_job(
    lab: Lab, moves: Moves, hosts: Hosts, pods: Pods, writer: str, slow: Callable[[], None]
) -> None:
    jobs = hosts.jobs(writer)
    name, source, destination = begin(moves, hosts, writer)
    pods.kill("agent", source)

    def adopted() -> bool:
        shown = pods.series(pods.agent(source))
        return bool(select(shown, "vmmigration_progress_ratio", name=name))

    wait_until("the job to be followed again", adopted, 30)
    assert moves.status(name)["phase"] == "Migrating"
    slow()
    moves.success(name)
    assert hosts.jobs(writer) == jobs + 1
    assert lab.check(writer)["host"] == destination


@pytest.mark.walk  # the same
def test_an_operator_that_was_killed_goes_on_where_it_was(
    lab: Lab, moves: Moves, hosts: Hosts, pods: Pods, writer: str, slow: Callable[[], None]
) -> None:
    jobs = hosts.jobs(writer)
    name, _, destination = begin(moves, hosts, writer)
    pods.kill("operator")
    assert moves.status(name)["phase"] == "Migrating"
    slow()
    moves.success(name)
    assert hosts.jobs(writer) == jobs + 1
    assert lab.check(writer)["host"] == destination


def test_a_strict_switchover_needs_no_operator(
    lab: Lab, moves: Moves, hosts: Hosts, pods: Pods, still: str, slow: Callable[[], None]
) -> None:
    jobs = hosts.jobs(still)
    name, _, destination = begin(moves, hosts, still)
    lab.run("stop", "operator")
    try:
        slow()

        def runs_there() -> bool:
            return hosts.knows(destination, still) and hosts.info(destination, still)["State"] == "running"

        wait_until("the guest to go on", runs_there, MOVE_SECONDS, every_seconds=0.5)
        assert moves.status(name)["phase"] == "Migrating"
    finally:
        lab.run("start", "operator")
    moves.success(name)
    assert hosts.jobs(still) == jobs + 1
    assert lab.check(still)["host"] == destination


def test_a_destination_agent_that_was_killed_lets_the_guest_go_on_when_it_is_back(
    lab: Lab, moves: Moves, hosts: Hosts, pods: Pods, still: str, slow: Callable[[], None]
) -> None:
    jobs = hosts.jobs(still)
    name, _, destination = begin(moves, hosts, still)
    lab.run("stop", "agent", destination)
    try:
        slow()
        wait_until(
            "the guest to wait there",
            lambda: (
                hosts.info(destination, still)["State"] == "paused"
                and moves.status(name)["phase"] == "SwitchingOver"
            ),
            MOVE_SECONDS,
            every_seconds=0.5,
        )
    finally:
        lab.run("start", "agent", destination)
    moves.success(name)
    assert hosts.jobs(still) == jobs + 1
    assert lab.check(still)["host"] == destination
