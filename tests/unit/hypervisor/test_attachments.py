"""What definitions of interfaces and networks say."""

from pathlib import Path

import pytest

from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import Network, PortGroup
from godwit.hypervisor.interfaces import interfaces
from godwit.hypervisor.links import Links
from godwit.hypervisor.networks import described
from godwit.hypervisor.xml import parse

from .kernel import Kernel

MAC = "52:54:00:00:00:01"


@pytest.mark.parametrize(
    ("kind", "inside", "told"),
    [
        ("bridge", "<source bridge='br0'/><mtu size='9000'/>", {"bridge": "br0", "mtu": 9000}),
        (
            "bridge",
            "<source network='lan' portgroup='web' bridge='br0'/><virtualport type='openvswitch'/>",
            {"network": "lan", "port_group": "web", "bridge": "br0", "virtual_port": "openvswitch"},
        ),
        ("direct", "<source dev='eth1' mode='bridge'/>", {"device": "eth1"}),
        ("user", "", {}),
    ],
)
def test_an_interface_is_told_by_what_it_is_attached_to(
    kind: str, inside: str, told: dict[str, str | int]
) -> None:
    text = f"<interface type='{kind}'><mac address='{MAC}'/>{inside}</interface>"
    domain = parse(f"<domain><devices>{text}</devices></domain>")
    assert interfaces(domain) == (InterfaceFacts(MAC, kind, **told),)  # type: ignore[arg-type]


@pytest.fixture
def links(tmp_path: Path) -> Links:
    kernel = Kernel(tmp_path)
    kernel.bridge("br0", mtu=9000)
    kernel.link("eth0", "device", mtu=9000)
    kernel.link("eth1", "device", carrier=False)
    return Links(kernel.sys_class_net, kernel.proc_net)


def network(links: Links, inside: str) -> Network:
    definition = parse(f"<network><name>lan</name>{inside}</network>")
    return described(definition, links, active=True)


def test_a_network_is_told_with_its_bridge_and_port_groups(links: Links) -> None:
    tags = "<vlan trunk='yes'><tag id='20'/><tag id='10'/></vlan>"
    found = network(
        links, f"<forward mode='bridge'/><bridge name='br0'/><portgroup name='web'>{tags}</portgroup>"
    )
    assert (found.name, found.kind, found.bridge, found.mtu) == ("lan", "network", "br0", 9000)
    assert (found.forward, found.vlans, found.uplinks) == ("bridge", (), None)
    assert found.port_groups == (PortGroup("web", (10, 20)),)


def test_a_network_that_hands_out_devices_leads_out_by_them(links: Links) -> None:
    devices = "<interface dev='eth1'/><interface dev='eth0'/>"
    found = network(links, f"<forward mode='passthrough'>{devices}</forward><vlan><tag id='5'/></vlan>")
    assert (found.uplinks, found.carrier, found.mtu, found.vlans) == (("eth0", "eth1"), True, 1500, (5,))
    assert network(links, "<forward mode='bridge'><interface dev='eth1'/></forward>").carrier is False


@pytest.mark.parametrize(
    ("inside", "mode"), [("<forward/>", "nat"), ("", ""), ("<forward mode='open'/>", "open")]
)
def test_a_network_is_told_with_its_forward_mode(links: Links, inside: str, mode: str) -> None:
    assert network(links, inside + "<bridge name='virbr9'/>").forward == mode
