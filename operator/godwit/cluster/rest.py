"""Requests to the API server: JSON in, JSON out, one deadline, and one meaning for each way to fail.

The client's bare ApiClient, without its classes for every kind of object: those cost 20 MiB of memory and
hide the patches that all our fences are made of. Nothing is retried here: whoever decided a write has to look
again before it is decided anew.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

import aiohttp
import msgspec
from kubernetes.aio.client import ApiClient
from kubernetes.aio.config.config_exception import ConfigException

from godwit.cluster.paths import Collection
from godwit.cluster.ports import ClusterError, Conflict, NotFound, Refused, Unavailable
from godwit.cluster.ports_inventory import Body
from godwit.domain.value import Value

WriteObserver = Callable[[str, str, int], None]
"""Told of each write: kind, verb (`create`, `patch`, `delete`), HTTP code, or 0 when no answer came."""

Operation = dict[str, object]
"""One operation of a JSON patch (RFC 6902)."""

DEADLINE_SECONDS = 10.0
NO_ANSWER = 0
PAGE = 500

_LATER = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,  # the token is read anew within a minute
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.GONE,  # a list took so long that its next page is no more
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_WRITES = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}


def failure(code: int) -> type[ClusterError] | None:
    """Which error an HTTP code means; None for a success."""
    if code < HTTPStatus.BAD_REQUEST:
        return None
    if code in _LATER or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable
    return {HTTPStatus.CONFLICT.value: Conflict, HTTPStatus.NOT_FOUND.value: NotFound}.get(code, Refused)


class Rest:
    """The API server through one client. All methods raise the `ClusterError`s of `godwit.cluster.ports`."""

    def __init__(self, observe: WriteObserver, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._client: ApiClient | None = None
        self._observe = observe
        # The client's own default is a bare number, which aiohttp no longer likes.
        self._timeout = aiohttp.ClientTimeout(total=deadline_seconds)

    def open(self, client: ApiClient) -> None:
        """Ask through `client` from now on."""
        self._client = client

    async def close(self) -> None:
        """End all connections; nothing when it was never opened."""
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]  # the client has no types here

    async def get(self, collection: Collection, name: str) -> Body:
        """One object."""
        return await self._call("GET", collection, name)

    async def find(self, collection: Collection, name: str) -> Body | None:
        """One object, None when there is none."""
        try:
            return await self.get(collection, name)
        except NotFound:
            return None

    async def list(self, collection: Collection) -> list[Body]:
        """All objects, as they were when the first page was given."""
        found: list[Body] = []
        query = {"limit": str(PAGE)}
        while True:
            page = await self._call("GET", collection, query=query)
            found += msgspec.convert(page.get("items") or [], list[dict[str, object]])
            token = msgspec.convert(page.get("metadata") or {}, dict[str, object]).get("continue")
            if not token:
                return found
            query["continue"] = str(token)

    async def create(self, collection: Collection, body: Body) -> Body:
        """The object as it was created; `Conflict` when it exists."""
        return await self._call("POST", collection, body=body)

    async def patch(
        self,
        collection: Collection,
        name: str,
        patch: Body | Sequence[Operation],
        subresource: str = "",
    ) -> Body:
        """The object after a merge patch (a mapping) or a JSON patch (operations)."""
        return await self._call("PATCH", collection, name, subresource, body=patch)

    async def delete(
        self, collection: Collection, name: str, uid: str = "", resource_version: str = ""
    ) -> None:
        """Delete it if it still is that one, in that version; `Conflict` when it isn't."""
        wanted = {"uid": uid, "resourceVersion": resource_version}
        body: Body = {"preconditions": {key: value for key, value in wanted.items() if value}}
        await self._call("DELETE", collection, name, body=body)

    async def _call(
        self,
        method: str,
        collection: Collection,
        name: str = "",
        subresource: str = "",
        query: Mapping[str, str] | None = None,
        body: Body | Sequence[Operation] | None = None,
    ) -> Body:
        what = f"{_WRITES.get(method, 'read')} {collection.describe(name)}"
        try:
            code, raw = await self._send(method, collection.path(name, subresource), query, body)
        except (TimeoutError, aiohttp.ClientError, OSError, ConfigException) as problem:
            self._count(method, collection.kind, NO_ANSWER)
            raise Unavailable(f"{what}: no answer: {str(problem) or type(problem).__name__}") from problem
        self._count(method, collection.kind, code)
        error = failure(code)
        if error is not None:
            raise error(f"{what}: {_message(raw)} (HTTP {code})")
        try:
            return msgspec.json.decode(raw, type=dict[str, object])
        except msgspec.MsgspecError as problem:
            # A proxy or a load balancer, say, which answers in the API server's place.
            raise Unavailable(f"{what}: the answer is no JSON object: {problem}") from problem

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Body | Sequence[Operation] | None,
    ) -> tuple[int, bytes]:
        if self._client is None:
            raise Unavailable("the connection to the API server has not been opened yet")
        request = await self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", "Content-Type": _content_type(method, body)},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = await self._client.call_api(*request, _request_timeout=self._timeout)
        raw: bytes = await response.read()  # type: ignore[no-untyped-call]  # the client has no types here
        return int(response.status), raw

    def _count(self, method: str, kind: str, code: int) -> None:
        if method in _WRITES:
            self._observe(kind, _WRITES[method], code)


class _Status(Value):
    message: str = ""


def _message(raw: bytes) -> str:
    """The API server's own words; what came instead of them from whoever else answered."""
    try:
        return msgspec.json.decode(raw, type=_Status).message or "no reason given"
    except msgspec.MsgspecError:
        return raw[:200].decode(errors="replace") or "no reason given"


def _content_type(method: str, body: Body | Sequence[Operation] | None) -> str:
    if method != "PATCH":
        return "application/json"
    return "application/merge-patch+json" if isinstance(body, dict) else "application/json-patch+json"
