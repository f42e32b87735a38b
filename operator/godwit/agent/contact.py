"""Both ends of the contact between two hosts: the one that listens for a moment, the one that calls.

Nothing is kept but what the loop holds, and every wait has an end: whoever is cancelled or killed leaves
neither a port nor a socket behind.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from godwit.agent import frames
from godwit.agent.apart import LOOK_SECONDS, Apart, NoAnswerError
from godwit.agent.door import TAKEN, Door
from godwit.agent.words import words
from godwit.domain.contact import (
    FRAMES_SECONDS,
    MIGRATION_PORT,
    OPEN_SECONDS,
    Arrival,
    Contact,
    ContactOrder,
    Frame,
    Offer,
    Span,
    frame_token,
)

AGAIN_SECONDS = 0.1
ANSWER_SECONDS = 1.5
"""For one call: a SYN that was lost is sent again after a second."""


class Contacts(Protocol):
    """How this host makes contact. It never raises: that nothing arrives is an answer."""

    async def offer(self) -> Offer:
        """What this host is able to send, with a token that nobody had before."""

    async def receive(self, order: ContactOrder) -> Contact:
        """Listen until all has arrived, for some seconds at most."""

    async def call(self, order: ContactOrder) -> None:
        """Send all of it, again and again, until the token is taken, and frames for a second more."""


class HostContacts:
    """`Contacts` by this host's sockets; `port` is the one migration port that is opened and called."""

    def __init__(
        self,
        port: int = MIGRATION_PORT,
        *,
        open_seconds: float = OPEN_SECONDS,
        frames_seconds: float = FRAMES_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        why_not: Callable[[], str] = frames.why_not,
    ) -> None:
        self._port = port
        self._door = Door(port)
        self._open_seconds = open_seconds
        self._frames_seconds = frames_seconds
        self._again_seconds = again_seconds
        self._answer_seconds = answer_seconds
        self._apart = Apart(deadline_seconds=look_seconds)
        self._why_not = why_not

    async def offer(self) -> Offer:
        """See `Contacts`."""
        try:
            no_frames = await self._apart.run(self._why_not)
        except NoAnswerError as late:
            no_frames = f"its agent can't open a packet socket: {late}"
        return Offer(secrets.token_hex(16), no_frames)

    async def receive(self, order: ContactOrder) -> Contact:
        """See `Contacts`. For frames it waits only a little longer than for the token.

        Frames are looked for before anybody can bring the token: the kernel may take its time to open a link.
        """
        opened = {span: asyncio.Event() for span in order.spans}
        looking = {
            span: asyncio.create_task(_see(span.there, frame_token(order, span), opened[span]))
            for span in order.spans
        }
        try:
            await _all(opened.values(), self._frames_seconds)
            arrival, message = await self._brought(order.token)
            if looking:
                await asyncio.wait(looking.values(), timeout=self._patience(arrival))
            seen = tuple(_told(span, task) for span, task in looking.items())
        finally:
            for task in looking.values():
                task.cancel()
            await asyncio.gather(*looking.values(), return_exceptions=True)
        return Contact(self._port, arrival, message, seen)

    async def call(self, order: ContactOrder) -> None:
        """See `Contacts`. Nor is the token brought before frames are sent."""
        by_link: dict[str, list[str]] = {}
        for span in order.spans:
            by_link.setdefault(span.here, []).append(frame_token(order, span))
        opened = {link: asyncio.Event() for link in by_link}
        async with asyncio.TaskGroup() as everything:
            sending = [
                everything.create_task(self._send(link, tokens, opened[link]))
                for link, tokens in by_link.items()
            ]
            await _all(opened.values(), self._frames_seconds)
            await self._bring(order)
            if sending:
                await asyncio.wait(sending, timeout=self._frames_seconds)
            for each in sending:
                each.cancel()

    async def _brought(self, token: str) -> tuple[Arrival, str]:
        try:
            async with asyncio.timeout(self._open_seconds), self._door.expecting(token) as brought:
                await brought.wait()
        except TimeoutError:
            return Arrival.MISSED, ""
        except OSError as error:
            return Arrival.NOT_TRIED, words(error)
        return Arrival.ARRIVED, ""

    def _patience(self, arrival: Arrival) -> float:
        """How long frames are waited for from now on."""
        match arrival:
            case Arrival.ARRIVED:
                return self._frames_seconds
            case Arrival.MISSED:
                return 0.0
            case Arrival.NOT_TRIED:
                return self._open_seconds

    async def _bring(self, order: ContactOrder) -> None:
        while True:
            if await self._took(order):
                return
            await asyncio.sleep(self._again_seconds)

    async def _took(self, order: ContactOrder) -> bool:
        """Whether the other agent has answered; anybody else may be there just as well, or nobody."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                reader, writer = await asyncio.open_connection(order.address, self._port, limit=len(TAKEN))
                try:
                    writer.write(order.token.encode())
                    return await reader.readexactly(len(TAKEN)) == TAKEN
                finally:
                    writer.transport.abort()
        except (OSError, UnicodeError, asyncio.IncompleteReadError):
            return False

    async def _send(self, link: str, tokens: Sequence[str], opened: asyncio.Event) -> None:
        """A link that went meanwhile carries nothing, and the other host says so."""
        try:
            await frames.send(link, tokens, self._again_seconds, opened)
        except OSError:
            return
        finally:
            opened.set()


async def _see(link: str, token: str, opened: asyncio.Event) -> None:
    """One that can't be opened is not waited for."""
    try:
        await frames.see(link, token, opened)
    finally:
        opened.set()


async def _all(events: Iterable[asyncio.Event], seconds: float) -> None:
    """Until they are set, or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for event in events:
                await event.wait()


def _told(span: Span, task: "asyncio.Task[None]") -> Frame:
    if not task.done():
        return Frame(span.here, span.there, Arrival.MISSED)
    error = task.exception()
    if error is None:
        return Frame(span.here, span.there, Arrival.ARRIVED)
    why = f"{span.there} can't be listened on: {words(error)}"
    return Frame(span.here, span.there, Arrival.NOT_TRIED, why)
