"""Waiting for a condition, with a deadline."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import Event, EventKind, HypervisorError

T = TypeVar("T")
SECONDS = 20.0


async def until(ask: Callable[[], Awaitable[T]], fits: Callable[[T], bool]) -> T:
    """The first answer that fits; a libvirt that is too busy to answer is asked again, as its port says."""
    async with asyncio.timeout(SECONDS):
        while True:
            with suppress_unreachable():
                if fits(answer := await ask()):
                    return answer
            await asyncio.sleep(0.05)


@contextmanager
def suppress_unreachable() -> Iterator[None]:
    """Go on where nothing was learned."""
    try:
        yield
    except HypervisorError as error:
        if error.reason is not Reason.LIBVIRT_UNREACHABLE:
            raise


async def events_until(events: AsyncIterator[Event], last: EventKind) -> list[Event]:
    """Everything up to the first event of that kind."""
    seen: list[Event] = []
    async with asyncio.timeout(SECONDS):
        async for event in events:
            seen.append(event)
            if event.kind is last:
                return seen
    raise AssertionError("the events ended")
