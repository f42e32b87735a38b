"""A plain client of the API server, beside the one that is tested."""

import aiohttp

Wire = dict[str, object]


class Api:
    """A plain client of the API server, with an admin's rights."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server

    async def ask(self, method: str, path: str, body: Wire | None = None) -> Wire:
        async with self._session.request(method, self._server + path, json=body) as answer:
            wire: Wire = await answer.json()
            assert answer.status < 300, wire
            return wire

    async def put_config_map(self, namespace: str, name: str, text: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        body: Wire = {"metadata": {"name": name}, "data": {"text": text}}
        try:
            await self.ask("POST", path, body)
        except AssertionError:
            await self.ask("PUT", f"{path}/{name}", body)

    async def delete_config_map(self, namespace: str, name: str) -> None:
        await self.ask("DELETE", f"/api/v1/namespaces/{namespace}/configmaps/{name}")
