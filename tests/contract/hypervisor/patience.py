"""Waiting for a condition, with a deadline."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from godwit.hypervisor.ports import Event, EventKind

T = TypeVar("T")
SECONDS = 20.0


async def until(ask: Callable[[], Awaitable[T]], fits: Callable[[T], bool]) -> T:
    """The first answer that fits."""
    async with asyncio.timeout(SECONDS):
        while not fits(answer := await ask()):  # noqa: ASYNC110 - libvirt has no event for it
            await asyncio.sleep(0.05)
        return answer


async def events_until(events: AsyncIterator[Event], last: EventKind) -> list[Event]:
    """Everything up to the first event of that kind."""
    seen: list[Event] = []
    async with asyncio.timeout(SECONDS):
        async for event in events:
            seen.append(event)
            if event.kind is last:
                return seen
    raise AssertionError("the events ended")
