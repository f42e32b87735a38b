"""What a host tells of its networks, and an inspection of what a guest is attached to."""

import pytest

from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import PortGroup
from godwit.hypervisor.ports import EventKind

from .lab_world import LabWorld, domain_xml
from .patience import events_until
from .worlds import NETWORK, UUID, World

MACS = tuple(f"52:54:00:70:66:{number:02}" for number in (11, 12, 13))
VETH_SPEED = 10_000
"""What the kernel says of each."""


async def test_a_bridge_is_told_with_where_it_leads_out(world: World) -> None:
    for side in (world.source, world.destination):
        facts = await side.host.facts()
        [bridge] = [each for each in facts.networks if each.name == "guests"]
        assert (bridge.kind, bridge.active, bridge.mtu) == ("bridge", True, 1500)
        assert (bridge.uplinks, bridge.carrier, bridge.vlans) == (("veth",), True, ())
        assert len(bridge.subnets) == 1
        assert bridge.speed_megabits_per_second == VETH_SPEED
        assert facts.links is not None


async def test_a_network_of_libvirt_s_that_comes_or_goes_is_told(world: World) -> None:
    events = world.source.host.events()
    await events_until(events, EventKind.CONNECTED)
    for act, there in ((world.start_network, True), (world.stop_network, False)):
        await act()
        told = await events_until(events, EventKind.NETWORK)
        assert told[-1].uuid == ""
        names = {network.name for network in (await world.source.host.facts()).networks}
        assert (NETWORK in names) is there


async def test_a_guest_without_interfaces_is_told_so(world: World) -> None:
    await world.start_guest()
    assert (await world.source.guests.inspect(UUID)).interfaces == ()


@pytest.mark.contract
async def test_devices_are_told_that_are_the_host_s_own(lab: LabWorld) -> None:
    links = {each.name: each for each in (await lab.source.host.facts()).links or ()}
    assert "data" in links, "a veth in which the host has an address"
    assert (links["data"].kind, links["data"].active, links["data"].carrier) == ("device", True, True)
    assert links["data"].speed_megabits_per_second == VETH_SPEED
    assert "lo" not in links


@pytest.mark.contract
async def test_the_name_of_a_network_is_told_though_the_guest_hangs_at_its_bridge(lab: LabWorld) -> None:
    devices = "".join(
        f"<interface type='{kind}'><mac address='{mac}'/>{rest}</interface>"
        for mac, kind, rest in zip(
            MACS,
            ("network", "bridge", "user"),
            (
                f"<source network='{NETWORK}' portgroup='web'/>",
                "<source bridge='guests'/><mtu size='1500'/>",
                "",
            ),
            strict=True,
        )
    )
    xml = domain_xml(UUID, None, devices=devices)
    await lab.start_network()
    await lab.by_hand(0, lambda host: host.createXML(xml))
    facts = await lab.source.host.facts()
    found = (await lab.source.guests.inspect(UUID)).interfaces
    [network] = [each for each in facts.networks if each.name == NETWORK]
    assert (network.kind, network.bridge, network.active, network.mtu) == ("network", "guests", True, 1500)
    assert (network.forward, network.port_groups) == ("bridge", (PortGroup("web"), PortGroup("all")))
    assert found == (
        InterfaceFacts(MACS[0], "bridge", network=NETWORK, port_group="web", bridge="guests"),
        InterfaceFacts(MACS[1], "bridge", bridge="guests", mtu=1500),
        InterfaceFacts(MACS[2], "user"),
    )
