"""What the API server says, or doesn't say, as one of four errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from godwit.cluster.adapter import Cluster
from godwit.cluster.connection import NotConnectedError, connect
from godwit.cluster.paths import HYPERVISORS, TASKS
from godwit.cluster.ports import Conflict, Refused, Unavailable
from godwit.cluster.rest import Rest
from godwit.domain.migration import MigrationStatus, Phase

from .api_server import ApiServer
from .worlds import RealWorld, World, unique

pytestmark = pytest.mark.contract
SHORT_SECONDS = 1.0


@asynccontextmanager
async def rest_of(kubeconfig: Path) -> AsyncIterator[Rest]:
    rest = Rest(lambda *_: None, deadline_seconds=SHORT_SECONDS)
    rest.open(await connect(kubeconfig))
    try:
        yield rest
    finally:
        await rest.close()


async def test_who_may_not_is_refused_with_the_servers_words(server: ApiServer) -> None:
    async with rest_of(server.nobody) as rest:
        with pytest.raises(Refused, match=r'read Hypervisor host1: .*User "nobody" cannot get'):
            await rest.get(HYPERVISORS, "host1")


async def test_a_token_that_the_server_does_not_know_may_be_known_later(server: ApiServer) -> None:
    async with rest_of(server.stranger) as rest:
        with pytest.raises(Unavailable, match="401"):
            await rest.get(HYPERVISORS, "host1")


async def test_what_the_schema_forbids_is_refused_by_the_fields_name(real: RealWorld) -> None:
    with pytest.raises(Refused, match=r"spec\.nodeName"):
        await real.rest.create(
            TASKS.within(real.namespace),
            {
                "apiVersion": "godwit.dev/v1alpha1",
                "kind": "MigrationTask",
                "metadata": {"name": "x"},
                "spec": {},
            },
        )


async def test_a_server_that_does_not_answer_is_unavailable_and_found_again(
    real: RealWorld, server: ApiServer
) -> None:
    name = unique("host")
    await real.ports.hypervisors.create(name)
    async with rest_of(server.kubeconfig) as rest:
        with server.frozen():
            async with asyncio.timeout(SHORT_SECONDS * 3):
                with pytest.raises(Unavailable, match="no answer"):
                    await rest.patch(HYPERVISORS, name, {"metadata": {"labels": {"a": "b"}}})
        await rest.get(HYPERVISORS, name)


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, server: ApiServer) -> None:
    port = next(part for part in server.kubeconfig.read_text().split('"') if "127.0.0.1" in part)
    (tmp_path / "config").write_text(server.kubeconfig.read_text().replace(port, "https://127.0.0.1:9"))
    async with rest_of(tmp_path / "config") as rest:
        with pytest.raises(Unavailable, match="no answer"):
            await rest.get(HYPERVISORS, "host1")


async def test_a_process_outside_of_a_pod_and_without_a_kubeconfig_is_told_so() -> None:
    cluster = Cluster("godwit-system", "operator", "me", lambda *_: None)
    with pytest.raises(NotConnectedError, match="service account"):
        await cluster.start()
    await cluster.close()


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    cluster = Cluster("godwit-system", "operator", "me", lambda *_: None, tmp_path / "none")
    with pytest.raises(NotConnectedError, match="none"):
        await cluster.start()
    await cluster.close()


async def test_each_write_is_counted_with_what_came_of_it(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    await world.ports.migrations.write_status(migration, MigrationStatus(phase=Phase.PENDING))
    with pytest.raises(Conflict):
        await world.ports.migrations.write_status(migration, MigrationStatus(phase=Phase.FAILED))
    assert [write[:2] for write in world.writes] == [("VMMigration", "patch")] * 2
    assert world.writes[0][2] != world.writes[1][2]
