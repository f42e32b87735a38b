"""How this room calls libvirt: in a thread, with a deadline, seen by an observer.

Short calls, storage work and migrations have places of their own, so that migrations that run for hours or a
storage that hangs leave the short calls alone. Storage work has one place: it is done one
after the other. Every failure is a `HypervisorError`, and one of a connection that is dead by then is
`LibvirtUnreachable`, whatever libvirt called it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import libvirt

from godwit.hypervisor.connection import Connection
from godwit.hypervisor.errors import answered, text_of, unreachable
from godwit.hypervisor.lent import GoneError
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.threads import NoAnswerError, Threads

T = TypeVar("T")
Work = Callable[[libvirt.virConnect], T]
Observer = Callable[[str, str, float], None]
"""Is told of each call: its name, `ok` or the reason of its failure, and how long it took in seconds."""

SHORT_SECONDS = 10.0
MODIFYING_SECONDS = 35.0
"""libvirt itself waits 30 s for the lock of a domain, and then says so: that is the better answer."""
SLOW_SECONDS = 60.0
MOST_SHORT_CALLS = 16
MOST_MIGRATIONS = 32


class Calls:
    """Calls over one connection."""

    def __init__(self, connection: Connection, observe: Observer) -> None:
        self._connection = connection
        self._observe = observe
        self._short = Threads(MOST_SHORT_CALLS)
        self._storage = Threads(1)
        self._migrations = Threads(MOST_MIGRATIONS)

    @property
    def left_behind(self) -> int:
        """Calls that missed their deadline and have not come back."""
        return self._short.left_behind + self._storage.left_behind

    async def short(self, name: str, work: Work[T], *, deadline_seconds: float = SHORT_SECONDS) -> T:
        """A call that libvirt answers at once when it is well."""
        return await self._run(name, self._short, work, deadline_seconds)

    async def storage(self, name: str, work: Work[T]) -> T:
        """A call that reads directories and writes files; never two at a time."""
        return await self._run(name, self._storage, work, SLOW_SECONDS)

    async def migration(self, name: str, work: Work[T]) -> T:
        """A call that lasts as long as a migration, and whose errors may be the peer's."""
        return await self._run(name, self._migrations, work, None, with_peer=True)

    async def _run(
        self,
        name: str,
        threads: Threads,
        work: Work[T],
        deadline_seconds: float | None,
        *,
        with_peer: bool = False,
    ) -> T:
        connection = self._connection.current()
        started = time.monotonic()
        outcome = "cancelled"
        try:
            value = await threads.run(
                lambda: connection.use(lambda handle: _asked(handle, work)), deadline_seconds=deadline_seconds
            )
        except Exception as error:
            lost = self._connection.has_lost(connection)
            failure = _failure(name, error, lost=lost, with_peer=with_peer)
            outcome = failure.reason.value
            raise failure from error
        else:
            outcome = "ok"
            return value
        finally:
            self._observe(name, outcome, time.monotonic() - started)


def _asked(handle: libvirt.virConnect, work: Work[T]) -> T:
    """What failed because the connection had died is told as that, whatever libvirt called it."""
    try:
        return work(handle)
    except libvirt.libvirtError as error:
        if handle.isAlive():
            raise
        raise GoneError(text_of(error)) from error


def _failure(name: str, error: Exception, *, lost: bool, with_peer: bool) -> HypervisorError:
    """A lost connection explains every error: then nothing is known, also of a migration's peer."""
    if isinstance(error, HypervisorError):
        return error
    if isinstance(error, NoAnswerError | GoneError):
        return unreachable(name, error)
    if not isinstance(error, libvirt.libvirtError):
        raise error
    if lost:
        return unreachable(name, error)
    return answered(name, error, with_peer=with_peer)
