"""What an interface of a guest is attached to on a host, as far as that host's facts tell it.

libvirt takes the name and nothing else along: a network's, a bridge's, a device's. What lies behind the name
at the destination is that host's own.
"""

import ipaddress

from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import BRIDGE, DEVICE, NETWORK, OVS, Hypervisor, Network
from godwit.domain.value import Value

_OPEN_VSWITCH = "openvswitch"
_OWN_FORWARDS = ("nat", "route", "open")
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network


class Place(Value):
    """One name on one host."""

    host: str
    words: str
    """`bridge br0`, `libvirt network default`."""
    names: tuple[str, ...]
    """By which an admin may name its segment, the closest first."""
    network: Network | None = None
    """None: it isn't there, or, where it is not `told`, nobody knows."""
    told: bool = True
    bridge: Network | None = None
    """Under a libvirt network."""
    port_group: str = ""
    segment: str = ""
    """The admin's word; empty where there is none."""
    same_everywhere: str = ""
    """The name of the host's own link, which is the same on every host; empty: each has its own behind it."""
    all_told: bool = False
    """A host tells of all of that kind."""

    @property
    def gone(self) -> bool:
        """It is certainly not there."""
        return self.told and self.all_told and self.network is None

    @property
    def links(self) -> tuple[Network, ...]:
        """What the guest's frames go through, the host's own link last."""
        return tuple(link for link in (self.network, self.bridge) if link)

    @property
    def off(self) -> Network | None:
        """The first of them that nobody has switched on. Open vSwitch forwards all the same."""
        return next((link for link in self.links if not link.active and link.kind != OVS), None)

    @property
    def cut(self) -> Network | None:
        """The first that carries no frame: a libvirt network that is stopped leaves its bridge as it is."""
        return next((link for link in self.links if not link.active and link.kind in (BRIDGE, DEVICE)), None)

    @property
    def link(self) -> str:
        """The host's own, by which a frame goes the guest's way, told of or not; empty: there is none.

        A network that gives the guest's frames a tag of its own gives none to the host's. So may any port of
        Open vSwitch.
        """
        network = self.network
        if network is None:
            return self.same_everywhere
        last = self.links[-1]
        tagged = network.kind == NETWORK and bool(network.vlans or self._of_port_group)
        return last.name if last.kind in (BRIDGE, DEVICE) and not tagged else ""

    @property
    def lacks_port_group(self) -> bool:
        """The network is there, but not with the port group that the guest asks it for."""
        groups = (self.network.port_groups or ()) if self.network else ()
        return bool(self.network and self.port_group) and all(each.name != self.port_group for each in groups)

    @property
    def mtu(self) -> int:
        """Bytes; 0: not known."""
        return self.network.mtu if self.network else 0

    @property
    def uplink_mtu(self) -> int:
        """Of what leads out of the host, in bytes; 0: nothing does, or it is not known."""
        return min((link.uplink_mtu for link in self.links if link.uplink_mtu), default=0)

    @property
    def tags(self) -> frozenset[int]:
        """The VLANs in which the frames leave; the port group's stand in for the network's."""
        return frozenset(self._of_port_group) or frozenset(tag for link in self.links for tag in link.vlans)

    @property
    def _of_port_group(self) -> tuple[int, ...]:
        groups = (self.network.port_groups or ()) if self.network else ()
        return next((group.vlans for group in groups if group.name == self.port_group), ())

    @property
    def subnets(self) -> frozenset[Subnet]:
        """Those in which the host has an address there."""
        return frozenset(subnet for link in self.links for subnet in _read(link.subnets))

    @property
    def uplinks(self) -> tuple[str, ...] | None:
        """By what it leads out of the host; None where that is not known."""
        return next((link.uplinks for link in self.links if link.uplinks is not None), None)

    @property
    def alone(self) -> bool | None:
        """It is a segment of this host's own; None where that is not known."""
        if any(link.forward in _OWN_FORWARDS for link in self.links):
            return True
        return None if self.uplinks is None else not self.uplinks

    @property
    def carrier(self) -> bool | None:
        """Whether what leads out has one; None where nothing does, or it is not known."""
        return next((link.carrier for link in self.links if link.carrier is not None), None)


def place(interface: InterfaceFacts, host: Hypervisor) -> Place | None:
    """None: it is attached to nothing that a host has by a name."""
    if interface.network:
        return _libvirts(interface, host)
    if interface.kind == BRIDGE and interface.virtual_port == _OPEN_VSWITCH:
        return _linked(host, f"Open vSwitch bridge {interface.bridge}", interface.bridge, (OVS,))
    if interface.kind == BRIDGE:
        return _linked(host, f"bridge {interface.bridge}", interface.bridge, (BRIDGE,))
    if interface.kind == "direct":
        return _linked(host, f"device {interface.device}", interface.device, (DEVICE, BRIDGE, OVS))
    return None


def _libvirts(interface: InterfaceFacts, host: Hypervisor) -> Place:
    name, group = interface.network, interface.port_group
    found = next((each for each in _listed(host, (NETWORK,)) if each.name == name), None)
    bridges = _listed(host, (BRIDGE, OVS))
    bridge = next((each for each in bridges if found and each.name == found.bridge), None)
    names = (*((f"{name}/{group}",) if group else ()), name, *((bridge.name,) if bridge else ()))
    return Place(
        host=host.name,
        words=f"port group {group} of libvirt network {name}" if group else f"libvirt network {name}",
        names=names,
        network=found,
        told=_has_looked(host) and not (group and found and found.port_groups is None),
        bridge=bridge,
        port_group=group,
        segment=_segment(host, names),
    )


def _linked(host: Hypervisor, words: str, name: str, kinds: tuple[str, ...]) -> Place:
    found = next((each for each in _listed(host, kinds) if each.name == name), None)
    told = _has_looked(host) and (kinds == (BRIDGE,) or host.status.links is not None)
    return Place(
        host=host.name,
        words=words,
        names=(name,),
        network=found,
        told=told or found is not None,
        segment=_segment(host, (name,)),
        same_everywhere="" if kinds == (OVS,) else name,
        all_told=kinds == (BRIDGE,),
    )


def _listed(host: Hypervisor, kinds: tuple[str, ...]) -> tuple[Network, ...]:
    everything = (*host.status.networks, *(host.status.links or ()))
    return tuple(each for each in everything if each.kind in kinds)


def _has_looked(host: Hypervisor) -> bool:
    return host.status.observed_generation >= 0


def _segment(host: Hypervisor, names: tuple[str, ...]) -> str:
    said = {each.name: each.segment for each in host.spec.networks}
    return next((said[name] for name in names if name in said), "")


def _read(subnets: tuple[str, ...]) -> tuple[Subnet, ...]:
    found = []
    for text in subnets:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError:  # what is no subnet agrees with none
            continue
    return tuple(found)
