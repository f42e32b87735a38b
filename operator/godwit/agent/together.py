"""Waiting for several answers at once: all of them come to an end, and then the first error is raised."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TypeVar

T = TypeVar("T")


async def settled(calls: Iterable[Coroutine[None, None, T]]) -> list[T | Exception]:
    """What each gave or raised, in their order; whoever is cancelled cancels them all."""
    found: list[T | Exception] = []
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, Exception):
            raise result
        found.append(result)
    return found


async def all_of(calls: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """What each gave, in their order."""
    results = await settled(calls)
    given = []
    for result in results:
        if isinstance(result, Exception):
            raise result
        given.append(result)
    return given
