"""Hypervisors: two write one status, and neither spoils the other's part."""

from datetime import UTC, datetime

import pytest

from godwit.cluster.ports import NotFound
from godwit.domain.conditions import Condition, ConditionStatus
from godwit.domain.guest import DomainState, DomainSummary
from godwit.domain.host import CPU, Hypervisor, HypervisorStatus, ImageDirectory, Memory, Versions

from .worlds import World, unique

AT = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)
FULL = HypervisorStatus(
    observed_generation=1,
    host_uuid="0b5f2a6e-0d6b-4a9e-9a51-0c8a2a9a7a11",
    host_name="host1",
    versions=Versions(libvirt="11.3.0", qemu="10.0.13", agent="0.1.0"),
    cpu=CPU(arch="x86_64", model="EPYC", vendor="AMD", features=("aes", "avx"), count=2),
    memory=Memory(total_bytes=1 << 34, free_bytes=1 << 33),
    image_directories=(ImageDirectory(path="/images", total_bytes=1 << 30, free_bytes=1 << 29),),
    domains=(
        DomainSummary(name="vm1", uuid="3b8f2a6e-0d6b-4a9e-9a51-0c8a2a9a7a11", state=DomainState.RUNNING),
    ),
)
LIVES = Condition("Ready", ConditionStatus.TRUE, "AgentAlive", AT, "it lives")
SEES = Condition("ImageDirectories", ConditionStatus.FALSE, "NotSeen", AT, "it does not see /data")
LESS = HypervisorStatus(observed_generation=1, host_name="host1", cpu=CPU(arch="x86_64", count=2))


async def created(world: World) -> str:
    name = unique("host")
    await world.ports.hypervisors.create(name)
    return name


async def now(world: World, name: str) -> Hypervisor:
    hypervisor = await world.ports.inventory.hypervisor(name)
    assert hypervisor is not None
    return hypervisor


async def test_a_new_hypervisor_says_nothing_yet(world: World) -> None:
    assert (await now(world, await created(world))).status == HypervisorStatus()


async def test_a_hypervisor_that_was_never_made_is_none(world: World) -> None:
    assert await world.ports.inventory.hypervisor(unique("host")) is None


async def test_making_a_hypervisor_again_changes_nothing(world: World) -> None:
    name = await created(world)
    await world.ports.hypervisors.write_facts(name, FULL)
    await world.ports.heartbeats.renew(name, AT)
    await world.ports.hypervisors.create(name)
    assert (await now(world, name)).status == FULL
    assert (await world.ports.heartbeats.all())[name] == AT


async def test_facts_that_are_no_more_vanish_at_every_depth(world: World) -> None:
    name = await created(world)
    await world.ports.hypervisors.write_facts(name, FULL)
    await world.ports.hypervisors.write_facts(name, LESS)
    assert (await now(world, name)).status == LESS


async def test_facts_leave_the_operators_condition_as_it_is(world: World) -> None:
    name = await created(world)
    await world.ports.hypervisors.write_conditions(name, (LIVES,))
    await world.ports.hypervisors.write_facts(name, FULL)
    await world.ports.hypervisors.write_facts(name, LESS)
    assert (await now(world, name)).status.conditions == (LIVES,)


async def test_the_condition_leaves_the_agents_facts_as_they_are(world: World) -> None:
    name = await created(world)
    await world.ports.hypervisors.write_facts(name, FULL)
    await world.ports.hypervisors.write_conditions(name, (LIVES,))
    after = await now(world, name)
    assert after.status.domains == FULL.domains
    assert after.status.cpu == FULL.cpu


async def test_conditions_are_written_all_together_and_what_is_left_out_is_gone(world: World) -> None:
    name = await created(world)
    await world.ports.hypervisors.write_conditions(name, (LIVES, SEES))
    assert (await now(world, name)).status.conditions == (LIVES, SEES)
    await world.ports.hypervisors.write_conditions(name, (LIVES,))
    assert (await now(world, name)).status.conditions == (LIVES,)


async def test_facts_of_a_hypervisor_that_is_gone_are_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.ports.hypervisors.write_facts(unique("host"), FULL)


async def test_a_hypervisor_goes_with_its_lease_and_nothing_happens_twice(world: World) -> None:
    name = await created(world)
    await world.ports.heartbeats.renew(name, AT)
    await world.ports.hypervisors.delete(name)
    await world.ports.hypervisors.delete(name)
    assert await world.ports.inventory.hypervisor(name) is None
    assert name not in await world.ports.heartbeats.all()
