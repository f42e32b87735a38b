"""The lab's API server as these tests reach it: straight, and through a link of their own."""

import dataclasses
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import kopf
import pytest

from godwit.runtime.login import Login, Sockets, find_login, open_session

from .cluster_api import Api
from .link import Link


@pytest.fixture
def admin() -> kopf.ConnectionInfo:
    if not Path(os.environ.get("KUBECONFIG", "")).is_file():
        pytest.skip('no API server: run `hack/lab up` and `eval "$(hack/lab env)"`')
    return find_login()


@pytest.fixture
async def api(admin: kopf.ConnectionInfo) -> AsyncIterator[Api]:
    async with open_session(admin, aiohttp.TraceConfig(), Sockets()) as session:
        yield Api(session, admin.server)


@pytest.fixture
async def namespace(api: Api) -> AsyncIterator[str]:
    name = f"godwit-test-{uuid.uuid4().hex[:8]}"
    await api.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    await api.ask("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
async def link(admin: kopf.ConnectionInfo) -> AsyncIterator[Link]:
    to = urlsplit(admin.server)
    assert to.hostname
    link = Link(to.hostname, to.port or 443)
    await link.mend()
    yield link
    await link.cut()


@pytest.fixture
def through_link(admin: kopf.ConnectionInfo, link: Link) -> Login:
    return lambda: dataclasses.replace(admin, server=f"https://127.0.0.1:{link.port}")
