"""Each bridge, libvirt network, port group and device of the guest is at the destination, and up.

libvirt finds one that is missing only when it starts the guest's QEMU there, and names one at a time; one
that is down it does not mind at all, and the guest arrives cut off. Source: section 6 of the design.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import interfaces_not_told, not_applicable, passed
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import NETWORK, Network
from godwit.domain.migration import Check, CheckResult
from godwit.domain.places import Place, place

NAME = "Networks"
_BY_HAND = frozenset({"ethernet", "internal", "mcast", "udp", "server", "client"})
"""Types that are attached to something that neither libvirt nor the kernel has a name for."""


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per interface whose network is missing, down or unknown."""
    interfaces = facts.guest.interfaces
    if interfaces is None:
        return interfaces_not_told(facts.source, NAME)
    if not interfaces:
        return not_applicable(facts.destination, NAME, "the guest has no interface")
    found = tuple(
        verdict for each in interfaces for verdict in (*_judged(facts, each), *_cut_off_already(facts, each))
    )
    places = [place(each, facts.destination) for each in interfaces]
    words = dict.fromkeys(there.words for there in places if there)
    if not words and not found:
        return not_applicable(facts.destination, NAME, "no interface is attached to a network of a host")
    return found or passed(facts.destination, NAME, ", ".join(words))


def _judged(facts: PreflightFacts, interface: InterfaceFacts) -> tuple[Check, ...]:
    here, there, host = place(interface, facts.source), place(interface, facts.destination), facts.destination
    if there is None:
        return _by_hand(interface, host.name) if interface.kind in _BY_HAND else ()
    about = f"interface {interface.mac}"
    if not there.told:
        message = f"{about}: whether {host.name} has {there.words} is not known"
        return (Check(NAME, CheckResult.NOT_RUN, host.name, message, f"see the agent's log on {host.name}"),)
    if missing := _missing(there):
        remedy = _to_make(interface, facts.source.name, host.name)
        return (Check(NAME, CheckResult.FAIL, host.name, f"{about}: {missing}", remedy),)
    if down := there.off:
        message = f"{about}: {_is_down(down, host.name)}"
        return (Check(NAME, CheckResult.FAIL, host.name, message, f"`{_to_start(down)}` on {host.name}"),)
    if there.carrier is False:
        lost = here is None or here.carrier is not False
        uplinks = ", ".join(there.uplinks or there.names[:1])
        message = f"{about}: {there.words} of {host.name} leads nowhere: {uplinks} has no carrier"
        remedy = f"`ip link show` on {host.name}: mend the link (a cable, a port of the switch)"
        return (Check(NAME, CheckResult.FAIL if lost else CheckResult.WARN, host.name, message, remedy),)
    return ()


def _cut_off_already(facts: PreflightFacts, interface: InterfaceFacts) -> tuple[Check, ...]:
    """No reason to keep the guest there, but to look why."""
    here = place(interface, facts.source)
    if here is None or not (here.gone or here.cut):
        return ()
    why = _is_down(here.cut, here.host) if here.cut else _missing(here)
    mend = f"`{_to_start(here.cut)}`" if here.cut else "mend its network"
    remedy = f"{mend} on {here.host}, unless it is meant so"
    message = f"interface {interface.mac}: {why}, where the guest is, and so it is cut off already"
    return (Check(NAME, CheckResult.WARN, here.host, message, remedy),)


def _missing(there: Place) -> str:
    """What isn't there; empty when all is."""
    network = there.network
    if network is None:
        words = f"libvirt network {there.names[-1]}" if there.port_group else there.words
        return f"{there.host} has no {words}"
    if there.lacks_port_group:
        return f"libvirt network {network.name} of {there.host} has no port group {there.port_group}"
    if network.kind == NETWORK and network.active and network.bridge and there.bridge is None:
        return (
            f"{there.host} has no bridge {network.bridge}, to which its libvirt network {network.name} leads"
        )
    return ""


def _is_down(down: Network, host: str) -> str:
    return f"{down.kind} {down.name} of {host} is down"


def _to_start(down: Network) -> str:
    return f"virsh net-start {down.name}" if down.kind == NETWORK else f"ip link set {down.name} up"


def _to_make(interface: InterfaceFacts, source: str, host: str) -> str:
    if interface.network:
        name = interface.network
        return (
            f"compare `virsh net-dumpxml {name}` on {source} and {host}; `virsh net-define`, `net-autostart` "
            f"and `net-start` it on {host}, with what it leads to (a port group: `virsh net-update`)"
        )
    if interface.kind == "direct":
        return (
            f"`ip link show` on {host} lists its devices; where they have other names, attach the guest to a "
            "libvirt network that each host defines with its own device"
        )
    name = interface.bridge
    made = f"ip link add name {name} up type bridge"
    if interface.virtual_port:
        made = f"ovs-vsctl add-br {name}"
    return f"`{made}` on {host}, with an uplink into that segment, in its network configuration too"


def _by_hand(interface: InterfaceFacts, host: str) -> tuple[Check, ...]:
    what = f"interface {interface.mac} is of type {interface.kind}"
    message = f"{what}: whether {host} has what it needs can't be told"
    remedy = f"see that {host} has what `virsh dumpxml` shows of it, or attach it to a bridge"
    return (Check(NAME, CheckResult.WARN, host, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Make or start at the destination what the guest is attached to.",
    tested="tests/e2e/preflight/test_networks.py",
    unproven="that a frame gets out; that a bridge of that name leads to the same place (NetworkSegment). A "
    "host that is to be chosen is judged by what its Hypervisor says, seconds old, or half a minute where "
    "its agent can't hear the kernel, until it is inspected. The lab has no Open vSwitch, and no guest there "
    "sits on a device: of these the files are tested in which a kernel tells of them. Of Open vSwitch the "
    "kernel's datapath alone is seen",
)
