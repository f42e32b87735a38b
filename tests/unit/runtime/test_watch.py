"""A watch whose API server comes back piece by piece: it answers, and refuses some kinds for a while.

Its roles are not loaded yet then. kopf gives up in the midst of that, and does not always come to an end.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import kopf
from aiohttp import web

from godwit.runtime.cache import Cache, Key
from godwit.runtime.kind import Kind
from godwit.runtime.watch import Watcher

KINDS = tuple(Kind("", "v1", plural) for plural in ("configmaps", "namespaces", "nodes"))
REFUSED_SECONDS = 9.0
"""Longer than kopf tries it again."""
AGAIN_SECONDS = 3 * 5.0


class ApiServer:
    """Knows one object of each kind."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        """Kinds whose connections are cut, and not taken."""
        self.refused: set[str] = set()
        self.version = 1
        self._watches: set[asyncio.Task[object]] = set()

    def cut(self) -> None:
        self.away = {kind.plural for kind in KINDS}
        for each in self._watches:
            each.cancel()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        plural = request.match_info["plural"]
        if plural in self.away:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError
        if plural in self.refused:
            return web.json_response({"kind": "Status", "code": 403, "message": "not yet"}, status=403)
        thing = {"metadata": {"name": "only", "resourceVersion": str(self.version)}}
        if "watch" not in request.query:
            listed = {"metadata": {"resourceVersion": str(self.version)}, "items": [thing]}
            return web.json_response({"kind": "List", "apiVersion": "v1", **listed})
        response = web.StreamResponse()
        await response.prepare(request)
        mine = asyncio.current_task()
        assert mine is not None
        self._watches.add(mine)
        try:
            await asyncio.sleep(60)
        finally:
            self._watches.discard(mine)
        return response


@contextlib.asynccontextmanager
async def serving(server: ApiServer) -> AsyncIterator[kopf.ConnectionInfo]:
    resources = [
        {
            "name": kind.plural,
            "singularName": "",
            "kind": kind.plural,
            "namespaced": False,
            "verbs": ["list", "watch"],
        }
        for kind in KINDS
    ]

    async def discovery(request: web.Request) -> web.Response:
        told = {"/api": {"versions": ["v1"]}, "/apis": {"groups": []}, "/api/v1": {"resources": resources}}
        return web.json_response(told[request.path])

    app = web.Application()
    for path in ("/api", "/apis", "/api/v1"):
        app.router.add_get(path, discovery)
    app.router.add_get("/api/v1/{plural}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield kopf.ConnectionInfo(server=f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


async def test_kinds_that_are_refused_while_others_do_not_answer_are_watched_soon_after() -> None:
    server = ApiServer()
    caches = {kind: Cache(lambda body: str(body["metadata"])) for kind in KINDS}
    async with serving(server) as login:
        watcher = Watcher(caches, login=lambda: login)
        task = asyncio.create_task(watcher.run())
        try:
            await asyncio.wait_for(asyncio.gather(*(each.wait_synced() for each in caches.values())), 20)
            server.version = 2
            server.cut()
            await asyncio.sleep(4)
            server.away, server.refused = {"nodes"}, {"configmaps", "namespaces"}
            await asyncio.sleep(REFUSED_SECONDS)
            server.away, server.refused = set(), set()
            began = time.monotonic()
            while not all("'2'" in str(each.get(Key("", "only"))) for each in caches.values()):
                assert time.monotonic() - began < AGAIN_SECONDS
                await asyncio.sleep(0.1)
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=20)
