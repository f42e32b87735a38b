"""A process that can be killed anywhere: what it sees lags behind, and what it remembers dies with it."""

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from .api import Api, Change, ConflictError

BACKOFF_SECONDS = 0.05


class Body(Protocol):
    """What the process does."""

    def see(self, change: Change) -> None: ...

    def run(self) -> Generator[None, None, float | None]: ...

    def lose_libvirt(self) -> None: ...


class Worker:
    """One loop: woken by what it sees and by the time it asked for, alone with its pass."""

    def __init__(self, api: Api, make: Callable[["Worker"], Body]) -> None:
        self._api, self._make = api, make
        self.inbox: list[Callable[[], None]] = []
        self.body: Body | None = None
        self.due: datetime | None = None
        self._dirty = False
        self._failed = False
        self._pass: Generator[None, None, float | None] | None = None
        self.start()

    def start(self) -> None:
        """With everything that there is, as after a first list."""
        self.body = self._make(self)
        self._dirty, self._failed, self.due, self._pass = True, False, None, None
        self._api.watch(self._changed)
        while self.inbox:
            self.hear()

    def kill(self) -> None:
        if self.body:
            self._api.unwatch(self._changed)
        self.body, self._pass = None, None
        self.inbox.clear()

    def _changed(self, change: Change) -> None:
        if self.body:
            self.tell(partial(self.body.see, change))

    def tell(self, news: Callable[[], None]) -> None:
        """It arrives some time later, if the process still lives then."""
        if self.body:
            self.inbox.append(news)

    def wake(self) -> None:
        self._dirty = True

    def hear(self) -> None:
        """The oldest news that has not arrived yet."""
        self.inbox.pop(0)()
        self._dirty = True

    def ready(self, now: datetime) -> bool:
        if self.body is None:
            return False
        if self._pass:
            return True
        is_due = self.due is not None and self.due <= now
        return is_due or (self._dirty and not self._failed)

    def step(self, now: datetime) -> None:
        """As far as the next place to die."""
        assert self.body is not None
        if self._pass is None:
            self._pass, self._dirty, self._failed, self.due = self.body.run(), False, False, None
        try:
            next(self._pass)
        except StopIteration as end:
            self._rest(now, end.value)
        except ConflictError:
            self._failed = True
            self._rest(now, BACKOFF_SECONDS)

    def _rest(self, now: datetime, seconds: float | None) -> None:
        self._pass = None
        self.due = None if seconds is None else now + timedelta(seconds=seconds)
