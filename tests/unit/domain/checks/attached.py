"""A guest between two hosts whose networks a test says."""

from msgspec.structs import replace

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import BRIDGE, DEVICE, NETWORK, OVS, Network, PortGroup, Segment

from ..builders import BR0, INTERFACE, facts

MAC = INTERFACE.mac
ON_NETWORK = InterfaceFacts(MAC, "bridge", network="lan", bridge="br0")
"""The live definition shows the bridge, too."""
IN_GROUP = replace(ON_NETWORK, port_group="web")
ON_OVS = InterfaceFacts(MAC, "bridge", bridge="br-int", virtual_port="openvswitch")
ON_DEVICE = InterfaceFacts(MAC, "direct", device="eth1")

LAN = Network(
    "lan", NETWORK, "br0", active=True, mtu=1500, forward="bridge", port_groups=(PortGroup("web", (10,)),)
)
NAT = Network("lan", NETWORK, "virbr0", active=True, mtu=1500, forward="nat", port_groups=())
VIRBR0 = Network("virbr0", BRIDGE, "virbr0", active=True, mtu=1500, uplinks=(), subnets=("192.168.122.0/24",))
BR_INT = Network("br-int", OVS, active=True, mtu=1500)
ETH1 = Network("eth1", DEVICE, active=True, mtu=1500, uplinks=("eth1",), carrier=True)
EVERYTHING = (BR0, LAN, VIRBR0, BR_INT, ETH1)


def attached(
    *interfaces: InterfaceFacts,
    here: tuple[Network, ...] = EVERYTHING,
    there: tuple[Network, ...] = EVERYTHING,
    said_here: dict[str, str] | None = None,
    said_there: dict[str, str] | None = None,
) -> PreflightFacts:
    """From host1 to host2; `said_...`: the segments by the admin."""
    known = facts()
    hosts = [
        replace(
            host,
            spec=replace(host.spec, networks=tuple(Segment(*each) for each in (said or {}).items())),
            status=replace(
                host.status,
                networks=tuple(each for each in networks if each.kind in (NETWORK, BRIDGE)),
                links=tuple(each for each in networks if each.kind not in (NETWORK, BRIDGE)),
            ),
        )
        for host, networks, said in (
            (known.source, here, said_here),
            (known.destination, there, said_there),
        )
    ]
    guest = replace(known.guest, interfaces=interfaces)
    return replace(known, guest=guest, source=hosts[0], destination=hosts[1])


def with_status(known: PreflightFacts, **changes: object) -> PreflightFacts:
    """The destination's, changed."""
    host = known.destination
    return replace(known, destination=replace(host, status=replace(host.status, **changes)))


def not_looked_at(known: PreflightFacts) -> PreflightFacts:
    """As an older agent tells of the guest."""
    return replace(known, guest=replace(known.guest, interfaces=None))
