"""libvirt's networks on a host: what they lead to, and what their definitions say of it."""

from xml.etree.ElementTree import Element

import libvirt

from godwit.domain.host import NETWORK, Network, PortGroup
from godwit.hypervisor.errors import code_of
from godwit.hypervisor.links import Links
from godwit.hypervisor.xml import parse


def networks(connection: libvirt.virConnect, links: Links) -> tuple[Network, ...]:
    """Those that are defined or active, by their names."""
    found = []
    for network in connection.listAllNetworks():
        try:
            found.append(described(parse(network.XMLDesc()), links, active=bool(network.isActive())))
        except libvirt.libvirtError as error:
            if code_of(error) != libvirt.VIR_ERR_NO_NETWORK:  # it vanished meanwhile
                raise
    return tuple(sorted(found, key=lambda network: network.name))


def described(definition: Element, links: Links, *, active: bool) -> Network:
    """Of one without a bridge, the devices that it hands out are its uplinks."""
    bridge, forward = definition.find("./bridge"), definition.find("./forward")
    name = "" if bridge is None else bridge.get("name", "")
    devices = [] if name else [each.get("dev", "") for each in definition.findall("./forward/interface")]
    return Network(
        name=definition.findtext("./name") or "",
        kind=NETWORK,
        bridge=name,
        active=active,
        mtu=min((mtu for link in (name, *devices) if (mtu := links.mtu(link))), default=0),
        # libvirt's own default, which it doesn't print.
        forward="" if forward is None else forward.get("mode", "nat"),
        vlans=_vlans(definition),
        port_groups=tuple(
            PortGroup(group.get("name", ""), _vlans(group)) for group in definition.findall("./portgroup")
        ),
        uplinks=tuple(sorted(devices)) or None,
        carrier=any(links.carrier(device) for device in devices) if devices else None,
    )


def _vlans(parent: Element) -> tuple[int, ...]:
    return tuple(sorted(int(tag.get("id", 0)) for tag in parent.findall("./vlan/tag")))
