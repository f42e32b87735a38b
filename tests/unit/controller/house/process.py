"""A process as the house runs it: its parts, until it is killed; the next one knows nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from godwit.cluster.ports import Unavailable
from godwit.runtime.cache import Key
from godwit.runtime.loops import Reconcile

from .watch import Watch


class KilledError(Unavailable):
    """As the answer to a write: the process died before it could read it."""


class Life:
    """One process, from its start to its death. Each pass is told to `passed` when it has ended."""

    def __init__(self, passed: Callable[[], None]) -> None:
        self._passed = passed
        self._watch: Watch | None = None
        self._running: list[asyncio.Future[None]] = []
        self.alive = False

    def start(self, watch: Watch, jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
        self.alive, self._watch = True, watch
        self._running = [asyncio.ensure_future(job()) for job in jobs]
        watch.start()

    def kill(self) -> None:
        """At once; whatever it had sent is on its way."""
        self.alive = False
        if self._watch:
            self._watch.stop()
        for job in self._running:
            job.cancel()

    def watched(self, reconcile: Reconcile[Key]) -> Reconcile[Key]:
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
