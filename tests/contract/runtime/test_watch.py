"""Watches of the lab's API server: right after every gap, and with no more rights than they need."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable

import kopf
import pytest

from godwit.runtime.cache import Body, Cache, Key
from godwit.runtime.kind import Kind
from godwit.runtime.login import Login
from godwit.runtime.watch import Watcher

from .cluster_api import Api, Wire
from .link import Link

pytestmark = pytest.mark.contract

CONFIG_MAPS = Kind("", "v1", "configmaps")
NAMESPACES = Kind("", "v1", "namespaces")
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def text_of(body: Body) -> str:
    data = body.get("data")
    return str(data["text"]) if isinstance(data, dict) and "text" in data else ""


def resource_version_of(body: Body) -> str:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    return str(metadata["resourceVersion"])


async def until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@contextlib.asynccontextmanager
async def running(watcher: Watcher) -> AsyncIterator[None]:
    task = asyncio.create_task(watcher.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=20)
        assert task.done()


async def test_what_is_there_and_what_comes_and_goes_is_seen(
    api: Api, namespace: str, admin: kopf.ConnectionInfo
) -> None:
    changes: list[tuple[str, str | None]] = []
    cache = Cache(text_of, lambda key, text: changes.append((key.name, text)))
    await api.put_config_map(namespace, "early", "1")
    async with running(Watcher({CONFIG_MAPS: cache}, namespace, login=lambda: admin)):
        await asyncio.wait_for(cache.wait_synced(), 20)
        assert cache.get(Key(namespace, "early")) == "1"
        await api.put_config_map(namespace, "late", "2")
        await until(lambda: cache.get(Key(namespace, "late")) == "2", "a new object")
        await api.put_config_map(namespace, "late", "3")
        await until(lambda: cache.get(Key(namespace, "late")) == "3", "a changed object")
        await api.delete_config_map(namespace, "late")
        await until(lambda: cache.get(Key(namespace, "late")) is None, "a deleted object")
    assert [text for name, text in changes if name == "late"] == ["2", "3", None]


async def test_watching_writes_nothing_to_the_objects(
    api: Api, namespace: str, admin: kopf.ConnectionInfo
) -> None:
    await api.put_config_map(namespace, "quiet", "1")
    path = f"/api/v1/namespaces/{namespace}/configmaps/quiet"
    before = await api.ask("GET", path)
    cache = Cache(text_of)
    async with running(Watcher({CONFIG_MAPS: cache}, namespace, login=lambda: admin)):
        await asyncio.wait_for(cache.wait_synced(), 20)
        await api.put_config_map(namespace, "other", "2")
        await until(lambda: cache.get(Key(namespace, "other")) == "2", "the other object")
    assert await api.ask("GET", path) == before


async def test_one_namespace_and_a_cluster_wide_kind_need_no_rights_beyond_list_and_watch_of_them(
    api: Api, namespace: str, admin: kopf.ConnectionInfo
) -> None:
    async with account(api, namespace, admin) as login:
        config_maps, namespaces = Cache(text_of), Cache(resource_version_of)
        only = dataclasses.replace(NAMESPACES, field_selector=f"metadata.name={namespace}")
        watcher = Watcher({CONFIG_MAPS: config_maps, only: namespaces}, namespace, login=login)
        async with running(watcher):
            await asyncio.wait_for(config_maps.wait_synced(), 20)
            await asyncio.wait_for(namespaces.wait_synced(), 20)
            await until(lambda: watcher.trouble() is None, "no trouble")
            assert [key for key, _ in namespaces.items()] == [Key("", namespace)]
            assert {key.namespace for key, _ in config_maps.items()} == {namespace}
            assert watcher.seen_seconds_ago() < 20


async def test_a_kind_that_is_refused_is_named_and_the_others_are_watched_once_it_is_granted(
    api: Api, namespace: str, admin: kopf.ConnectionInfo
) -> None:
    async with account(api, namespace, admin) as login:
        config_maps, namespaces = Cache(text_of), Cache(resource_version_of)
        await api.ask("DELETE", f"{RBAC}/clusterroles/{namespace}")
        watcher = Watcher({CONFIG_MAPS: config_maps, NAMESPACES: namespaces}, namespace, login=login)
        async with running(watcher):
            await until(lambda: "namespaces: HTTP 403" in (watcher.trouble() or ""), "the refusal")
            await asyncio.wait_for(config_maps.wait_synced(), 20)
            assert not namespaces.synced
            await api.ask("POST", f"{RBAC}/clusterroles", cluster_role(namespace))
            await asyncio.wait_for(namespaces.wait_synced(), 20)


async def test_a_kind_that_comes_into_being_later_is_found(
    api: Api, namespace: str, admin: kopf.ConnectionInfo
) -> None:
    things = Kind(f"{namespace}.godwit.dev", "v1", "things")
    cache, config_maps = Cache(resource_version_of), Cache(text_of)
    watcher = Watcher({things: cache, CONFIG_MAPS: config_maps}, namespace, login=lambda: admin)
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    async with running(watcher):
        await asyncio.wait_for(config_maps.wait_synced(), 20)  # by now kopf knows which kinds there are
        assert watcher.trouble() == f"{things} is not watched yet"
        try:
            await api.ask("POST", definitions, definition(things.group))
            await asyncio.wait_for(cache.wait_synced(), 60)
        finally:
            await api.ask("DELETE", f"{definitions}/{things}")


async def test_after_a_cut_the_state_is_right_though_nobody_told_the_deletions(
    api: Api, namespace: str, link: Link, through_link: Login
) -> None:
    for name in ("kept", "deleted", "changed"):
        await api.put_config_map(namespace, name, "1")
    cache = Cache(text_of)
    watcher = Watcher({CONFIG_MAPS: cache}, namespace, login=through_link)
    async with running(watcher):
        await asyncio.wait_for(cache.wait_synced(), 20)
        await link.cut()
        await until(lambda: "does not answer" in (watcher.trouble() or ""), "the cut")
        await api.delete_config_map(namespace, "deleted")
        await api.put_config_map(namespace, "changed", "2")
        await api.put_config_map(namespace, "new", "1")
        await link.mend()
        took = await until(
            lambda: dict(text_by_name(cache)) == {"kept": "1", "changed": "2", "new": "1"}, "the state", 30
        )
        assert took < 10
        await until(lambda: watcher.trouble() is None, "no trouble")


async def test_a_cut_that_outlasts_every_retry_is_survived(
    api: Api, namespace: str, link: Link, through_link: Login
) -> None:
    await api.put_config_map(namespace, "old", "1")
    cache = Cache(text_of)
    watcher = Watcher({CONFIG_MAPS: cache}, namespace, login=through_link)
    await link.cut()
    async with running(watcher):
        await asyncio.sleep(25)  # beyond kopf's retries and its first answer's limit: that is what is tested
        assert not cache.synced
        await link.mend()
        await until(lambda: cache.get(Key(namespace, "old")) == "1", "the object", 10)


def text_by_name(cache: Cache[str]) -> list[tuple[str, str]]:
    return [(key.name, text) for key, text in cache.items() if key.name != "kube-root-ca.crt"]


def cluster_role(name: str) -> Wire:
    rule = {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]}
    return {"metadata": {"name": name}, "rules": [rule]}


def definition(group: str) -> Wire:
    schema = {"openAPIV3Schema": {"type": "object"}}
    return {
        "metadata": {"name": f"things.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


@contextlib.asynccontextmanager
async def account(api: Api, namespace: str, admin: kopf.ConnectionInfo) -> AsyncIterator[Login]:
    """One that may list and watch ConfigMaps in that namespace and all Namespaces, and nothing else."""
    subject = {"kind": "ServiceAccount", "name": "watcher", "namespace": namespace}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "watcher"}
    core, own = f"/api/v1/namespaces/{namespace}/serviceaccounts", f"{RBAC}/namespaces/{namespace}"
    await api.ask("POST", core, {"metadata": {"name": "watcher"}})
    await api.ask("POST", f"{own}/roles", {"metadata": {"name": "watcher"}, "rules": [rule]})
    await api.ask(
        "POST",
        f"{own}/rolebindings",
        {"metadata": {"name": "watcher"}, "roleRef": role, "subjects": [subject]},
    )
    everywhere = {**role, "kind": "ClusterRole", "name": namespace}
    await api.ask("POST", f"{RBAC}/clusterroles", cluster_role(namespace))
    await api.ask(
        "POST",
        f"{RBAC}/clusterrolebindings",
        {"metadata": {"name": namespace}, "roleRef": everywhere, "subjects": [subject]},
    )
    answer = await api.ask("POST", f"{core}/watcher/token", {"spec": {"expirationSeconds": 600}})
    status = answer["status"]
    assert isinstance(status, dict)
    login = kopf.ConnectionInfo(server=admin.server, ca_data=admin.ca_data, token=str(status["token"]))
    try:
        yield lambda: login
    finally:
        await api.ask("DELETE", f"{RBAC}/clusterrolebindings/{namespace}")
        await api.ask("DELETE", f"{RBAC}/clusterroles/{namespace}")
