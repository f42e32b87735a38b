"""An inspection tells how its host is at that moment, at either end."""

import pytest

from godwit.domain.host import BRIDGE, DEVICE, HostNow, Hugepages, Memory, Network, with_now
from godwit.domain.task import Goal, Role

from .bench import Bench


@pytest.mark.parametrize("role", Role)
async def test_its_inspection_tells_how_the_host_is_now(role: Role) -> None:
    bench = Bench()
    bench.guest("host1")
    bench.put("t", Goal.INSPECTED, role=role)
    host = bench.libvirt.host
    now = HostNow(
        memory=Memory(total_bytes=64 << 30, free_bytes=3 << 30),
        hugepages=(Hugepages(2 << 20, 8, 4),),
        networks=(Network("br0", BRIDGE, "br0"),),
        links=(Network("eth0", DEVICE, active=True),),
        secrets=("a-secret",),
    )
    host.about = with_now(host.about, now)
    await bench.look()
    assert bench.status().host == now
