"""People who change their mind, by `cancel` and by deletion: the guest stays as it was."""

import json
from collections.abc import Iterator

import pytest

from ..lab import Lab, wait_until
from .conftest import SLOW_RATE
from .hosts import NAMES, Hosts
from .moves import MOVE_SECONDS, Moves, condition

pytestmark = pytest.mark.e2e

CANCEL = json.dumps({"spec": {"cancel": True}})


@pytest.fixture(autouse=True)
def slow_link(lab: Lab) -> Iterator[None]:
    """No job ends by itself."""
    lab.run("link", NAMES[0], "--rate", SLOW_RATE)
    yield
    lab.run("link", NAMES[0], "--clear")


@pytest.fixture
def source(hosts: Hosts, writer: str) -> str:
    return hosts.place(writer)


def cancel(moves: Moves, name: str) -> None:
    moves.cluster.kubectl("patch", "vmmigration", name, "-n", moves.namespace, "--type=merge", "-p", CANCEL)


def is_as_before(lab: Lab, hosts: Hosts, source: str, writer: str) -> None:
    assert lab.check(writer)["host"] == source
    assert hosts.info(source, writer)["Autostart"] == "enable"
    assert not hosts.marks(source, writer)
    assert not hosts.knows(hosts.other(source), writer)


def test_a_cancel_aborts_the_job_and_leaves_the_guest_as_it_was(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str
) -> None:
    name = moves.begin(writer)
    moves.phase(name, "Migrating")
    cancel(moves, name)
    status = moves.phase(name, "Cancelled")
    told = condition(status, "Succeeded")
    assert (told["status"], told["reason"]) == ("False", "Cancelled")
    assert "cancelled by spec.cancel" in told["message"]
    wait_until("both hosts to be clean", lambda: not moves.leftovers(), 30)
    is_as_before(lab, hosts, source, writer)


def test_a_cancel_that_an_operator_finds_at_its_start_is_carried_out(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str
) -> None:
    name = moves.begin(writer)
    moves.phase(name, "Migrating")
    lab.run("stop", "operator")
    try:
        cancel(moves, name)
        assert moves.status(name)["phase"] == "Migrating"
    finally:
        lab.run("start", "operator")
    moves.phase(name, "Cancelled")
    is_as_before(lab, hosts, source, writer)


def test_deleting_one_under_way_cancels_it_and_lets_it_go(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str
) -> None:
    name = moves.begin(writer)
    moves.phase(name, "Migrating")
    moves.delete(name)
    wait_until("it to go", lambda: not moves.exists(name), MOVE_SECONDS, every_seconds=0.3)
    assert not moves.leftovers()
    is_as_before(lab, hosts, source, writer)


def test_one_that_is_cancelled_at_birth_touches_nothing(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str
) -> None:
    jobs = hosts.jobs(writer)
    name = moves.begin(writer)
    cancel(moves, name)
    moves.until(name, "its end", lambda: moves.status(name).get("phase") == "Cancelled", MOVE_SECONDS)
    assert hosts.jobs(writer) <= jobs + 1
    is_as_before(lab, hosts, source, writer)
