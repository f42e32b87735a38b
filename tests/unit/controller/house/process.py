"""A process as the house runs it: its parts, until it is killed; the next one knows nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from godwit.cluster.ports import Unavailable
from godwit.runtime.cache import Key
from godwit.runtime.loops import Loops

from .watch import Watch

Reconcile = Callable[[Key], Awaitable[float | None]]


class KilledError(Unavailable):
    """As the answer to a write: the process died before it could read it."""


class Life:
    """One process, from its start to its death. Each pass is told to `passed` when it has ended."""

    def __init__(self, watch: Watch, passed: Callable[[], None]) -> None:
        self._watch = watch
        self._passed = passed
        self._parts: list[asyncio.Task[None]] = []
        self.alive = False

    def start(self, *parts: Coroutine[object, object, None]) -> None:
        self.alive = True
        self._parts = [asyncio.create_task(part) for part in parts]
        self._watch.start()

    def kill(self) -> None:
        """At once; whatever it had sent is on its way."""
        self.alive = False
        self._watch.stop()
        for part in self._parts:
            part.cancel()

    def watched(self, reconcile: Reconcile) -> Reconcile:
        """`reconcile`, and the pass counts when it has ended."""

        async def watched(key: Key) -> float | None:
            if not self.alive:
                return None
            try:
                return await reconcile(key)
            except KilledError:
                self.kill()
                raise
            finally:
                self._passed()

        return watched


async def work(loops: Loops[Key], *ready: Callable[[], Awaitable[None]]) -> None:
    """The loops, once everything is known that they need."""
    for known in ready:
        await known()
    await loops.run()
