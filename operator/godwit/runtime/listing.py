"""What kopf asks the API server for, overheard on its own session.

kopf tells each object that a list holds, but neither which list it came from nor that the list is complete,
so what was deleted while nobody watched would stay for ever. The pages of each list pass by here on their way
to kopf: from them comes the full set of keys, before kopf watches what comes after it. Every answer also
shows that a watch lives. Nothing is kept but the pages of a list that isn't complete yet.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

import aiohttp
import msgspec
from yarl import URL

from godwit.runtime.cache import Key
from godwit.runtime.kind import Kind

logger = logging.getLogger(__name__)

NO_ANSWER = 0
"""In place of a status: the request got no answer."""


class _ObjectMetadata(msgspec.Struct, rename="camel"):
    name: str
    namespace: str = ""
    resource_version: str = "0"


class _Item(msgspec.Struct):
    metadata: _ObjectMetadata


class _ListMetadata(msgspec.Struct, rename="camel"):
    resource_version: str = "0"
    continue_: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct):
    kind: str
    metadata: _ListMetadata = msgspec.field(default_factory=_ListMetadata)
    items: list[_Item] = msgspec.field(default_factory=list)


class Listener:
    """Hears answers and lists of `kinds`. Lives on kopf's event loop, where it calls both functions.

    `on_answer(kind, status)` after each list or watch that was asked for, with `NO_ANSWER` for a request that
    failed; `on_list(kind, versions, version)` after the last page of a list, as `Feed.listed` takes it.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        on_answer: Callable[[Kind, int], None],
        on_list: Callable[[Kind, Mapping[Key, int], int], None],
    ) -> None:
        self._kinds = kinds
        self._on_answer = on_answer
        self._on_list = on_list
        self._pages: dict[Kind, dict[Key, int]] = {}

    def trace(self) -> aiohttp.TraceConfig:
        """For the session that kopf uses."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._answered)
        trace.on_request_exception.append(self._failed)
        trace.on_response_chunk_received.append(self._received)
        return trace

    async def _answered(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        kind = self._kind(end.url)
        if kind is not None:
            self._on_answer(kind, end.response.status)

    async def _failed(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        failure: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        kind = self._kind(failure.url)
        if kind is not None:
            self._on_answer(kind, NO_ANSWER)

    async def _received(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        received: aiohttp.TraceResponseChunkReceivedParams,
    ) -> None:
        kind = self._kind(received.url)
        if kind is None or "watch" in received.url.query:
            return
        page = msgspec.json.decode(received.chunk, type=_Page)
        if not page.kind.endswith("List"):
            return  # an error's text
        versions = self._pages.setdefault(kind, {}) if "continue" in received.url.query else {}
        for item in page.items:
            key = Key(item.metadata.namespace, item.metadata.name)
            versions[key] = int(item.metadata.resource_version)
        self._pages[kind] = versions
        if not page.metadata.continue_:
            self._on_list(kind, self._pages.pop(kind), int(page.metadata.resource_version))

    def _kind(self, url: URL) -> Kind | None:
        return next((kind for kind in self._kinds if kind.lies_at(url.path)), None)
