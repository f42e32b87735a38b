"""Good migrations in a row, fast and strict, there and back: none ever asks for a person, each is one job."""

import statistics
from typing import TYPE_CHECKING

import pytest

from ..lab import Lab
from .hosts import Hosts
from .moves import Moves, phases

if TYPE_CHECKING:
    from ..api_server import Body

pytestmark = pytest.mark.e2e

TYPICAL_SECONDS = 10.0
"""Of a move that nothing slows down, two at a time; a busy machine may take thrice as long."""


@pytest.mark.parametrize("rounds", [pytest.param(10, marks=pytest.mark.walk), 3])
def test_two_guests_that_move_again_and_again_succeed_without_needing_attention(
    lab: Lab, hosts: Hosts, moves: Moves, writer: str, still: str, rounds: int
) -> None:
    guests = (writer, still)
    told: list[Body] = []
    if hosts.place(writer) == hosts.place(still):
        moves.move(still)
    jobs = {guest: hosts.jobs(guest) for guest in guests}
    places = {guest: hosts.place(guest) for guest in guests}
    for _ in range(rounds):
        assert len(set(places.values())) == len(guests), "they pass each other"
        places = {guest: hosts.other(place) for guest, place in places.items()}
        names = [moves.begin(guest, to) for guest, to in places.items()]
        told += [moves.success(name) for name in names]
    assert {status["switchover"]["mode"] for status in told} == {"Fast", "Strict"}
    assert not [status for status in told if "NeedsAttention" in phases(status)]
    assert {guest: hosts.jobs(guest) - jobs[guest] for guest in guests} == dict.fromkeys(guests, rounds)
    took = [status["result"]["durationMilliseconds"] / 1000 for status in told]
    assert statistics.median(took) < 3 * TYPICAL_SECONDS, took
    for guest in guests:
        here = hosts.place(guest)
        lab.check(guest)
        assert hosts.info(here, guest)["Persistent"] == "yes"
        assert not hosts.knows(hosts.other(here), guest)
