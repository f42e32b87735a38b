"""The guest stays in its segment of the service network: what reaches it now reaches it at the destination.

The guide asks for "the same service network segment": a bridge of the same name may lead anywhere. What the
admin has said of both hosts decides (`spec.networks` of their Hypervisors); then a frame that the source's
agent sent on its bridge and the destination's saw on its own, which is proof; else what their facts show: by
which VLAN a network leads out, whether it does so at all, in which subnets the hosts have addresses on it.
A switch may filter such frames, so one that was not seen takes a pass away, and fails nothing. A host that is
to be chosen is judged by facts alone. Source: openEuler's guide, and section 6 of the design.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import of_interfaces
from godwit.domain.contact import Arrival, Frame
from godwit.domain.guest import InterfaceFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.places import Place, Subnet, place

NAME = "NetworkSegment"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per interface; those whose network is missing or down are told by Networks."""
    nothing = "no interface of the guest is attached to a network that the destination has"
    return of_interfaces(facts, NAME, _judged, nothing)


def _judged(facts: PreflightFacts, interface: InterfaceFacts) -> Check | None:
    if interface.kind == "user":
        return _user_mode(facts, interface)
    here, there = place(interface, facts.source), place(interface, facts.destination)
    if here is None or there is None or there.network is None:
        return None
    if there.told and there.lacks_port_group:
        return None
    if here.segment and there.segment:
        return _configured(interface, here, there)
    frame = _frame(facts, here, there)
    if frame and frame.arrival is Arrival.ARRIVED:
        message = f"{there.words}: a frame from {here.host} was seen on {there.host}"
        return Check(NAME, CheckResult.PASS, there.host, message)
    unseen = frame is not None and frame.arrival is Arrival.MISSED
    if against := _contradictions(here, there):
        message = f"{_about(interface, there)} is another segment on {there.host}: {'; '.join(against)}"
        remedy = (
            f"choose a host of the same segment, or connect it; if it is the same one, {_how(here, there)}"
        )
        return Check(NAME, CheckResult.FAIL, there.host, message, remedy)
    if there.off:
        return None
    proof = _agreement(here, there)
    if unseen:
        return _unseen(interface, here, there, proof)
    if proof:
        return Check(NAME, CheckResult.PASS, there.host, f"{there.words}: {proof}")
    hosts = f"{here.host} and {there.host}"
    message = f"{_about(interface, there)}: nothing shows that {hosts} have one segment there"
    if here.alone and there.alone:
        message = f"{_about(interface, there)} is each host's own: what is open over it ends with the move"
    elif why := _not_tried(facts, here, frame):
        message = f"{message}, and no frame was tried: {why}"
    return Check(NAME, CheckResult.WARN, there.host, message, _how(here, there))


def _frame(facts: PreflightFacts, here: Place, there: Place) -> Frame | None:
    """What became of it between the two; None where none was asked for."""
    return facts.contact.frame(here.link, there.link) if facts.contact else None


def _not_tried(facts: PreflightFacts, here: Place, frame: Frame | None) -> str:
    """Empty where there is nothing to say: the host was not inspected, or a frame proves nothing there."""
    if here.gone or here.cut:
        return f"{here.words} of {here.host} is {'not there' if here.gone else 'down'}"
    if frame:
        return f"{facts.destination.name}: {frame.message}"
    no_frames = facts.offer.no_frames if facts.offer and facts.contact else ""
    return f"{facts.source.name}: {no_frames}" if no_frames else ""


def _unseen(interface: InterfaceFacts, here: Place, there: Place, proof: str) -> Check:
    message = f"{_about(interface, there)}: a frame from {here.host} was not seen on {there.host}"
    remedy = (
        f"see that the ports of the switches between {here.link} of {here.host} and {there.link} of "
        f"{there.host} are in one VLAN; where they only filter frames of type 0x88B5, {_how(here, there)}"
    )
    return Check(
        NAME, CheckResult.WARN, there.host, f"{message}, though {proof}" if proof else message, remedy
    )


def _configured(interface: InterfaceFacts, here: Place, there: Place) -> Check:
    if here.segment == there.segment:
        return Check(
            NAME, CheckResult.PASS, there.host, f"{there.words}: segment {here.segment} by spec.networks"
        )
    said = f"segment {here.segment} on {here.host} and {there.segment} on {there.host}"
    remedy = (
        f"choose a host of segment {here.segment}, or correct spec.networks of the Hypervisor that is wrong"
    )
    message = f"{_about(interface, there)} is {said}, by spec.networks"
    return Check(NAME, CheckResult.FAIL, there.host, message, remedy)


def _contradictions(here: Place, there: Place) -> list[str]:
    found = []
    if None not in (here.alone, there.alone) and here.alone != there.alone:
        alone, out = (here, there) if here.alone else (there, here)
        uplinks = ", ".join(out.uplinks or ())
        found.append(f"it is {alone.host}'s own there, and leads out of {out.host} by {uplinks}")
    if here.tags and there.tags and here.tags != there.tags:
        found.append(f"VLAN {_list(here.tags)} on {here.host}, {_list(there.tags)} on {there.host}")
    if _apart(here.subnets, there.subnets):
        found.append(f"{_list(here.subnets)} on {here.host}, {_list(there.subnets)} on {there.host}")
    return found


def _agreement(here: Place, there: Place) -> str:
    """By what it is one segment; empty: by nothing. Equal subnets of networks that lead nowhere are two."""
    if here.alone or there.alone:
        return ""
    if here.tags and here.tags == there.tags:
        return f"VLAN {_list(here.tags)} on both hosts"
    if both := here.subnets & there.subnets:
        return f"both hosts are in {_list(both)} there"
    return ""


def _apart(here: frozenset[Subnet], there: frozenset[Subnet]) -> bool:
    """There are two of one version, and none has an address in common with any other host's."""
    pairs = [(one, other) for one in here for other in there if one.version == other.version]
    return bool(pairs) and not any(one.overlaps(other) for one, other in pairs)


def _user_mode(facts: PreflightFacts, interface: InterfaceFacts) -> Check:
    host = facts.destination.name
    message = f"interface {interface.mac} is of type user: what is open over it ends with the move"
    return Check(NAME, CheckResult.WARN, host, message, "attach it to a bridge if it must go on")


def _about(interface: InterfaceFacts, there: Place) -> str:
    return f"interface {interface.mac}: {there.words}"


def _how(here: Place, there: Place) -> str:
    hosts = [each.host for each in (here, there) if not each.segment]
    which = f"{{name: {there.names[0]}, segment: {here.segment or there.segment or 'NAME'}}}"
    return f"`kubectl edit hypervisor {' '.join(hosts)}` and write `spec.networks: [{which}]`"


def _list(values: frozenset[Subnet] | frozenset[int]) -> str:
    return ", ".join(sorted(str(value) for value in values))


RULE = Rule(
    NAME,
    check,
    remedy="Choose a host of the same segment; name the segments in `spec.networks` of the Hypervisors.",
    tested="tests/e2e/preflight/test_networks.py",
    unproven="that frames pass between the hosts, where the chart's `agent.packetSocket` is false; with it, "
    "that those pass that bear a tag of the guest's own or go through Open vSwitch, where none is tried. "
    "The lab's kernel has no VLANs: of these the files are tested in which a kernel tells of them",
)
