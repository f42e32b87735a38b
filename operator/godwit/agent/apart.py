"""Looks that may hang, in threads of their own: one at a file system that hangs holds up nothing else.

Promise: a caller has an answer within the deadline. A look that missed it can't be interrupted: it keeps its
place until the kernel lets go of it, and those that come meanwhile miss theirs. Nothing is kept, so a look is
as good after a crash as before.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
LOOK_SECONDS = 5.0


class NoAnswerError(Exception):
    """The deadline is over; `str()` says how long it was."""


class Apart:
    """At most `limit` looks at a time; more of them wait for a place, and their deadline counts meanwhile."""

    def __init__(self, limit: int = 1, *, deadline_seconds: float = LOOK_SECONDS) -> None:
        self._places = ThreadPoolExecutor(limit, "look")
        self._deadline_seconds = deadline_seconds

    async def run(self, look: Callable[[], T]) -> T:
        """What `look` gives or raises; `NoAnswerError` after the deadline."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._places, look)
        except TimeoutError as late:
            raise NoAnswerError(f"no answer within {self._deadline_seconds:g} s") from late
