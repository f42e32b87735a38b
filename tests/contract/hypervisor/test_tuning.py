"""What a job may take: set before it, changed while it runs, and remembered by libvirt afterwards."""

import pytest

from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError

from .worlds import UUID, World


async def test_limits_can_be_set_before_there_is_a_job(world: World) -> None:
    await world.start_guest()
    await world.source.tuning.set_max_downtime(UUID, 700)
    await world.source.tuning.set_bandwidth(UUID, 42)
    facts = await world.source.guests.inspect(UUID)
    assert (facts.max_downtime_milliseconds, facts.bandwidth_mebibytes_per_second) == (700, 42)


async def test_the_former_limit_is_told_and_can_be_put_back(world: World) -> None:
    await world.start_guest()
    before = await world.source.guests.inspect(UUID)
    await world.source.tuning.set_bandwidth(UUID, 42)
    await world.source.tuning.set_bandwidth(UUID, before.bandwidth_mebibytes_per_second)
    after = await world.source.guests.inspect(UUID)
    assert after.bandwidth_mebibytes_per_second == before.bandwidth_mebibytes_per_second


async def test_no_limit_is_the_largest_that_libvirt_knows(world: World) -> None:
    await world.start_guest()
    before = await world.source.guests.inspect(UUID)
    await world.source.tuning.set_bandwidth(UUID, 42)
    await world.source.tuning.set_bandwidth(UUID, None)
    assert await world.source.guests.inspect(UUID) == before


async def test_an_absent_guest_has_no_limits(world: World) -> None:
    with pytest.raises(HypervisorError) as raised:
        await world.source.tuning.set_max_downtime(UUID, 700)
    assert raised.value.reason is Reason.VM_NOT_FOUND
