"""The connection to libvirtd: opened, watched, and opened again for ever.

Promise: `current()` is a connection on which events are registered, or says why there is none. When one is
lost the reader of events is told `Disconnected`, and `Connected` once the next one is registered: what is
read after that misses nothing. Nothing of it outlives the process.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import libvirt

from godwit.hypervisor import eventloop, events
from godwit.hypervisor.errors import text_of, unreachable
from godwit.hypervisor.jobstats import Raw
from godwit.hypervisor.lent import Lent
from godwit.hypervisor.ports import Event
from godwit.hypervisor.threads import NoAnswerError, Threads

OPEN_SECONDS = 10.0
BACK_OFF_SECONDS = (0.1, 0.5, 1.0, 2.0)
"""Waits between attempts; the last one is repeated."""

Post = Callable[[Callable[[], None]], None]
"""Runs something on the event loop; may be called from any thread."""
LentConnection = Lent[libvirt.virConnect]

logger = logging.getLogger(__name__)


class Connection:
    """One libvirtd, whichever process of it answers."""

    def __init__(self, uri: str, put: Callable[[Event], None]) -> None:
        self.uri = uri
        self._put = put
        self._open_now: LentConnection | None = None
        self._why = "not opened yet"
        # One place: an attempt that hangs is waited for and not repeated beside itself.
        self._threads = Threads(1)
        self._tried = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    def current(self) -> LentConnection:
        """The open connection; `LibvirtUnreachable` with the reason when there is none."""
        if self._open_now is None:
            raise unreachable(
                f"no connection to {self.uri}", f"{self._why}. See that libvirtd or virtqemud runs there"
            )
        return self._open_now

    @property
    def connected(self) -> bool:
        """Whether `current()` gives one."""
        return self._open_now is not None

    def has_lost(self, connection: LentConnection) -> bool:
        """A connection that `current()` gave is known to be dead, or has been replaced; asks nobody."""
        return self._open_now is not connection

    async def start(self) -> None:
        """Begin, and return after the first attempt, whether it succeeded or not."""
        self._keeper = asyncio.create_task(self._keep(), name="libvirt-connection")
        await self._tried.wait()

    async def close(self) -> None:
        """Close it and open no more."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        opened, self._open_now = self._open_now, None
        self._why = "closed"
        if opened is not None:
            await self._drop(opened)

    async def _keep(self) -> None:
        failures = 0
        while True:
            lost = asyncio.Event()
            try:
                opened = await self._open(lost)
            except (libvirt.libvirtError, NoAnswerError) as error:
                self._why = text_of(error) if isinstance(error, libvirt.libvirtError) else str(error)
                self._tried.set()
                await asyncio.sleep(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
                failures += 1
                continue
            failures = 0
            self._open_now = opened
            self._put(events.connected())
            self._tried.set()
            await lost.wait()
            self._open_now = None
            self._why = "the connection was lost"
            self._put(events.disconnected())
            await self._drop(opened)

    async def _open(self, lost: asyncio.Event) -> LentConnection:
        loop = asyncio.get_running_loop()

        def post(act: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the event loop is closed: nobody reads
                loop.call_soon_threadsafe(act)

        return await self._threads.run(
            lambda: _opened(self.uri, self._put, lost.set, post), deadline_seconds=OPEN_SECONDS
        )

    async def _drop(self, opened: LentConnection) -> None:
        with suppress(NoAnswerError):
            await self._threads.run(opened.give_up, deadline_seconds=OPEN_SECONDS)


def _opened(uri: str, put: Callable[[Event], None], lost: Callable[[], None], post: Post) -> LentConnection:
    """A connection with all callbacks; in a worker thread."""

    def deliver(event: Event | None) -> None:
        if event is not None:
            post(lambda: put(event))

    def on_lifecycle(_: object, domain: events.Named, kind: int, detail: int, __: object) -> None:
        deliver(events.lifecycle(domain, kind, detail))

    def on_iteration(_: object, domain: events.Named, __: int, ___: object) -> None:
        deliver(events.iteration(domain))

    def on_job_completed(_: object, domain: events.Named, raw: Raw, __: object) -> None:
        deliver(events.job_completed(domain, raw))

    def on_network(_: object, __: object, ___: int, ____: int, _____: object) -> None:
        deliver(events.network())

    def on_close(_: object, __: int, ___: object) -> None:
        post(lost)

    eventloop.ensure_running()
    connection = libvirt.open(uri)
    connection.registerCloseCallback(on_close, None)
    register = connection.domainEventRegisterAny
    callbacks = (
        register(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, on_lifecycle, None),
        register(None, libvirt.VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, on_iteration, None),
        register(None, libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, on_job_completed, None),
    )
    of_networks = _of_networks(connection, on_network)
    return Lent(connection, partial(_closed, callbacks, of_networks))


def _of_networks(connection: libvirt.virConnect, on_network: Callable[..., None]) -> tuple[int, ...]:
    """None of a libvirt that has no driver for networks, or whose virtnetworkd is away: that is no error."""
    kind = libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE
    try:
        return (connection.networkEventRegisterAny(None, kind, on_network, None),)
    except libvirt.libvirtError as error:
        logger.info("networks that change are seen later", extra={"problem": str(error)})
        return ()


def _closed(callbacks: tuple[int, ...], of_networks: tuple[int, ...], connection: libvirt.virConnect) -> None:
    """Let go of a connection, dead or alive: each callback holds a reference to it."""
    for callback in callbacks:
        with suppress(libvirt.libvirtError):
            connection.domainEventDeregisterAny(callback)
    for callback in of_networks:
        with suppress(libvirt.libvirtError):
            connection.networkEventDeregisterAny(callback)
    with suppress(libvirt.libvirtError):
        connection.unregisterCloseCallback()
    with suppress(libvirt.libvirtError):
        connection.close()
