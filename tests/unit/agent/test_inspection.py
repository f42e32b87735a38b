"""An inspection tells how its host is at that moment, at either end."""

import pytest
from msgspec.structs import replace

from godwit.domain.host import BRIDGE, DEVICE, HostNow, Hugepages, Memory, Network, with_now
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Role, TaskStatus

from ...fakes.hypervisor import FakeLibvirt, FakeNetwork
from ...fakes.qemu_certificate import FakeQEMUCertificates
from ..controller.virtual_time import virtual_clock
from .bench import PLAN, Bench


def inspecting(role: Role) -> Bench:
    """At either end, of a guest that is here."""
    bench = Bench()
    bench.guest("host1")
    bench.put("t", Goal.INSPECTED, role=role)
    return bench


@pytest.mark.parametrize("role", Role)
async def test_its_inspection_tells_how_the_host_is_now(role: Role) -> None:
    bench = inspecting(role)
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


@pytest.mark.parametrize("role", Role)
async def test_where_libvirt_can_t_tell_it_the_inspection_goes_on_without(role: Role) -> None:
    bench = inspecting(role)
    bench.libvirt.fail_next("host.now", Reason.LIBVIRT_ERROR, "virtnetworkd is away")
    await bench.look()
    assert (bench.status().reached, bench.status().host) == (Goal.INSPECTED, None)


@pytest.mark.parametrize("role", Role)
async def test_a_libvirt_that_does_not_answer_is_waited_for(role: Role) -> None:
    bench = inspecting(role)
    bench.libvirt.fail_next("host.now", Reason.LIBVIRT_UNREACHABLE, "no answer")
    await bench.look()
    assert bench.status().reached is None
    await bench.look()
    assert bench.status().host is not None


class SlowCertificates(FakeQEMUCertificates):
    """While they are read, the bridge of that host goes down."""

    def __init__(self, libvirt: FakeLibvirt, network: FakeNetwork) -> None:
        super().__init__(network, libvirt.name, virtual_clock())
        self._host = libvirt.host

    async def look(self, role: Role) -> QEMUCertificate:
        down = Network("br0", BRIDGE, "br0", active=False)
        self._host.about = replace(self._host.about, networks=(down,))
        return await super().look(role)


async def test_the_destination_is_looked_at_after_all_that_takes_its_time() -> None:
    bench = Bench(node="host2")
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION)
    bench.certificates = SlowCertificates(bench.libvirt, bench.network)
    bench.new_agent("second")
    await bench.look()
    seen = bench.status().host
    assert seen is not None
    assert [each.active for each in seen.networks] == [False]


@pytest.mark.parametrize(("node", "role"), [("host1", Role.SOURCE), ("host2", Role.DESTINATION)])
async def test_what_was_seen_goes_when_the_host_prepares(node: str, role: Role) -> None:
    bench = Bench(node=node)
    bench.guest("host1")
    seen = TaskStatus(reached=Goal.INSPECTED, host=HostNow(), run_mark="ours")
    bench.put("t", Goal.PREPARED, seen, plan=PLAN, role=role)
    await bench.look()
    assert (bench.status().reached, bench.status().host) == (Goal.PREPARED, None)
