"""What may be wrong with the guest's networks."""

from msgspec.structs import replace

from godwit.domain.contact import Arrival, Frame
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import Network

from ..builders import BR0, INTERFACE
from ..checks.attached import BR_INT, IN_GROUP, LAN, MAC, NAT, ON_DEVICE, ON_NETWORK, ON_OVS
from .row import fails, not_run, row, warns
from .world import World, attached, with_contact, with_guest

UNNUMBERED = replace(BR0, subnets=())
ELSEWHERE = replace(BR0, subnets=("10.0.2.0/24",))
ETHERNET, USER = InterfaceFacts(MAC, "ethernet"), InterfaceFacts(MAC, "user")
P = "networks"


def _unseen(world: World, network: Network = BR0) -> World:
    frame = Frame("br0", "br0", Arrival.MISSED)
    return with_contact(attached(world, here=network, there=network), frames=(frame,))


def _unlooked(world: World, network: Network) -> World:
    frame = Frame("br0", "br0", Arrival.NOT_TRIED, "no such device")
    return with_contact(attached(world, here=network, there=network), frames=(frame,))


WRONG_NETWORKS = (
    row("no bridge there", P, attached, fails("Networks"), MAC, "host2 has no bridge br0", there=None),
    row(
        "no libvirt network there",
        P,
        attached,
        fails("Networks"),
        MAC,
        "host2 has no libvirt network lan",
        interface=ON_NETWORK,
        here=NAT,
        there=None,
    ),
    row(
        "no port group there",
        P,
        attached,
        fails("Networks"),
        MAC,
        "of host2 has no port group web",
        interface=IN_GROUP,
        here=LAN,
        there=NAT,
    ),
    row(
        "no device there",
        P,
        attached,
        fails("Networks"),
        MAC,
        "host2 has no device eth1",
        interface=ON_DEVICE,
        there=None,
    ),
    row(
        "no Open vSwitch bridge there",
        P,
        attached,
        fails("Networks"),
        MAC,
        "host2 has no Open vSwitch bridge br-int",
        interface=ON_OVS,
        here=BR_INT,
        there=None,
    ),
    row(
        "a bridge is down",
        P,
        attached,
        fails("Networks"),
        MAC,
        "bridge br0 of host2 is down",
        there=replace(BR0, active=False),
    ),
    row(
        "a bridge without a carrier",
        P,
        attached,
        fails("Networks"),
        MAC,
        "br0 of host2",
        "eth0 has no carrier",
        there=replace(BR0, carrier=False),
    ),
    row(
        "an interface by hand",
        P,
        attached,
        warns("Networks"),
        MAC,
        "type ethernet",
        "host2",
        interface=ETHERNET,
    ),
    row(
        "interfaces not told",
        P,
        with_guest,
        not_run("Networks", "MTU", "NetworkSegment"),
        "the agent on host1",
        "interfaces",
        interfaces=None,
    ),
    row(
        "a smaller MTU",
        P,
        attached,
        fails("MTU"),
        MAC,
        "bridge br0 on host2 is 1400",
        "on host1 it is 1500",
        there=replace(BR0, mtu=1400),
    ),
    row(
        "uplinks with a smaller MTU",
        P,
        attached,
        fails("MTU"),
        MAC,
        "the uplinks of bridge br0 on host2 take 1400 bytes",
        "on host1 1500",
        here=replace(BR0, uplink_mtu=1500),
        there=replace(BR0, uplink_mtu=1400),
    ),
    row(
        "a bridge down at the source",
        P,
        attached,
        warns("Networks", "NetworkSegment"),
        MAC,
        "bridge br0 of host1 is down",
        here=replace(BR0, active=False, subnets=()),
    ),
    row(
        "a smaller MTU than the interface's own",
        P,
        attached,
        fails("MTU"),
        MAC,
        "on host2 is 1500",
        "own is 9000",
        interface=replace(INTERFACE, mtu=9000),
    ),
    row(
        "an MTU not told", P, attached, not_run("MTU"), MAC, "bridge br0 on host2", there=replace(BR0, mtu=0)
    ),
    row(
        "another subnet",
        P,
        attached,
        fails("NetworkSegment"),
        MAC,
        "10.0.1.0/24 on host1, 10.0.2.0/24 on host2",
        there=ELSEWHERE,
    ),
    row(
        "another VLAN",
        P,
        attached,
        fails("NetworkSegment"),
        MAC,
        "VLAN 7 on host1, 8 on host2",
        here=replace(BR0, vlans=(7,)),
        there=replace(BR0, vlans=(8,)),
    ),
    row(
        "a bridge that leads nowhere",
        P,
        attached,
        fails("NetworkSegment"),
        MAC,
        "host2's own",
        there=replace(BR0, uplinks=(), carrier=None),
    ),
    row(
        "another segment",
        P,
        attached,
        fails("NetworkSegment"),
        MAC,
        "segment front on host1 and back on host2",
        segments=("front", "back"),
    ),
    row(
        "nothing shows the segment",
        P,
        attached,
        warns("NetworkSegment"),
        MAC,
        "host1 and host2",
        here=UNNUMBERED,
        there=UNNUMBERED,
    ),
    row(
        "a frame that was not seen",
        f"{P} call",
        _unseen,
        warns("NetworkSegment"),
        MAC,
        "a frame from host1 was not seen on host2",
        "though both hosts are in 10.0.1.0/24 there",
    ),
    row(
        "a frame that was not seen, of a network of which nothing is known",
        f"{P} call",
        _unseen,
        warns("NetworkSegment"),
        MAC,
        "a frame from host1 was not seen on host2",
        network=UNNUMBERED,
    ),
    row(
        "a frame that nobody could look for",
        f"{P} call",
        _unlooked,
        warns("NetworkSegment"),
        MAC,
        "no frame was tried: host2: no such device",
        network=UNNUMBERED,
    ),
    row(
        "a network in user mode",
        P,
        attached,
        warns("NetworkSegment"),
        MAC,
        "type user",
        "host2",
        interface=USER,
    ),
)
