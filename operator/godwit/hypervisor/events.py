"""libvirt's callbacks as `Event`s, and the queue through which one reader gets them.

Callbacks run in libvirt's event thread, where a call into libvirt would deadlock: they only build a value.
Nothing is kept for a reader that isn't there: whoever begins to read is told `Connected` first when there is
a connection, and reads everything then.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

from godwit.domain.task import StopDetail
from godwit.hypervisor.jobstats import Raw, is_migration, job_stats
from godwit.hypervisor.ports import Event, EventKind

# virDomainEventType and the details of each; the migration's are those of pre-copy and post-copy.
_KINDS: dict[int, EventKind] = {
    0: EventKind.DEFINED,
    1: EventKind.UNDEFINED,
    2: EventKind.STARTED,
    3: EventKind.SUSPENDED,
    4: EventKind.RESUMED,
    5: EventKind.STOPPED,
    7: EventKind.SUSPENDED,  # by the guest's own power management
    8: EventKind.CRASHED,
}
_STARTED, _SUSPENDED, _RESUMED, _STOPPED = 2, 3, 4, 5
_BY_MIGRATION = frozenset({(_STARTED, 1), (_SUSPENDED, 1), (_SUSPENDED, 7), (_RESUMED, 1), (_RESUMED, 3)})
_STOP_DETAILS: dict[int, StopDetail] = {
    0: StopDetail.SHUTDOWN,
    1: StopDetail.DESTROYED,
    2: StopDetail.CRASHED,
    3: StopDetail.MIGRATED,
    4: StopDetail.SAVED,
    5: StopDetail.FAILED,
}


class Named(Protocol):
    """What a callback may ask of its domain without a call to libvirtd."""

    def UUIDString(self) -> str: ...  # noqa: N802, D102 - libvirt's name


def lifecycle(domain: Named, kind: int, detail: int) -> Event | None:
    """VIR_DOMAIN_EVENT_ID_LIFECYCLE; None for what decides nothing (the guest's own shutdown has begun)."""
    if kind not in _KINDS:
        return None
    return Event(
        kind=_KINDS[kind],
        at=_now(),
        uuid=domain.UUIDString(),
        stop=_STOP_DETAILS.get(detail, StopDetail.OTHER) if kind == _STOPPED else None,
        migrated=(kind, detail) in _BY_MIGRATION,
    )


def iteration(domain: Named) -> Event:
    """VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION."""
    return Event(kind=EventKind.ITERATION, at=_now(), uuid=domain.UUIDString())


def job_completed(domain: Named, raw: Raw) -> Event | None:
    """VIR_DOMAIN_EVENT_ID_JOB_COMPLETED; None when the job was no migration."""
    if not is_migration(raw):
        return None
    return Event(kind=EventKind.JOB_COMPLETED, at=_now(), uuid=domain.UUIDString(), stats=job_stats(raw))


def network() -> Event:
    """VIR_NETWORK_EVENT_ID_LIFECYCLE, whatever it was: a look says more."""
    return Event(kind=EventKind.NETWORK, at=_now())


def connected() -> Event:
    """The connection is new."""
    return Event(kind=EventKind.CONNECTED, at=_now())


def disconnected() -> Event:
    """The connection is gone."""
    return Event(kind=EventKind.DISCONNECTED, at=_now())


class Stream:
    """Events on their way to one reader; all of it on the event loop."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] | None = None
        self._connected = False

    def put(self, event: Event) -> None:
        """Hand an event to the reader; dropped when there is none."""
        if event.kind in (EventKind.CONNECTED, EventKind.DISCONNECTED):
            self._connected = event.kind is EventKind.CONNECTED
        if self._queue is not None:
            self._queue.put_nowait(event)

    def read(self) -> AsyncIterator[Event]:
        """Every event from now on; a former reader gets no more."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._queue = queue
        if self._connected:
            queue.put_nowait(connected())
        return _items(queue)


async def _items(queue: "asyncio.Queue[Event]") -> AsyncIterator[Event]:
    while True:
        yield await queue.get()


def _now() -> datetime:
    return datetime.now(UTC)
