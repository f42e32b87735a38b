"""One agent listens and another calls, by real sockets on the loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from godwit.agent.contact import HostContacts
from godwit.agent.door import MOST_VISITORS, TAKEN
from godwit.domain.contact import OPEN_SECONDS, Arrival, Contact, ContactOrder, Span

HOME = "127.0.0.1"
ORDER = ContactOrder("a" * 32, HOME)
OTHER = ContactOrder("b" * 32, HOME)
NO_LINK = "no-such-link"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOME, 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def host(port: int) -> HostContacts:
    return HostContacts(port)


def is_open(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex((HOME, port)) == 0


@asynccontextmanager
async def begun(host: HostContacts, *orders: ContactOrder) -> AsyncIterator[list["asyncio.Task[Contact]"]]:
    """They listen; at the end none does, nor is the port open."""
    listening = [asyncio.create_task(host.receive(order)) for order in orders]
    await asyncio.sleep(0)
    try:
        yield listening
    finally:
        for each in listening:
            each.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


async def until_open(port: int) -> None:
    async with asyncio.timeout(1):
        while not is_open(port):  # noqa: ASYNC110 - a socket has no event
            await asyncio.sleep(0.01)


async def answer_to(port: int, sent: bytes) -> bytes:
    """Until the other side has closed."""
    reader, writer = await asyncio.open_connection(HOME, port)
    try:
        writer.write(sent)
        return await reader.read(-1)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_a_token_arrives_and_the_port_is_closed_at_once(host: HostContacts, port: int) -> None:
    told, _ = await asyncio.gather(host.receive(ORDER), HostContacts(port).call(ORDER))
    assert told == Contact(port, Arrival.ARRIVED)
    assert not is_open(port)
    assert asyncio.get_running_loop().time() < 1


async def test_it_does_not_matter_who_begins(host: HostContacts, port: int) -> None:
    calling = asyncio.create_task(HostContacts(port).call(ORDER))
    await asyncio.sleep(1)
    assert (await host.receive(ORDER)).arrival is Arrival.ARRIVED
    await calling


async def test_where_nobody_comes_it_is_open_for_five_seconds_and_no_longer(
    host: HostContacts, port: int
) -> None:
    began = asyncio.get_running_loop().time()
    assert await host.receive(ORDER) == Contact(port, Arrival.MISSED)
    assert asyncio.get_running_loop().time() - began == pytest.approx(OPEN_SECONDS, abs=0.1)
    assert not is_open(port)


async def test_a_port_that_another_has_is_told(host: HostContacts, port: int) -> None:
    with socket.create_server((HOME, port)):
        assert await host.receive(ORDER) == Contact(port, Arrival.NOT_TRIED, "Address already in use")
    assert (await asyncio.gather(host.receive(ORDER), host.call(ORDER)))[0].arrival is Arrival.ARRIVED


async def test_two_who_wait_at_once_are_told_apart(host: HostContacts, port: int) -> None:
    async with begun(host, ORDER, OTHER) as (one, other):
        await HostContacts(port).call(OTHER)
        assert (await other).arrival is Arrival.ARRIVED
        assert not one.done()
        assert is_open(port)
        await HostContacts(port).call(ORDER)
        assert (await one).arrival is Arrival.ARRIVED
    assert not is_open(port)


@pytest.mark.parametrize(
    "sent", [b"c" * 32, b"a" * 31, b"", b"\x16\x03\x01" + b"\0" * 4000, b"a" * 31 + b"\n"]
)
async def test_what_a_stranger_brings_changes_nothing_and_has_no_answer(
    host: HostContacts, port: int, sent: bytes
) -> None:
    async with begun(host, ORDER) as (listening,):
        await until_open(port)
        assert await answer_to(port, sent) == b""
        assert not listening.done()
        assert await answer_to(port, ORDER.token.encode()) == TAKEN
        assert (await listening).arrival is Arrival.ARRIVED


async def test_strangers_who_say_nothing_are_shown_out_and_hold_nobody_up(
    host: HostContacts, port: int
) -> None:
    async with begun(host, ORDER) as (listening,):
        await until_open(port)
        slow = [await asyncio.open_connection(HOME, port) for _ in range(MOST_VISITORS + 5)]
        await HostContacts(port).call(ORDER)
        assert (await listening).arrival is Arrival.ARRIVED
        for reader, writer in slow:
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()


async def test_who_answers_otherwise_has_not_taken_it(port: int) -> None:
    async def speaks_otherwise(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(speaks_otherwise, HOME, port):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await HostContacts(port).call(ORDER)


@pytest.mark.parametrize("address", ["a..b", "127.0.0.2"])
async def test_a_call_that_reaches_nobody_goes_on_until_it_is_cancelled(port: int, address: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await HostContacts(port).call(ContactOrder(ORDER.token, address))


async def test_a_link_that_is_not_there_is_told_and_ends_no_call(host: HostContacts, port: int) -> None:
    order = ContactOrder(ORDER.token, HOME, (Span(NO_LINK, NO_LINK),))
    told, _ = await asyncio.gather(host.receive(order), HostContacts(port).call(order))
    [frame] = told.frames
    assert (told.arrival, frame.arrival) == (Arrival.ARRIVED, Arrival.NOT_TRIED)
    assert frame.message in (
        f"{NO_LINK} can't be listened on: No such device",
        f"{NO_LINK} can't be listened on: Operation not permitted",
    )


async def test_an_offer_is_made_once() -> None:
    offers = [await HostContacts().offer() for _ in range(2)]
    assert offers[0].token != offers[1].token


async def test_whoever_is_cancelled_leaves_no_port_open(host: HostContacts, port: int) -> None:
    for steps in range(6):
        listening = asyncio.create_task(host.receive(ORDER))
        for _ in range(steps):
            await asyncio.sleep(0)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        assert not is_open(port), steps
