"""A job's limits through the agent and libvirt: whatever happens in between, the guest gets its own back."""

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import Conflict
from godwit.domain.limits import Limits
from godwit.domain.task import Goal

from ...fakes.hypervisor import FakeDomain
from .bench import Bench

FORMER, ASKED = 300, 350


async def limited(bench: Bench) -> FakeDomain:
    """A prepared guest whose migration may keep it still for longer than it is used to."""
    await bench.prepared()
    guest = bench.libvirt.domains[next(iter(bench.libvirt.domains))]
    assert guest.max_downtime_milliseconds == FORMER
    there = bench.cluster.tasks.objects["t"]
    limits = Limits(max_downtime_milliseconds=ASKED)
    bench.show(bench.cluster.tasks.put(replace(there, spec=replace(there.spec, limits=limits))))
    return guest


async def test_an_agent_that_dies_before_it_records_them_leaves_them_to_the_next_one_to_put_back() -> None:
    bench = Bench()
    guest = await limited(bench)
    bench.move("t", Goal.MIGRATED)
    bench.cluster.fail_next_write(Conflict("the agent dies here"), kind="MigrationTask")
    with pytest.raises(Conflict):
        await bench.look()
    assert (guest.max_downtime_milliseconds, bench.status().limits) == (ASKED, None)
    bench.new_agent("second")
    bench.move("t", Goal.ROLLED_BACK)
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    assert guest.max_downtime_milliseconds == FORMER
