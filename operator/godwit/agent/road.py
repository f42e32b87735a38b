"""Looks down the road to another host's libvirtd: a connection, a handshake, and not a word of libvirt's.

The handshake is made without a certificate of the host's own, whose key is none of the agent's business. So
the other libvirtd ends it, and its log has a line of that; what it shows of itself was seen by then.
"""

import asyncio
import errno
import socket
import ssl
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from godwit.agent.apart import LOOK_SECONDS, Apart, NoAnswerError
from godwit.agent.certificate import NoCertificateError, read
from godwit.agent.together import all_of
from godwit.agent.words import numbers, words
from godwit.domain.contact import MIGRATION_PORT
from godwit.domain.road import (
    LIBVIRT_PORT,
    MOST_NAMES,
    WAIT_SECONDS,
    Answer,
    Certificate,
    Outlook,
    Own,
    Road,
    Shown,
    Trust,
    is_named,
)
from godwit.runtime.clock import SYSTEM, Clock

AGAIN_SECONDS = 1.0
_REFUSALS = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
_OUT_OF_DATES = frozenset({9, 10})
"""OpenSSL's codes for a certificate in the chain that is not valid yet, or not any more."""
_UNTRUSTED = frozenset({2, 7, 18, 19, 20, 21, 24})
"""No authority of ours is at its end, a signature in it is wrong, or who has signed is no authority."""
_MOST_BYTES = 1 << 20
_MOST_TEXT = 256
_MOST_READERS = 4


class Roads(Protocol):
    """What is seen of other hosts from here. It never raises: that nothing answers is an answer."""

    async def look(self, addresses: tuple[str, ...]) -> Outlook:
        """One look, from this host."""


class UnseenFileError(Exception):
    """A file of the host's that the agent can't read; `str()` says why."""


class OwnFile:
    """A certificate of the host's own in a file; None: the agent is given none."""

    def __init__(self, path: Path | None, look_seconds: float = LOOK_SECONDS) -> None:
        self._path = path
        self._apart = Apart(deadline_seconds=look_seconds)

    async def look(self) -> Own:
        """The certificate, or why it can't be read."""
        try:
            return await self._apart.run(lambda: _own(self._path))
        except NoAnswerError as late:
            return Own(why=f"{self._path} can't be read: {late}")


