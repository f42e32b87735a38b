"""A connection that several threads use at once: closed once it is given up and the last one has left it.

libvirt frees a connection when it is closed, also while a call on it is about to begin; that call reads what
is free, and the whole process dies of it. So each call holds the connection from its begin to its end.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

H = TypeVar("H")
T = TypeVar("T")


class GoneError(Exception):
    """The connection was lost or closed, before the call or during it."""


class Lent(Generic[H]):
    """What `handle` is, for as long as nobody has given it up."""

    def __init__(self, handle: H, close: Callable[[H], None]) -> None:
        """`close` is called once, in the thread of whoever is the last one."""
        self._handle = handle
        self._close = close
        self._lock = threading.Lock()
        self._users = 0
        self._given_up = False

    def use(self, work: Callable[[H], T]) -> T:
        """What `work` gives or raises; `GoneError` when it is too late for it."""
        with self._lock:
            if self._given_up:
                raise GoneError("the connection was lost")
            self._users += 1
        try:
            return work(self._handle)
        finally:
            self._leave()

    def give_up(self) -> None:
        """No further call begins; once at most."""
        with self._lock:
            self._given_up = True
            unused = not self._users
        if unused:
            self._close(self._handle)

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._given_up and not self._users
        if last:
            self._close(self._handle)
