"""One run of kopf: it lists and watches, and tells each event. It writes nothing to any object.

It has neither peering nor handlers that keep a state, so no object gets an annotation or a finalizer of
kopf's. It needs no more rights than to list and watch its kinds. When it ends or fails, the next run lists
everything again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence

import kopf

from godwit.runtime.cache import Body, Key
from godwit.runtime.kind import Kind
from godwit.runtime.listing import Listener
from godwit.runtime.login import Login, Sockets, open_session

logger = logging.getLogger(__name__)

BACKOFFS_SECONDS = (0.5, 1.0, 2.0, 3.0)
"""Short, because an API server that is back should find us within seconds; after them the run ends."""
CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 30.0
WATCH_SECONDS = 120.0
"""Each watch is asked for anew after this, which is how we see that it lives."""
PAGE_OBJECTS = 500
REFUSED_SECONDS = 5.0
GOODBYE_SECONDS = 2.0
CANCELLATIONS = 4
"""In that time; kopf needs two."""


async def watch(
    kinds: Sequence[Kind],
    namespace: str | None,
    login: Login,
    listener: Listener,
    on_event: Callable[[Kind, Key, int, Body | None], None],
    stop: asyncio.Event,
) -> None:
    """Until `stop` is set, or kopf gives up; `on_event` is called on this loop, as `Feed.saw` takes it.

    `namespace` restricts those kinds that lie in namespaces; the others are watched as a whole.
    """
    asyncio.get_running_loop().set_exception_handler(_orphaned)
    registry = kopf.OperatorRegistry()
    sessions = _Sessions(login, listener)
    kopf.on.login(registry=registry)(sessions.renew)
    for kind in kinds:
        kopf.on.event(group=kind.group, version=kind.version, plural=kind.plural, registry=registry)(
            _handler(kind, on_event)
        )
    tasks = await kopf.spawn_tasks(
        registry=registry,
        settings=settings(kinds),
        standalone=True,
        identity="godwit",  # type: ignore[arg-type]  # kopf's own NewType of str; else it asks the DNS for our name
        clusterwide=namespace is None,
        namespaces=[] if namespace is None else [namespace],
        stop_flag=stop,
    )
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancelled()
        await sessions.close()
    for each in ended:
        each.result()


async def _cancelled() -> None:
    """All of kopf's tasks, and until they have ended: a watch takes the first word for a pause, and goes on.

    `kopf.run_tasks` says it once, and waits for ever then.
    """
    for _ in range(CANCELLATIONS):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if not tasks:
            return
        for each in tasks:
            each.cancel()
        await asyncio.wait(tasks, timeout=GOODBYE_SECONDS / CANCELLATIONS)


def _orphaned(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """kopf forgets some of its tasks when one of them fails; that one is told anyway."""
    logger.debug("kopf left an error behind", extra={"problem": str(context.get("exception") or context)})


class _Sessions:
    """Those that kopf was given in this run; it closes most of them, we close all."""

    def __init__(self, login: Login, listener: Listener) -> None:
        self._login = login
        self._listener = listener
        self._last: kopf.ConnectionInfo | None = None
        self._sockets = Sockets()
        self._stack = contextlib.AsyncExitStack()

    async def renew(self, **_: object) -> kopf.AiohttpSession:
        """Called at the start, and whenever the API server has refused the last one."""
        login = self._login()
        if login == self._last:  # refused, and nothing has changed: kopf would ask again at once
            await asyncio.sleep(REFUSED_SECONDS)
            login = self._login()
        self._last = login
        session = open_session(login, self._listener.trace(), self._sockets)
        self._stack.push_async_callback(session.close)
        return kopf.AiohttpSession(
            server=login.server, default_namespace=login.default_namespace, aiohttp_session=session
        )

    async def close(self) -> None:
        await self._stack.aclose()
        await self._sockets.wait_closed(GOODBYE_SECONDS)


def _handler(
    kind: Kind, on_event: Callable[[Kind, Key, int, Body | None], None]
) -> Callable[..., Coroutine[None, None, None]]:
    async def tell(event: kopf.RawEvent, **_: object) -> None:
        body = event["object"]
        metadata = body["metadata"]
        key = Key(metadata.get("namespace", ""), metadata["name"])
        gone = event["type"] == "DELETED"
        on_event(kind, key, int(metadata["resourceVersion"]), None if gone else body)

    return tell


def settings(kinds: Sequence[Kind]) -> kopf.OperatorSettings:
    """As design section 2 wants kopf: it watches and nothing else."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    chosen.scanning.disabled = True
    chosen.persistence.finalizer = "godwit.dev/never-set"
    chosen.process.ultimate_exiting_timeout = None  # it would kill the process when only kopf ends
    chosen.networking.connect_timeout = CONNECT_SECONDS
    chosen.networking.request_timeout = REQUEST_SECONDS
    chosen.networking.error_backoffs = BACKOFFS_SECONDS
    chosen.networking.enforce_retry_after = True
    chosen.watching.connect_timeout = CONNECT_SECONDS
    chosen.watching.server_timeout = int(WATCH_SECONDS)
    chosen.watching.chunk_size = PAGE_OBJECTS
    for kind in kinds:
        if kind.field_selector:
            chosen.watching.field_selectors[kind.group, kind.version, kind.plural] = kind.field_selector
    return chosen
