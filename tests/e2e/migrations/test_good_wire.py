"""Between the hosts all is TLS: control, memory, and never a byte of the guest in clear."""

import pytest

from labkit.guest.pattern import block
from labkit.lab import Plane
from labkit.registry import open_lab

from ..lab import Lab
from .capture import Capture, capture
from .hosts import NAMES, Hosts
from .moves import Moves

pytestmark = pytest.mark.e2e

LIBVIRT_TLS, LIBVIRT_TCP = 16514, 16509
QEMU_PORTS = range(49152, 49215)
"""But the last, where the preflight calls: libvirt gives the lowest that is free."""
CLIENT_HELLO = bytes([0x16, 0x03])
"""A TLS record that carries a handshake."""
PATTERN = block(0, 1)[:8]
"""At the beginning of every page that the guest writes."""
RATE = "400mbit"
"""So that nothing is lost on its way to this process."""
WORTH_BYTES = 16 << 20


@pytest.fixture(scope="module")
def link(lab: Lab) -> str:
    """The machine's end of host1's link into the data plane."""
    return open_lab(lab.name).link(Plane.DATA, NAMES[0])


@pytest.fixture(scope="module")
def seen(lab: Lab, moves: Moves, still: str, link: str) -> Capture:
    """All that a migration sent over it."""
    lab.run("link", NAMES[0], "--rate", RATE)
    try:
        with capture(link) as seen:
            moves.move(still)
    finally:
        lab.run("link", NAMES[0], "--clear")
    return seen


def test_the_hosts_control_each_other_by_tls(seen: Capture) -> None:
    calls = seen.towards(LIBVIRT_TLS)
    assert calls and all(data.startswith(CLIENT_HELLO) for data in calls)
    assert not seen.towards(LIBVIRT_TCP)


def test_qemu_sends_the_guest_by_tls(seen: Capture) -> None:
    sent = seen.towards(*QEMU_PORTS)
    assert sent and all(data.startswith(CLIENT_HELLO) for data in sent)
    assert sum(map(len, sent)) > WORTH_BYTES


def test_nothing_of_the_guests_memory_or_definition_is_seen_in_clear(seen: Capture, still: str) -> None:
    assert not seen.contains(PATTERN)
    assert not seen.contains(b"<domain type")
    assert not seen.contains(still.encode())


def test_the_same_guest_sent_without_tls_would_have_been_seen(
    lab: Lab, hosts: Hosts, still: str, link: str
) -> None:
    here = hosts.place(still)
    target = f"qemu+tls://{hosts.other(here)}/system"
    plain = ("migrate", "--live", "--p2p", "--persistent", "--undefinesource", still, target)
    lab.run("link", NAMES[0], "--rate", RATE)
    try:
        with capture(link) as seen:
            hosts.virsh(here, *plain)
    finally:
        lab.run("link", NAMES[0], "--clear")
    assert seen.contains(PATTERN)
