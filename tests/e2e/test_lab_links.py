"""A host's links: each is shaped, cut and mended alone, and what is measured agrees with what is shown."""

from collections.abc import Iterator

import pytest

from labkit.lab import Plane
from labkit.registry import open_lab

from .lab import Lab, wait_until

pytestmark = pytest.mark.e2e

HOST, OTHER = "host1", "host2"
PORT = 5999
SENT_BYTES = 1 << 20
SERVER = f"""
import socket
listener = socket.create_server(("0.0.0.0", {PORT}))
print("listens", flush=True)
connection, _ = listener.accept()
while connection.recv(65536):
    pass
connection.sendall(bytes({SENT_BYTES}))
"""
CLIENT = f"""
import socket, time
connection = socket.create_connection(("{OTHER}", {PORT}))
began = time.monotonic()
connection.sendall(bytes({SENT_BYTES}))
connection.shutdown(socket.SHUT_WR)
connection.recv(1)
turned = time.monotonic()
while connection.recv(65536):
    pass
print(turned - began, time.monotonic() - turned)
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    """The link that most tests change is whole again after each."""
    lab = Lab()
    yield lab
    lab.run("link", HOST, "--clear")


def peers(lab: Lab) -> dict[Plane, str]:
    """Whom HOST meets on each plane."""
    found = open_lab(lab.name)
    who = {Plane.DATA: OTHER, Plane.API: "control", Plane.STORAGE: "store", Plane.GUEST: OTHER}
    return {plane: found.address(plane, box) for plane, box in who.items()}


def reached(lab: Lab) -> set[Plane]:
    """The planes on which HOST's peer answers a ping within a second; all are asked at once."""
    script = 'for peer; do (busybox ping -qc1 -W1 "$peer" > /dev/null && echo "$peer") & done; wait'
    found = peers(lab)
    answers = lab.inside(HOST, "sh", "-c", script, "sh", *found.values()).split()
    return {plane for plane, address in found.items() if address in answers}


def seconds_for_a_mebibyte(lab: Lab) -> tuple[float, float]:
    """From HOST to OTHER, and back."""
    with lab.begin("exec", OTHER, "--", "python3", "-c", SERVER) as server:
        assert server.stdout and server.stdout.readline() == "listens\n"
        there, back = lab.inside(HOST, "python3", "-c", CLIENT).split()
        return float(there), float(back)


def test_a_rate_limits_both_directions_and_clear_lifts_it(lab: Lab) -> None:
    lab.run("link", HOST, "--rate", "8mbit")
    assert lab.json("link", HOST)["rate"] == "8mbit"
    assert all(0.7 < seconds < 3 for seconds in seconds_for_a_mebibyte(lab))
    lab.run("link", HOST, "--clear")
    assert lab.json("link", HOST) == {"box": HOST, "plane": "data", "up": True, "rate": None}
    assert all(seconds < 0.3 for seconds in seconds_for_a_mebibyte(lab))


def test_a_second_rate_takes_the_place_of_the_first(lab: Lab) -> None:
    lab.run("link", HOST, "--rate", "8mbit")
    lab.run("link", HOST, "--rate", "1gbit")
    assert lab.json("link", HOST)["rate"] == "1gbit"


@pytest.mark.parametrize("plane", list(Plane))
def test_a_cut_takes_one_plane_away_and_leaves_the_others_until_it_is_mended(lab: Lab, plane: Plane) -> None:
    wait_until("every peer", lambda: reached(lab) == set(Plane), 10)
    link = ("link", HOST, "--plane", plane.value)
    try:
        assert not lab.json(*link, "--down")["up"]
        assert reached(lab) == set(Plane) - {plane}
    finally:
        assert lab.json(*link, "--up")["up"]
    wait_until("the peer again", lambda: reached(lab) == set(Plane), 10)


def test_mending_a_cut_keeps_the_limit_and_clear_ends_both(lab: Lab) -> None:
    lab.run("link", HOST, "--rate", "10mbit")
    lab.run("link", HOST, "--down")
    mended = lab.json("link", HOST, "--up")
    assert (mended["up"], mended["rate"]) == (True, "10mbit")
    lab.run("link", HOST, "--down")
    cleared = lab.json("link", HOST, "--clear")
    assert (cleared["up"], cleared["rate"]) == (True, None)


def test_the_plane_of_data_is_meant_when_none_is_named(lab: Lab) -> None:
    assert lab.run("link", HOST) == "host1 data: up, no limit\n"


def test_a_link_that_is_not_there_and_a_rate_that_is_none_are_refused_in_words(lab: Lab) -> None:
    assert "infra has no link into the data plane; it has: api" in lab.refused("link", "infra", "--down")
    assert "--rate 'fast'" in lab.refused("link", HOST, "--rate", "fast")
    assert "has no host9" in lab.refused("link", "host9", "--down")
