"""Look-ups and events."""

import pytest

from godwit.api.constants import Resource
from godwit.api.parse import parse_hypervisor, parse_migration, parse_task
from godwit.cluster.paths import EVENTS
from godwit.cluster.ports import Notice

from .api_server import ApiServer
from .test_tasks import SPEC
from .worlds import RealWorld, World, unique


async def test_a_list_has_every_object_as_it_is(world: World) -> None:
    migration = await world.apply(unique("vmm"))
    task = await world.ports.tasks.create(unique("task"), SPEC)
    host = unique("host")
    await world.ports.hypervisors.create(host)
    inventory = world.ports.inventory
    assert migration in [parse_migration(body) for body in await inventory.list_all(Resource.MIGRATION)]
    assert [parse_task(body) for body in await inventory.list_all(Resource.TASK)] == [task]
    hypervisors = [parse_hypervisor(body) for body in await inventory.list_all(Resource.HYPERVISOR)]
    assert host in [hypervisor.name for hypervisor in hypervisors]


async def test_without_the_agents_daemon_set_there_is_no_selector(world: World) -> None:
    assert await world.ports.inventory.agent_node_selector() is None


async def test_the_nodes_that_the_agents_daemon_set_selects_are_found(world: World) -> None:
    chosen, other = unique("node"), unique("node")
    await world.set_nodes({"pool": "vms"}, {chosen: "vms", other: "pods"})
    selector = await world.ports.inventory.agent_node_selector()
    assert selector == {"pool": "vms"}
    nodes = {node.name: node for node in await world.ports.inventory.nodes()}
    assert nodes[chosen].selected_by(selector)
    assert not nodes[other].selected_by(selector)
    assert nodes[chosen].fenced


def notice_of(kind: str, namespace: str, name: str, uid: str) -> Notice:
    return Notice(kind=kind, namespace=namespace, name=name, uid=uid, reason="Migrating", message="é" * 3000)


async def test_an_event_whose_namespace_is_gone_is_not_an_error(world: World) -> None:
    await world.ports.notices.post(notice_of("VMMigration", unique("nowhere"), "vmm", "1-2-3"))


@pytest.mark.contract
async def test_people_see_an_event_with_its_age_beside_the_migration(
    real: RealWorld, server: ApiServer
) -> None:
    migration = await real.apply(unique("vmm"))
    notice = notice_of("VMMigration", migration.namespace, migration.name, migration.uid)
    await real.ports.notices.post(notice)
    shown = server.kubectl("describe", "vmmigration", migration.name)
    line = next(line for line in shown.splitlines() if "Migrating" in line)
    assert line.split()[:4] == ["Normal", "Migrating", line.split()[2], "godwit.dev/operator"]
    assert line.split()[2].endswith("s")


@pytest.mark.contract
async def test_people_find_a_hypervisors_events_in_godwits_namespace(
    real: RealWorld, server: ApiServer
) -> None:
    host = unique("host")
    await real.ports.notices.post(notice_of("Hypervisor", "", host, "1-2-3"))
    (event,) = await real.rest.list(EVENTS.within(real.namespace))
    assert event["reportingInstance"] == "contract-test"
    # `kubectl describe` looks where the API server takes no event of ours: in no namespace at all.
    assert "Migrating" in server.kubectl("events", "-n", real.namespace, "--for", f"hypervisor/{host}")


@pytest.mark.contract
async def test_an_event_of_an_object_with_the_longest_name_is_posted(real: RealWorld) -> None:
    name = ".".join(["a" * 62] * 4)
    await real.ports.notices.post(notice_of("MigrationTask", real.namespace, name, "1-2-3"))
    assert len(await real.rest.list(EVENTS.within(real.namespace))) == 1