class TLSRoads:
    """`Roads`; `authorities` and `own` are files of the host, None where the agent is given none."""

    def __init__(
        self,
        authorities: Path | None,
        own: Path | None,
        clock: Clock = SYSTEM,
        *,
        port: int = LIBVIRT_PORT,
        migration_port: int = MIGRATION_PORT,
        wait_seconds: float = WAIT_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._authorities = authorities
        self._apart = Apart(_MOST_READERS, deadline_seconds=look_seconds)
        self._own = OwnFile(own, look_seconds)
        self._clock = clock
        self._port = port
        self._migration_port = migration_port
        self._wait_seconds = wait_seconds
        self._again_seconds = again_seconds

    async def look(self, addresses: tuple[str, ...]) -> Outlook:
        """All at once: it takes as long as the slowest."""
        at = self._clock.now()
        seen, roads = await asyncio.gather(
            self._own.look(), all_of(self._road(each, at) for each in addresses)
        )
        return Outlook(at, seen, tuple(roads))

    async def _road(self, address: str, at: datetime) -> Road:
        (answer, message), (knock, _) = await asyncio.gather(
            self._knock(address), self._connect(address, self._migration_port)
        )
        road = Road(address, answer, message, knock=knock)
        return await self._greeted(road, at) if answer is Answer.OPEN else road

    async def _knock(self, address: str) -> tuple[Answer, str]:
        """A libvirtd that just begins anew is asked once more."""
        answer, message = await self._connect(address, self._port)
        if answer is not Answer.REFUSED:
            return answer, message
        await asyncio.sleep(self._again_seconds)
        return await self._connect(address, self._port)

    async def _connect(self, address: str, port: int) -> tuple[Answer, str]:
        try:
            async with asyncio.timeout(self._wait_seconds):
                _, writer = await asyncio.open_connection(address, port)
        except TimeoutError:
            return Answer.SILENT, self._no_answer()
        except (socket.gaierror, UnicodeError) as error:
            return Answer.UNKNOWN_NAME, words(error)
        except OSError as error:
            found = numbers(error)
            refused = bool(found) and found <= _REFUSALS
            return Answer.REFUSED if refused else Answer.UNREACHABLE, words(error)
        writer.transport.abort()
        return Answer.OPEN, ""

    def _no_answer(self) -> str:
        return f"no answer within {self._wait_seconds:g} s"

    async def _greeted(self, road: Road, at: datetime) -> Road:
        """With what the other libvirtd shows; first whatever it is, then as this host's libvirtd takes it."""
        try:
            certificate = await self._shown(road.address)
            trust, why, ends_above = await self._judged(road.address, certificate, at)
        except TimeoutError:
            return replace(road, message=self._no_answer())
        except (OSError, NoCertificateError) as error:
            return replace(road, message=words(error))
        shown = Shown(
            certificate=_shortened(certificate),
            named=is_named(certificate.names, road.address),
            trust=trust,
            why=why,
            ends_above=ends_above,
        )
        return replace(road, shown=shown)

    async def _shown(self, address: str) -> Certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return read(await self._handshake(address, context))

    async def _judged(self, address: str, certificate: Certificate, at: datetime) -> tuple[Trust, str, bool]:
        try:
            context = await self._apart.run(lambda: _trusting(self._authorities))
        except UnseenFileError as error:
            return Trust.NOT_SEEN, str(error), False
        except NoAnswerError as late:
            return Trust.NOT_SEEN, f"{self._authorities} can't be read: {late}", False
        try:
            await self._handshake(address, context)
        except ssl.SSLCertVerificationError as error:
            if error.verify_code in _OUT_OF_DATES:
                in_dates = certificate.not_before <= at < certificate.not_after
                return Trust.TRUSTED, error.verify_message, in_dates
            known = error.verify_code in _UNTRUSTED
            return Trust.UNTRUSTED if known else Trust.DOUBTFUL, error.verify_message, False
        return Trust.TRUSTED, "", False

    async def _handshake(self, address: str, context: ssl.SSLContext) -> bytes:
        """The other's certificate, in DER; `TimeoutError` is an `OSError` as well."""
        async with asyncio.timeout(self._wait_seconds):
            _, writer = await asyncio.open_connection(address, self._port, ssl=context)
        try:
            talk: ssl.SSLObject = writer.get_extra_info("ssl_object")
            return talk.getpeercert(binary_form=True) or b""
        finally:
            writer.transport.abort()


def _trusting(authorities: Path | None) -> ssl.SSLContext:
    """It takes what the host's own libvirtd would take, whatever name it bears."""
    text = _text(authorities)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # As GnuTLS does: whatever is in that file is trusted, also if it isn't its own authority.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise UnseenFileError(f"{authorities} holds no certificate: {words(error)}") from error
    return context


def _own(path: Path | None) -> Own:
    try:
        text = _text(path)
        return Own(_shortened(read(ssl.PEM_cert_to_DER_cert(_first(text)))))
    except UnseenFileError as error:
        return Own(why=str(error))
    except ValueError as error:
        return Own(why=f"{path} holds no certificate: {error}")


def _text(path: Path | None) -> str:
    """A file that was put in the place of another one is not seen through the mount of the former."""
    if path is None:
        raise UnseenFileError("the agent is given no such file of its host's")
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            text = file.read(_MOST_BYTES)
            links = path.stat().st_nlink
    except OSError as error:
        raise UnseenFileError(f"{path} can't be read: {words(error)}") from error
    if not links:
        raise UnseenFileError(
            f"{path} was replaced since the agent's pod began, which still sees the old one"
        )
    return text


def _first(text: str) -> str:
    """Of a file that may hold the authorities above it, too, or words of openssl's."""
    begin, end = text.find(ssl.PEM_HEADER), text.find(ssl.PEM_FOOTER)
    if not 0 <= begin < end:
        raise ValueError("it has no PEM block of one")
    return text[begin : end + len(ssl.PEM_FOOTER)]


def _shortened(certificate: Certificate) -> Certificate:
    """As long as a status may be."""
    return replace(
        certificate,
        subject=certificate.subject[:_MOST_TEXT],
        issuer=certificate.issuer[:_MOST_TEXT],
        names=tuple(name[:_MOST_TEXT] for name in certificate.names[:MOST_NAMES]),
    )
