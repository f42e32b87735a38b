"""Claims on VMs, and agents' signs of life."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from godwit.cluster.ports import Claim, Conflict, NotFound

from .worlds import World, unique

AT = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)


def claim_of(vm_uuid: str, holder: str) -> Claim:
    return Claim(vm_uuid=vm_uuid, migration_uid=holder, migration=f"default/{holder}")


async def test_a_vm_that_nobody_claimed_has_no_claim(world: World) -> None:
    assert await world.ports.claims.read(unique("vm")) is None


async def test_the_first_to_take_a_claim_holds_it_and_the_second_is_told_who_does(world: World) -> None:
    vm = unique("vm")
    first = await world.ports.claims.take(claim_of(vm, "first"))
    assert (first.migration_uid, first.migration) == ("first", "default/first")
    assert await world.ports.claims.take(claim_of(vm, "second")) == first
    assert await world.ports.claims.read(vm) == first


async def test_of_many_at_once_exactly_one_gets_the_claim(world: World) -> None:
    vm = unique("vm")
    takers = [world.ports.claims.take(claim_of(vm, f"m{number}")) for number in range(8)]
    assert len({claim.migration_uid for claim in await asyncio.gather(*takers)}) == 1


async def test_all_claims_are_listed_and_no_other_lease(world: World) -> None:
    taken = [await world.ports.claims.take(claim_of(unique("vm"), "first")) for _ in range(2)]
    await world.ports.hypervisors.create(unique("host"))
    listed = await world.ports.claims.all()
    assert [claim for claim in listed if claim in taken] == sorted(taken, key=listed.index)
    assert not [claim for claim in listed if not claim.vm_uuid.startswith("vm-")]


async def test_a_claim_is_taken_again_by_the_next_after_its_release(world: World) -> None:
    vm = unique("vm")
    await world.ports.claims.release(await world.ports.claims.take(claim_of(vm, "first")))
    assert await world.ports.claims.read(vm) is None
    assert (await world.ports.claims.take(claim_of(vm, "second"))).migration_uid == "second"


async def test_a_late_release_leaves_the_next_ones_claim_alone(world: World) -> None:
    vm = unique("vm")
    first = await world.ports.claims.take(claim_of(vm, "first"))
    await world.ports.claims.release(first)
    await world.ports.claims.release(first)
    second = await world.ports.claims.take(claim_of(vm, "second"))
    await world.ports.claims.release(first)
    assert await world.ports.claims.read(vm) == second


async def test_a_claim_that_somebody_touched_is_released_only_as_it_is_now(world: World) -> None:
    vm = unique("vm")
    seen = await world.ports.claims.take(claim_of(vm, "first"))
    await world.touch_claim(vm)
    with pytest.raises(Conflict):
        await world.ports.claims.release(seen)
    now = await world.ports.claims.read(vm)
    assert now is not None
    await world.ports.claims.release(now)
    assert await world.ports.claims.read(vm) is None


async def test_an_agent_without_a_lease_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.ports.heartbeats.renew(unique("host"), AT)


async def test_a_hypervisor_is_heard_of_from_its_first_renewal_on(world: World) -> None:
    host, other = unique("host"), unique("host")
    await world.ports.hypervisors.create(host)
    await world.ports.hypervisors.create(other)
    assert host not in await world.ports.heartbeats.all()
    await world.ports.heartbeats.renew(host, AT)
    later = AT + timedelta(seconds=10, microseconds=5)
    await world.ports.heartbeats.renew(host, later)
    heard = await world.ports.heartbeats.all()
    assert heard[host] == later
    assert other not in heard


async def test_claims_are_no_signs_of_life(world: World) -> None:
    await world.ports.claims.take(claim_of(unique("vm"), "first"))
    assert await world.ports.heartbeats.all() == {}
