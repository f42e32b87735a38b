"""An event loop whose clock jumps to the next timer as soon as nobody has anything to do.

Hours pass in milliseconds, in the same order in every run. `asyncio.sleep` waits until all that could happen
before has happened.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from godwit.runtime.clock import Clock

T = TypeVar("T")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
DEADLOCK_SECONDS = 5.0


class _Jump(selectors.DefaultSelector):
    """Never waits for a timer; `now` is as far as the timers have got."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            ready = super().select(DEADLOCK_SECONDS)
            assert ready, "everybody waits, and nobody is left who could end that"
            return ready
        ready = super().select(0)
        if not ready:
            self.now += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs alone: nothing of it may wait for another thread."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., T], *args: object
    ) -> "asyncio.Future[T]":
        """At once and in this thread, since a thread's time is not ours."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def virtual_now() -> datetime:
    """By the wall."""
    return BEGINNING + timedelta(seconds=asyncio.get_running_loop().time())


def virtual_clock() -> Clock:
    """Of the running loop."""
    return Clock(virtual_now, asyncio.get_running_loop().time)
