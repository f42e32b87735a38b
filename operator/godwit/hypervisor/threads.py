"""Blocking calls in threads: a libvirt that hangs holds up neither the event loop nor the process.

Promise: a caller has an answer within its deadline, whatever libvirt does. A call that missed its deadline
can't be interrupted: it keeps its thread, and its place among the `limit`, until libvirt lets go of it. The
threads are daemons, so that none of them keeps a process from ending.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class NoAnswerError(Exception):
    """The deadline is over; the call may still have its effect."""


class Threads:
    """At most `limit` calls at a time; more of them wait for a place, and their deadline counts meanwhile."""

    def __init__(self, limit: int) -> None:
        self._places = asyncio.Semaphore(limit)
        self._left_behind = 0

    @property
    def left_behind(self) -> int:
        """Calls that nobody waits for any more and that have not come back."""
        return self._left_behind

    async def run(self, work: Callable[[], T], *, deadline_seconds: float | None) -> T:
        """What `work` gives or raises; `NoAnswerError` after the deadline (None: wait for ever).

        When the caller is cancelled, work that has begun goes on.
        """
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._places.acquire()
                return await self._begun(work)
        except TimeoutError as late:
            raise NoAnswerError(f"no answer within {deadline_seconds:g} s") from late

    async def _begun(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def tell(outcome: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the event loop is closed: nobody waits
                loop.call_soon_threadsafe(self._ended, answer, outcome)

        def body() -> None:
            try:
                value = work()
            except Exception as error:
                tell(partial(answer.set_exception, error))
            else:
                tell(partial(answer.set_result, value))

        threading.Thread(target=body, name="libvirt-call", daemon=True).start()
        try:
            return await answer
        except asyncio.CancelledError:
            self._left_behind += 1
            raise

    def _ended(self, answer: "asyncio.Future[T]", outcome: Callable[[], None]) -> None:
        self._places.release()
        if answer.done():
            self._left_behind -= 1
            return
        outcome()
