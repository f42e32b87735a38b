from pathlib import Path

import pytest

from godwit.domain.host import BRIDGE, DEVICE, OVS, Network
from godwit.hypervisor.links import Links

from .kernel import ADDRESSES, ROUTES, VLANS, Kernel


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def links(kernel: Kernel) -> Links:
    return Links(kernel.sys_class_net, kernel.proc_net)


def kinds(kernel: Kernel) -> dict[str, str]:
    return {each.name: each.kind for each in links(kernel).others()}


def test_a_bridge_is_told_with_where_it_leads_out(kernel: Kernel) -> None:
    kernel.link("eth0.10", "lower_eth0", kind="vlan", mtu=4000)
    kernel.link("vnet0", "tun_flags", mtu=9000)
    kernel.bridge("br0", "eth0.10", "vnet0", mtu=9000)
    kernel.tell(vlans=VLANS, routes=ROUTES, addresses=ADDRESSES)
    [bridge] = links(kernel).bridges()
    assert bridge == Network(
        "br0",
        BRIDGE,
        "br0",
        active=True,
        mtu=9000,
        uplink_mtu=4000,
        vlans=(10,),
        uplinks=("eth0.10",),
        carrier=True,
        subnets=("10.0.1.0/24", "2001:db8::/64"),
    )


def test_a_bridge_of_guests_alone_leads_nowhere(kernel: Kernel) -> None:
    kernel.link("vnet0", "tun_flags")
    kernel.bridge("br0", "vnet0")
    kernel.bridge("br1", up=False)
    found = links(kernel).bridges()
    assert [(each.active, each.uplinks, each.carrier) for each in found] == [
        (True, (), None),
        (False, (), None),
    ]


def test_pods_that_come_and_go_do_not_change_what_is_told(kernel: Kernel) -> None:
    kernel.link("veth1", other_end=True)
    kernel.bridge("cni0", "veth1")
    [before] = links(kernel).bridges()
    kernel.link("veth2", other_end=True)
    kernel.sys_class_net.joinpath("cni0/brif/veth2").mkdir()
    assert links(kernel).bridges() == (before,)
    assert (before.uplinks, before.carrier) == (("veth",), True)


@pytest.mark.parametrize(("up", "carrier"), [(True, False), (False, True)])
def test_an_uplink_that_is_down_or_unplugged_has_no_carrier(kernel: Kernel, up: bool, carrier: bool) -> None:
    kernel.link("eth0", "device", up=up, carrier=carrier)
    kernel.bridge("br0", "eth0")
    assert [each.carrier for each in links(kernel).bridges()] == [False]


def test_a_device_is_what_a_guest_can_sit_on(kernel: Kernel) -> None:
    kernel.link("lo", ethernet=False)
    kernel.link("eth0", "device", mtu=9000)
    kernel.link("bond0", "lower_eth0", kind="bond")
    kernel.link("lan20", "lower_bond0", kind="vlan")
    kernel.link("macvtap0", "lower_eth0", kind="macvtap")
    kernel.link("vnet0", "tun_flags")
    kernel.link("dummy0")
    kernel.link("cali1", other_end=True)
    kernel.link("veth2", other_end=True)
    kernel.bridge("br0")
    kernel.tell(vlans=VLANS, routes=ROUTES)
    assert kinds(kernel) == dict.fromkeys(("bond0", "eth0", "lan20", "veth2"), DEVICE)
    told = {each.name: each for each in links(kernel).others()}
    assert (told["eth0"].mtu, told["eth0"].uplinks, told["eth0"].carrier) == (9000, ("eth0",), True)
    assert told["lan20"].vlans == (20,)
    assert told["veth2"].subnets == ("10.1.0.0/16",)


def test_beside_the_kernel_s_open_vswitch_a_plain_virtual_link_is_one_of_its_bridges(kernel: Kernel) -> None:
    for name in ("br-int", "ovs-system"):
        kernel.link(name)
    kernel.link("eth0", "device")
    kernel.link("cali1", other_end=True)
    assert kinds(kernel) == {"br-int": OVS, "eth0": DEVICE}


@pytest.mark.parametrize(("speed", "told"), [(25_000, 25_000), (-1, 0), (None, 0)])
def test_a_device_has_the_speed_that_its_driver_knows(kernel: Kernel, speed: int | None, told: int) -> None:
    kernel.link("eth0", "device", speed=speed)
    assert [each.speed_megabits_per_second for each in links(kernel).others()] == [told]


def test_a_bridge_has_the_speed_and_the_mtu_of_its_best_card_and_not_what_a_veth_or_a_guest_claims(
    kernel: Kernel,
) -> None:
    kernel.link("eth0", "device", speed=1000)
    kernel.link("eth1", "device", speed=100)
    kernel.link("veth1", other_end=True, speed=10_000, mtu=9000)
    kernel.link("vnet0", "tun_flags", speed=10_000)
    kernel.bridge("br0", "eth0", "eth1", "veth1", "vnet0")
    kernel.bridge("br1", "veth1", "vnet0")
    kernel.bridge("br2", "vnet0")
    found = links(kernel).bridges()
    assert [each.speed_megabits_per_second for each in found] == [1000, 10_000, 0]
    assert [each.uplink_mtu for each in found] == [1500, 9000, 0]


def test_what_can_t_be_read_is_not_there(tmp_path: Path, kernel: Kernel) -> None:
    nowhere = Links(tmp_path / "none", tmp_path / "none")
    assert nowhere.bridges() == nowhere.others() == ()
    kernel.link("eth0", "device", mtu=9000)
    assert links(kernel).mtu("eth0") == 9000
    assert links(kernel).mtu("") == links(kernel).mtu("none") == 0
