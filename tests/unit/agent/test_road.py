"""A look down the road, at servers of the test's own."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from godwit.agent.road import TLSRoads
from godwit.domain.road import MOST_NAMES, Answer, Road, Shown, Trust, is_named

from .authorities import IS_AUTHORITY, Pair, authority, issued

HOME = "127.0.0.1"
SETTLES_SECONDS = 0.02
"""Connections that were accepted last are closed by then."""
FOR_HOME = f"subjectAltName=IP:{HOME},DNS:localhost\n"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("pki"), "ours")


@pytest.fixture(scope="module")
def server(ours: Pair) -> Pair:
    return issued(ours, "server", FOR_HOME)


async def closes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()


async def speaks_no_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def listening(
    shows: Pair | None, serve: Serve = closes, asks: Pair | None = None
) -> AsyncIterator[int]:
    """The port of a server; `asks`: for a certificate of that authority, as libvirtd does."""
    context = None
    if shows:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shows.certificate, shows.key)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(asks.certificate)
    listener = await asyncio.start_server(serve, HOME, 0, ssl=context)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await asyncio.sleep(SETTLES_SECONDS)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOME, 0))
        return int(taken.getsockname()[1])


def roads(port: int, trusts: Path | None = None, own: Path | None = None, migration: int = 0) -> TLSRoads:
    return TLSRoads(
        trusts, own, port=port, migration_port=migration or closed_port(), wait_seconds=2, again_seconds=0.05
    )


async def seen(shows: Pair, trusts: Path | None, address: str = HOME) -> Shown:
    async with listening(shows) as port:
        outlook = await roads(port, trusts).look((address,))
        [road] = outlook.roads
    assert (road.answer, road.message) == (Answer.OPEN, "")
    assert road.shown
    return road.shown


async def test_a_good_one_is_named_and_trusted_though_it_asks_for_a_certificate(
    ours: Pair, server: Pair
) -> None:
    async with listening(server, asks=ours) as port:
        outlook = await roads(port, ours.certificate, server.certificate).look((HOME,))
        [road] = outlook.roads
    assert (road.address, road.answer, road.knock) == (HOME, Answer.OPEN, Answer.REFUSED)
    assert road.shown
    assert (road.shown.named, road.shown.trust, road.shown.ends_above) == (True, Trust.TRUSTED, False)
    assert road.shown.certificate.names == ("localhost", HOME)
    assert road.shown.certificate.not_before <= outlook.at < road.shown.certificate.not_after
    assert outlook.own.certificate == road.shown.certificate


async def test_a_name_is_told_apart_from_the_rest(ours: Pair) -> None:
    other = await seen(issued(ours, "other", "subjectAltName=DNS:somebody-else\n"), ours.certificate)
    assert (other.named, other.trust) == (False, Trust.TRUSTED)
    assert other.certificate.names == ("somebody-else",)


async def test_dates_are_told_apart_from_the_rest(ours: Pair) -> None:
    ended = await seen(issued(ours, "ended", FOR_HOME, days=-1), ours.certificate)
    assert (ended.named, ended.trust, ended.ends_above) == (True, Trust.TRUSTED, False)
    assert ended.why == "certificate has expired"


async def test_a_stranger_is_told_apart_from_the_rest(ours: Pair, tmp_path: Path) -> None:
    stranger = await seen(issued(authority(tmp_path, "theirs"), "stranger", FOR_HOME), ours.certificate)
    assert (stranger.named, stranger.trust) == (True, Trust.UNTRUSTED)
    assert stranger.certificate.issuer == "theirs"
    assert stranger.why


async def test_an_authority_that_has_ended_is_told_apart_from_its_certificates(tmp_path: Path) -> None:
    gone = authority(tmp_path, "gone", days=-1)
    found = await seen(issued(gone, "server", FOR_HOME), gone.certificate)
    assert (found.named, found.trust, found.ends_above) == (True, Trust.TRUSTED, True)


async def test_an_authority_below_another_may_be_trusted_alone(ours: Pair) -> None:
    below = issued(ours, "below", IS_AUTHORITY)
    assert (await seen(issued(below, "far", FOR_HOME), below.certificate)).trust is Trust.TRUSTED


async def test_one_that_is_not_meant_for_servers_is_doubtful(ours: Pair) -> None:
    client = issued(ours, "client", f"{FOR_HOME}extendedKeyUsage=clientAuth\n")
    assert (await seen(client, ours.certificate)).trust is Trust.DOUBTFUL


async def test_all_names_count_and_only_some_are_told(ours: Pair) -> None:
    names = ",".join([f"DNS:name{number}" for number in range(100)])
    found = await seen(issued(ours, "many", f"subjectAltName={names},IP:{HOME}\n"), ours.certificate)
    assert found.named
    assert len(found.certificate.names) == MOST_NAMES


@pytest.mark.parametrize(
    "text", [None, "", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
async def test_files_that_can_not_be_seen_are_told_with_why(
    server: Pair, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "file.pem"
    if text is not None:
        file.write_text(text)
    async with listening(server) as port:
        outlook = await roads(port, file, file).look((HOME,))
        [road] = outlook.roads
    assert road.shown
    assert (road.shown.named, road.shown.trust) == (True, Trust.NOT_SEEN)
    assert str(file) in road.shown.why
    assert outlook.own.certificate is None
    assert str(file) in outlook.own.why


async def test_files_that_the_agent_is_not_given_are_told_so(server: Pair) -> None:
    async with listening(server) as port:
        outlook = await roads(port).look((HOME,))
        [road] = outlook.roads
    assert road.shown
    assert "given no such file" in road.shown.why
    assert "given no such file" in outlook.own.why


async def test_a_file_that_was_replaced_is_not_believed(ours: Pair, server: Pair, tmp_path: Path) -> None:
    """As through the mount of a file that the host has another one in the place of by now."""
    old = tmp_path / "ca.pem"
    old.write_text(ours.certificate.read_text())
    with old.open() as held:
        old.unlink()
        through = Path(f"/proc/self/fd/{held.fileno()}")
        async with listening(server) as port:
            outlook = await roads(port, through, through).look((HOME,))
            [road] = outlook.roads
    assert road.shown
    assert road.shown.trust is Trust.NOT_SEEN
    assert "was replaced" in road.shown.why
    assert "was replaced" in outlook.own.why


async def test_a_file_may_hold_more_than_one_certificate_and_words(
    ours: Pair, server: Pair, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_text(f"Subject: hôte\n{server.certificate.read_text()}{ours.certificate.read_text()}")
    async with listening(server) as port:
        outlook = await roads(port, ours.certificate, both).look((HOME,))
    assert outlook.own.certificate
    assert outlook.own.certificate.subject == "server"


@pytest.mark.parametrize(
    ("serve", "said"),
    [
        (says_nothing, "no answer within 0.3 s"),
        (closes, "Connection reset by peer"),
        (speaks_no_tls, "wrong version number"),
    ],
)
async def test_who_makes_no_handshake_is_open_and_shows_nothing(ours: Pair, serve: Serve, said: str) -> None:
    async with listening(None, serve) as port:
        outlook = await TLSRoads(
            ours.certificate, None, port=port, migration_port=closed_port(), wait_seconds=0.3
        ).look((HOME,))
    [road] = outlook.roads
    assert (road.answer, road.shown) == (Answer.OPEN, None)
    assert road.message == said


async def look(address: str, migration: int = 0) -> Road:
    [road] = (await roads(closed_port(), migration=migration).look((address,))).roads
    return road


async def test_a_closed_port_is_refused_in_the_systems_words() -> None:
    road = await look(HOME)
    assert (road.answer, road.knock, road.shown) == (Answer.REFUSED, Answer.REFUSED, None)
    assert road.message == "Connection refused"


async def test_several_hosts_are_looked_at_at_once(ours: Pair, server: Pair) -> None:
    async with listening(server) as port:
        outlook = await roads(port, ours.certificate).look((HOME, "127.0.0.2"))
    assert [(road.address, road.answer) for road in outlook.roads] == [
        (HOME, Answer.OPEN),
        ("127.0.0.2", Answer.REFUSED),
    ]


async def test_a_libvirtd_that_begins_anew_is_asked_once_more() -> None:
    port = closed_port()
    look = asyncio.create_task(
        TLSRoads(None, None, port=port, wait_seconds=1, again_seconds=0.3).look((HOME,))
    )
    await asyncio.sleep(0.1)
    begun = await asyncio.start_server(closes, HOME, port)
    [road] = (await look).roads
    begun.close()
    assert road.answer is Answer.OPEN


async def test_the_other_port_is_asked_as_well() -> None:
    async with listening(None) as port:
        assert (await look(HOME, migration=port)).knock is Answer.OPEN


@pytest.mark.parametrize("address", ["a..b", "1:2:3"])
async def test_what_is_no_name_has_no_address(address: str) -> None:
    assert (await look(address)).answer is Answer.UNKNOWN_NAME


@pytest.mark.parametrize(
    ("name", "address", "fits"),
    [
        ("host1", "host1", True),
        ("Host1.Example", "host1.example", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("fd00::1", "FD00:0:0::0001", True),
        ("FD00:0:0:0:0:0:0:1", "fd00::1", True),
        ("fd00::1", "fd00::2", False),
        ("host1", "host1.example", False),
        ("*.example.org", "host1.example.org", True),
        ("*.example.org", "a.host1.example.org", False),
        ("*.example.org", ".example.org", False),
        ("*.org", "example.org", False),
        ("*", "host1", False),
    ],
)
def test_a_certificate_is_for_its_names(name: str, address: str, fits: bool) -> None:
    assert is_named(("other", name), address) is fits
