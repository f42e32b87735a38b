"""Requests, their deadline and the meaning of each answer, over real HTTP on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration

from godwit.cluster.paths import LEASES, NODES, TASKS
from godwit.cluster.ports import ClusterError, Conflict, NotFound, Refused, Unavailable
from godwit.cluster.rest import Rest

DEADLINE_SECONDS = 0.5


class Answering:
    """An API server that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        self.writes: list[tuple[str, str, int]] = []
        self.answer: Callable[[web.Request], Awaitable[web.StreamResponse]] = self._empty
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        self.asked.append((request.method, request.raw_path, request.headers["Content-Type"], body))
        return await self.answer(request)

    def always(self, code: int, text: str) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=code, text=text)

        self.answer = answer

    async def _empty(self, _: web.Request) -> web.Response:
        return web.json_response({})


@pytest.fixture
async def server() -> AsyncIterator[Answering]:
    answering = Answering()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answering.handle)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    answering.url = f"http://{host}:{port}"
    yield answering
    await runner.cleanup()


@pytest.fixture
async def rest(server: Answering) -> AsyncIterator[Rest]:
    asking = Rest(lambda *write: server.writes.append(write), DEADLINE_SECONDS)
    asking.open(ApiClient(Configuration(host=server.url)))
    yield asking
    await asking.close()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, Refused),
        (401, Unavailable),
        (403, Refused),
        (404, NotFound),
        (408, Unavailable),
        (409, Conflict),
        (410, Unavailable),
        (415, Refused),
        (422, Refused),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (599, Unavailable),
    ],
)
async def test_each_code_has_one_meaning_and_keeps_the_servers_words(
    server: Answering, rest: Rest, code: int, error: type[ClusterError]
) -> None:
    server.always(code, '{"kind": "Status", "message": "because of rain"}')
    with pytest.raises(error, match=f"create Lease godwit-system: because of rain .HTTP {code}.") as raised:
        await rest.create(LEASES.within("godwit-system"), {})
    assert type(raised.value) is error
    assert server.writes == [("Lease", "create", code)]


async def test_an_error_in_other_words_than_the_api_servers_keeps_their_beginning(
    server: Answering, rest: Rest
) -> None:
    server.always(502, "<html>bad gateway" + "x" * 10_000)
    with pytest.raises(Unavailable, match="<html>bad gateway") as raised:
        await rest.get(NODES, "host1")
    assert len(str(raised.value)) < 300


async def test_a_success_that_is_no_json_object_is_not_believed(server: Answering, rest: Rest) -> None:
    server.always(200, "<html>please log in</html>")
    with pytest.raises(Unavailable, match="no JSON object"):
        await rest.get(NODES, "host1")


async def test_a_server_that_hangs_up_is_unavailable_and_the_write_is_counted(
    server: Answering, rest: Rest
) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    server.answer = hang_up
    with pytest.raises(Unavailable, match="patch Node host1: no answer"):
        await rest.patch(NODES, "host1", {})
    assert server.writes == [("Node", "patch", 0)]


async def test_an_answer_that_never_ends_is_unavailable_after_the_deadline(
    server: Answering, rest: Rest
) -> None:
    ended = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"{")
        await ended.wait()
        return response

    server.answer = drip
    with pytest.raises(Unavailable, match="read Node host1: no answer"):
        await rest.get(NODES, "host1")
    ended.set()


async def test_before_it_is_opened_nothing_is_available() -> None:
    with pytest.raises(Unavailable, match="not been opened"):
        await Rest(lambda *_: None).get(NODES, "host1")


async def test_a_list_is_asked_page_by_page(server: Answering, rest: Rest) -> None:
    async def pages(request: web.Request) -> web.Response:
        first = "continue" not in request.query
        items = [{"n": 1}, {"n": 2}] if first else [{"n": 3}]
        return web.json_response({"items": items, "metadata": {"continue": "more/&=" if first else ""}})

    server.answer = pages
    assert await rest.list(NODES) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert [asked[1] for asked in server.asked] == [
        "/api/v1/nodes?limit=500",
        "/api/v1/nodes?limit=500&continue=more/%26%3D",
    ]
    assert server.writes == []


async def test_a_list_of_nothing_is_empty(server: Answering, rest: Rest) -> None:
    server.always(200, '{"items": null, "metadata": {}}')
    assert await rest.list(NODES) == []


async def test_a_mapping_is_a_merge_patch_and_operations_are_a_json_patch(
    server: Answering, rest: Rest
) -> None:
    place = TASKS.within("godwit-system")
    await rest.patch(place, "t", {"status": None}, "status")
    await rest.patch(place, "t", [{"op": "remove", "path": "/a"}])
    path = "/apis/godwit.dev/v1alpha1/namespaces/godwit-system/migrationtasks/t"
    assert server.asked == [
        ("PATCH", f"{path}/status", "application/merge-patch+json", '{"status": null}'),
        ("PATCH", path, "application/json-patch+json", '[{"op": "remove", "path": "/a"}]'),
    ]


async def test_a_deletion_names_the_one_that_is_meant(server: Answering, rest: Rest) -> None:
    await rest.delete(NODES, "host1", "uid-1", "42")
    assert server.asked[0][3] == '{"preconditions": {"uid": "uid-1", "resourceVersion": "42"}}'


async def test_no_name_leads_out_of_its_collection(server: Answering, rest: Rest) -> None:
    await rest.get(LEASES.within("godwit-system"), "vm-../../secrets/x?y#z")
    assert server.asked[0][1] == (
        "/apis/coordination.k8s.io/v1/namespaces/godwit-system/leases/vm-..%2F..%2Fsecrets%2Fx%3Fy%23z"
    )
