"""A listener on a real session, which talks to a small server on loopback."""

import contextlib
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from godwit.runtime.cache import Key
from godwit.runtime.kind import Kind
from godwit.runtime.listing import NO_ANSWER, Listener

THINGS = Kind("godwit.dev", "v1", "things")
PATH = "/apis/godwit.dev/v1/namespaces/ns/things"


class Heard:
    def __init__(self) -> None:
        self.answers: list[int] = []
        self.lists: list[tuple[dict[str, int], int]] = []
        self.listener = Listener([THINGS], lambda kind, status: self.answers.append(status), self._list)

    def _list(self, kind: Kind, versions: Mapping[Key, int], version: int) -> None:
        self.lists.append(({key.name: at for key, at in versions.items()}, version))


def item(name: str, version: str) -> dict[str, object]:
    return {
        "metadata": {"name": name, "namespace": "ns", "resourceVersion": version, "labels": {}},
        "spec": {},
    }


async def answer(request: web.Request) -> web.Response:
    if request.query.get("fail"):
        return web.json_response({"kind": "Status", "code": 403}, status=403)
    if request.query.get("watch"):
        return web.json_response({"type": "ADDED", "object": item("watched", "9")})
    if request.query.get("continue"):
        page = {"kind": "ThingList", "metadata": {"resourceVersion": "7"}, "items": [item("b", "4")]}
        return web.json_response(page)
    page = {
        "kind": "ThingList",
        "metadata": {"resourceVersion": "7", "continue": "x"},
        "items": [item("a", "3")],
    }
    return web.json_response(page)


@contextlib.asynccontextmanager
async def asking(heard: Heard) -> AsyncIterator[aiohttp.ClientSession]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(server, trace_configs=[heard.listener.trace()]) as session:
        yield session
    await runner.cleanup()


async def ask(session: aiohttp.ClientSession, path: str, **query: str) -> None:
    async with session.get(path, params=query) as response:
        await response.read()


async def test_a_list_is_told_once_all_its_pages_are_there() -> None:
    heard = Heard()
    async with asking(heard) as session:
        await ask(session, PATH, limit="1")
        assert heard.lists == []
        await ask(session, PATH, **{"limit": "1", "continue": "x"})
    assert heard.lists == [({"a": 3, "b": 4}, 7)]
    assert heard.answers == [200, 200]


async def test_a_list_that_begins_anew_forgets_the_pages_of_the_one_before() -> None:
    heard = Heard()
    async with asking(heard) as session:
        for _ in range(2):
            await ask(session, PATH)
        await ask(session, PATH, **{"continue": "x"})
        await ask(session, PATH, **{"continue": "y"})
    assert heard.lists[0] == ({"a": 3, "b": 4}, 7)


async def test_refusals_watches_and_other_paths_are_no_lists() -> None:
    heard = Heard()
    async with asking(heard) as session:
        await ask(session, PATH, fail="1")
        await ask(session, PATH, watch="true")
        await ask(session, "/apis/godwit.dev/v1")
    assert heard.lists == []
    assert heard.answers == [403, 200]


async def test_a_request_without_an_answer_is_told_as_such() -> None:
    heard = Heard()
    async with asking(heard) as session:
        pass
    async with aiohttp.ClientSession(trace_configs=[heard.listener.trace()]) as session:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            await ask(session, f"http://127.0.0.1:1{PATH}")
    assert heard.answers == [NO_ANSWER]
