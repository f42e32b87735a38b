"""What breaks while the job runs, in the real lab: the guest goes on where it was, both hosts are clean."""

from collections.abc import Iterator

import pytest

from ..api_server import Body
from ..lab import Lab, wait_until
from .conftest import SLOW_RATE
from .hosts import NAMES, Hosts
from .moves import Moves, condition

pytestmark = pytest.mark.e2e

END_SECONDS = 3 * 60
"""Three times what is promised after the last fault."""


@pytest.fixture(autouse=True)
def slow_link(lab: Lab) -> Iterator[None]:
    """No job ends by itself."""
    lab.run("link", NAMES[0], "--rate", SLOW_RATE)
    yield
    lab.run("link", NAMES[0], "--clear")


@pytest.fixture
def source(hosts: Hosts, writer: str) -> str:
    return hosts.place(writer)


@pytest.fixture
def name(moves: Moves, writer: str, source: str) -> str:
    """A migration whose job runs."""
    begun = moves.begin(writer)
    moves.phase(begun, "Migrating")
    moves.until(begun, "the job", lambda: moves.status(begun).get("progress"), 60)
    return begun


def fails(moves: Moves, name: str) -> Body:
    """How it ended: failed, with everything put back."""
    status = moves.phase(name, "Failed", END_SECONDS)
    wait_until("both hosts to be clean", lambda: not moves.leftovers(), END_SECONDS)
    return condition(status, "Succeeded")


def goes_on_at(source: str, lab: Lab, hosts: Hosts, writer: str) -> None:
    assert lab.check(writer)["host"] == source
    assert hosts.info(source, writer)["Autostart"] == "enable"
    assert not hosts.marks(source, writer)
    assert not hosts.knows(hosts.other(source), writer)


def test_a_job_that_somebody_aborts_by_virsh_is_told_as_that(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str, name: str
) -> None:
    hosts.virsh(source, "domjobabort", writer)
    assert fails(moves, name)["reason"] == "AbortedOutside"
    goes_on_at(source, lab, hosts, writer)


def test_the_destinations_libvirtd_is_killed(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str, name: str
) -> None:
    lab.run("kill", "libvirtd", hosts.other(source))
    assert fails(moves, name)["reason"] == "ConnectionFailed"
    goes_on_at(source, lab, hosts, writer)


def test_the_sources_libvirtd_is_killed(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str, name: str
) -> None:
    lab.run("kill", "libvirtd", source)
    fails(moves, name)
    goes_on_at(source, lab, hosts, writer)


def test_the_link_between_the_hosts_is_cut_for_good(
    lab: Lab, moves: Moves, hosts: Hosts, writer: str, source: str, name: str
) -> None:
    lab.run("link", source, "--down")
    try:
        moves.phase(name, "Failed", END_SECONDS)
    finally:
        lab.run("link", source, "--clear")
    wait_until("both hosts to be clean", lambda: not moves.leftovers(), END_SECONDS)
    goes_on_at(source, lab, hosts, writer)
