"""Frames through real bridges, in a network namespace of the test's own: one here, one there, and a wire."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from godwit.agent import frames
from godwit.agent.contact import HostContacts
from godwit.domain.contact import FRAMES_SECONDS, Arrival, ContactOrder, Span

from ..own_network import by_hand, own_network

HERE, THERE, ALONE, DOWN = "here", "there", "alone", "down"
ORDER = ContactOrder("a" * 32, "127.0.0.1", (Span(HERE, THERE),))
WIRED = f"""
link set lo up
link add {HERE} type bridge
link add {THERE} type bridge
link add {ALONE} type bridge
link add {DOWN} type bridge
link add wire1 type veth peer name wire2
link set wire1 master {HERE} up
link set wire2 master {THERE} up
link set {HERE} up
link set {THERE} up
link set {ALONE} up
"""


@pytest.fixture(autouse=True)
def namespace() -> Iterator[None]:
    with own_network():
        by_hand(WIRED)
        wait_until_wired()
        yield


def wait_until_wired() -> None:
    """The kernel lets a bridge's port forward only some time after its wire has a carrier."""
    end = time.monotonic() + 10
    while True:
        shown = subprocess.run(["bridge", "-json", "link", "show"], capture_output=True, check=True).stdout
        if [each["state"] for each in json.loads(shown)] == ["forwarding", "forwarding"]:
            return
        assert time.monotonic() < end, shown
        time.sleep(0.01)


async def told(order: ContactOrder, caller: ContactOrder | None = None) -> list[Arrival]:
    """With another agent that calls."""
    async with asyncio.timeout(20):
        calling = asyncio.create_task(HostContacts().call(caller or order))
        contact = await HostContacts().receive(order)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    assert contact.arrival is Arrival.ARRIVED
    return [frame.arrival for frame in contact.frames]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_who_may_open_a_packet_socket_says_so() -> None:
    assert frames.why_not() == ""
    assert (await HostContacts().offer()).no_frames == ""


async def test_a_frame_goes_from_one_bridge_to_the_other() -> None:
    assert await told(ORDER) == [Arrival.ARRIVED]
    assert asyncio.get_running_loop().time() < FRAMES_SECONDS


async def test_a_call_ends_when_no_frame_is_waited_for_any_more() -> None:
    began = asyncio.get_running_loop().time()
    contact, _ = await asyncio.gather(HostContacts().receive(ORDER), HostContacts().call(ORDER))
    assert [frame.arrival for frame in contact.frames] == [Arrival.ARRIVED]
    assert asyncio.get_running_loop().time() - began == pytest.approx(FRAMES_SECONDS, abs=0.5)


async def test_none_gets_to_a_bridge_that_is_not_connected() -> None:
    spans = (Span(HERE, ALONE), Span(HERE, THERE))
    assert await told(ContactOrder(ORDER.token, ORDER.address, spans)) == [Arrival.MISSED, Arrival.ARRIVED]
    assert asyncio.get_running_loop().time() < FRAMES_SECONDS + 0.5, "it waits for nothing else any more"


async def test_one_that_is_sent_on_another_link_is_not_the_one() -> None:
    spans = (Span(ALONE, THERE),)
    sent = ContactOrder(ORDER.token, ORDER.address, (Span(HERE, THERE),))
    assert await told(ContactOrder(ORDER.token, ORDER.address, spans), sent) == [Arrival.MISSED]


async def test_what_a_host_sends_itself_it_does_not_see() -> None:
    assert await told(ContactOrder(ORDER.token, ORDER.address, (Span(HERE, HERE),))) == [Arrival.MISSED]


async def test_a_link_that_is_down_is_told() -> None:
    order = ContactOrder(ORDER.token, ORDER.address, (Span(HERE, DOWN),))
    assert await told(order) == [Arrival.NOT_TRIED]


async def test_nothing_stays_open() -> None:
    before = open_files()
    for _ in range(3):
        await told(ORDER)
    async with asyncio.timeout(5):
        while open_files() > before:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
