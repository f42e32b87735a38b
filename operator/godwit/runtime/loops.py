"""One reconcile loop per key: woken by whoever knows that something changed, alone with its key.

For each key at most one pass runs. A wake during a pass causes another one after it, so the last pass always
began after the last wake. A pass that fails comes again after a back-off, for ever; wakes don't shorten it,
because a pass that fails may be what causes them. Nothing survives the process: who starts wakes every key.
An idle key costs nothing, it isn't even known.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)
Reconcile: TypeAlias = Callable[[K], Awaitable[float | None]]
"""One pass; gives the seconds until the next one without a wake, or None."""

FIRST_BACKOFF_SECONDS = 0.05
LAST_BACKOFF_SECONDS = 5.0
PASSES_AT_ONCE = 200

logger = logging.getLogger(__name__)


def as_it_is(reconcile: Reconcile[K]) -> Reconcile[K]:
    """Nobody wraps the passes."""
    return reconcile


def ignore_pass(result: str, seconds: float) -> None:
    """Nobody counts the passes."""


@dataclass
class _State:
    """Of a key that is not idle: queued, running, or waiting for its timer."""

    queued: bool = False
    began: float | None = None
    """When its pass began; None while none runs."""
    again: bool = False
    failures: int = 0
    timer: asyncio.TimerHandle | None = None


class Loops(Generic[K]):
    """The loops of all keys of one kind. All methods belong to one event loop, and to its thread.

    `reconcile(key)` returns the seconds until its next pass, or None to sleep until it is woken. `expected`
    are errors that are part of life (a conflict, an API server that is away): one line in the log.
    `observe` hears of each pass: `success`, `expected` or `error`, and its seconds.
    """

    def __init__(
        self,
        reconcile: Reconcile[K],
        name: str,
        expected: tuple[type[Exception], ...] = (),
        *,
        observe: Callable[[str, float], None] = ignore_pass,
        at_once: int = PASSES_AT_ONCE,
        last_backoff_seconds: float = LAST_BACKOFF_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reconcile = reconcile
        self._name = name
        self._expected = expected
        self._observe = observe
        self._at_once = at_once
        self._last_backoff_seconds = last_backoff_seconds
        self._monotonic = monotonic
        self._states: dict[K, _State] = {}
        self._queue: deque[K] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = False

    def wake(self, key: K) -> None:
        """Have a pass that begins from now on; remembered until `run` is called."""
        state = self._states.setdefault(key, _State())
        if state.began is not None:
            state.again = True
        elif not state.queued and not (state.timer and state.failures):
            self._enqueue(key, state)

    def busy_seconds(self) -> float:
        """Age of the oldest pass that still runs; 0.0 when none does."""
        began = [state.began for state in self._states.values() if state.began is not None]
        return self._monotonic() - min(began) if began else 0.0

    def __len__(self) -> int:
        """Keys that are not idle."""
        return len(self._states)

    async def run(self) -> None:
        """Until cancelled; then every pass is cancelled and has ended when this returns."""
        self._open = True
        self._start()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._open = False
            for state in self._states.values():
                if state.timer:
                    state.timer.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _enqueue(self, key: K, state: _State) -> None:
        if state.timer:
            state.timer.cancel()
        state.timer = None
        state.queued = True
        self._queue.append(key)
        self._start()

    def _start(self) -> None:
        while self._open and self._queue and len(self._tasks) < self._at_once:
            key = self._queue.popleft()
            state = self._states[key]
            state.queued = False
            state.again = False
            state.began = self._monotonic()
            task = asyncio.create_task(self._pass(key, state, state.began), name=f"{self._name} {key}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._start()

    async def _pass(self, key: K, state: _State, began: float) -> None:
        result = "success"
        wait_seconds: float | None = None
        try:
            wait_seconds = await self._reconcile(key)
            state.failures = 0
        except self._expected as problem:
            result = "expected"
            wait_seconds = self._fail(state)
            logger.info(
                "a pass failed and comes again",
                extra={
                    "loop": self._name,
                    "key": str(key),
                    "again_seconds": wait_seconds,
                    "problem": str(problem),
                },
            )
        except (Exception, asyncio.CancelledError):
            if not self._open:
                raise
            result = "error"
            wait_seconds = self._fail(state)
            logger.exception(
                "a pass failed and comes again",
                extra={"loop": self._name, "key": str(key), "again_seconds": wait_seconds},
            )
        state.began = None
        self._rest(key, state, wait_seconds)
        self._observe(result, self._monotonic() - began)

    def _fail(self, state: _State) -> float:
        state.failures += 1
        doublings = min(state.failures - 1, 10)
        return float(min(FIRST_BACKOFF_SECONDS * 2**doublings, self._last_backoff_seconds))

    def _rest(self, key: K, state: _State, wait_seconds: float | None) -> None:
        if state.again and not state.failures:
            self._enqueue(key, state)
        elif wait_seconds is None:
            del self._states[key]
        else:
            loop = asyncio.get_running_loop()
            state.timer = loop.call_later(max(wait_seconds, 0.0), self._enqueue, key, state)
