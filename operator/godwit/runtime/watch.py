"""Keeps feeds in step with the API server, for ever.

kopf watches, in runs: each run lists everything, so a feed is right again after every gap. A run that fails,
or from which nothing is heard any more, is ended and another one started after a back-off. Nothing here ends
the process or survives it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from godwit.runtime import kopf_watch
from godwit.runtime.cache import Feed
from godwit.runtime.kind import Kind
from godwit.runtime.listing import NO_ANSWER, Listener
from godwit.runtime.login import Login, find_login
from godwit.runtime.thread import Main, run_in_thread

FIRST_BACKOFF_SECONDS = 0.2
LAST_BACKOFF_SECONDS = 3.0
LOOK_SECONDS = 1.0
STOP_SECONDS = 15.0

FIRST_ANSWER_SECONDS = 20.0
"""A kind that was not asked for until then was not there when kopf looked which kinds there are."""
SILENCE_SECONDS = 2 * kopf_watch.WATCH_SECONDS + 30
"""A watch that lives is asked for anew long before this."""

logger = logging.getLogger(__name__)


class SilenceError(Exception):
    """A kind was not asked for in time; `str()` names it."""


@dataclass
class _Sight:
    """What is known of one kind's watch; monotonic seconds."""

    answered: float | None = None
    """Last answer, whatever it was."""
    seen: float | None = None
    """Last good answer."""
    status: int | None = None
    """Of the last request; None before the first."""


class Watcher:
    """Watches each kind for its feed. All methods belong to the event loop that `run` is awaited on.

    `namespace` restricts kinds that lie in namespaces to one; None: to none. Feeds are called on that loop.
    """

    def __init__(
        self,
        feeds: Mapping[Kind, Feed],
        namespace: str | None = None,
        *,
        login: Login = find_login,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._feeds = dict(feeds)
        self._namespace = namespace
        self._login = login
        self._monotonic = monotonic
        self._began = monotonic()
        self._sights = {kind: _Sight() for kind in feeds}
        self._run = 0

    async def run(self) -> None:
        """Until cancelled."""
        backoff_seconds = FIRST_BACKOFF_SECONDS
        while True:
            began = self._monotonic()
            try:
                await self._run_once()
                problem = "kopf ended"
            except Exception as raised:
                problem = str(raised) or type(raised).__name__
            if self._monotonic() - began > SILENCE_SECONDS:
                backoff_seconds = FIRST_BACKOFF_SECONDS
            logger.warning(
                "the watch ended and begins again",
                extra={"problem": problem, "again_seconds": backoff_seconds},
            )
            await asyncio.sleep(backoff_seconds)
            backoff_seconds = min(2 * backoff_seconds, LAST_BACKOFF_SECONDS)

    def seen_seconds_ago(self) -> float:
        """Age of the last good answer to a list or watch, of the kind for which it is oldest.

        A watch that lives answers every two minutes at least. Counts from the start where there was none yet.
        """
        return self._oldest(lambda sight: sight.seen)

    def answered_seconds_ago(self) -> float:
        """The same for any answer, a refusal too: only silence means that a watch is dead."""
        return self._oldest(lambda sight: sight.answered)

    def trouble(self) -> str | None:
        """Why some kind is not watched at this moment; None when all are."""
        for kind, sight in self._sights.items():
            if sight.status is None:
                return f"{kind} is not watched yet"
            if sight.status == NO_ANSWER:
                return f"the API server does not answer for {kind}"
            if sight.status >= 300:
                return f"the API server refuses {kind}: HTTP {sight.status}"
        return None

    def _oldest(self, when: Callable[[_Sight], float | None]) -> float:
        times = [when(sight) for sight in self._sights.values()]
        return self._monotonic() - min(self._began if time is None else time for time in times)

    async def _run_once(self) -> None:
        self._run += 1
        began = self._monotonic()
        kopf_run = asyncio.create_task(run_in_thread(self._main(self._run), "kopf", STOP_SECONDS))
        try:
            while not kopf_run.done():
                await asyncio.wait({kopf_run}, timeout=LOOK_SECONDS)
                self._check_silence(began)
            await kopf_run
        finally:
            kopf_run.cancel()
            await asyncio.wait({kopf_run})

    def _check_silence(self, began: float) -> None:
        now = self._monotonic()
        for kind, sight in self._sights.items():
            if sight.answered is None or sight.answered < began:
                silent = now - began > FIRST_ANSWER_SECONDS
            else:
                silent = now - sight.answered > SILENCE_SECONDS
            if silent:
                raise SilenceError(f"{kind} was not asked for in time")

    def _main(self, run: int) -> Main:
        """What this run's thread does; what it tells after the next has begun is not heard."""
        here = asyncio.get_running_loop()

        def tell(hear: Callable[..., None], *what: object) -> None:
            with contextlib.suppress(RuntimeError):  # our loop is closed: nobody listens any more
                here.call_soon_threadsafe(self._hear, run, hear, *what)

        listener = Listener(
            tuple(self._feeds),
            on_answer=lambda kind, status: tell(self._answered, kind, status),
            on_list=lambda kind, versions, version: tell(self._feeds[kind].listed, versions, version),
        )

        async def main(stop: asyncio.Event) -> None:
            await kopf_watch.watch(
                tuple(self._feeds),
                self._namespace,
                self._login,
                listener,
                lambda kind, key, version, body: tell(self._feeds[kind].saw, key, version, body),
                stop,
            )

        return main

    def _hear(self, run: int, hear: Callable[..., None], *what: object) -> None:
        if run == self._run:
            hear(*what)

    def _answered(self, kind: Kind, status: int) -> None:
        sight = self._sights[kind]
        sight.status = status
        if status == NO_ANSWER:
            return
        sight.answered = self._monotonic()
        if status < 300:
            sight.seen = sight.answered
