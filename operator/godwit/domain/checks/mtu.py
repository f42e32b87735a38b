"""The destination's networks take frames as long as the guest sends them.

With a smaller MTU there the guest's long frames vanish without a word: its connections are set up and hang.
A bridge whose MTU nobody has set has that of its smallest port, which may be a guest's; one whose MTU was set
may have uplinks that take less. Source: section 6 of the design.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import of_interfaces
from godwit.domain.guest import InterfaceFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.places import place

NAME = "MTU"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per interface; those whose network isn't there are told by Networks."""
    nothing = "no interface of the guest is attached to a network that both hosts have"
    return of_interfaces(facts, NAME, _judged, nothing)


def _judged(facts: PreflightFacts, interface: InterfaceFacts) -> Check | None:
    here, there = place(interface, facts.source), place(interface, facts.destination)
    if here is None or there is None or there.network is None or (here.gone and not interface.mtu):
        return None
    if not there.network.active and not there.mtu:
        return None
    needed = interface.mtu or here.mtu
    if not needed or not there.mtu:
        silent = facts.destination if needed else facts.source
        message = f"interface {interface.mac}: the MTU of {there.words} on {silent.name} is not known"
        remedy = f"see `ip link show` and the agent's log on {silent.name}"
        return Check(NAME, CheckResult.NOT_RUN, silent.name, message, remedy)
    host = facts.destination.name
    if there.mtu < needed:
        whose = "the interface's own is" if interface.mtu else f"on {facts.source.name} it is"
        message = f"the MTU of {there.words} on {host} is {there.mtu}, {whose} {needed}"
        link = there.links[-1].name
        remedy = f"`ip link set {link} mtu {needed}` on {host}, on its uplinks and their switch too"
        return Check(NAME, CheckResult.FAIL, host, f"interface {interface.mac}: {message}", remedy)
    gets_out = min(needed, here.uplink_mtu)
    if 0 < there.uplink_mtu < gets_out:
        sizes = f"{there.uplink_mtu} bytes, on {facts.source.name} {gets_out}"
        message = f"the uplinks of {there.words} on {host} take {sizes}"
        uplinks = ", ".join(there.uplinks or ())
        remedy = f"set the MTU of {uplinks} on {host} to {gets_out}, and that of their switch"
        return Check(NAME, CheckResult.FAIL, host, f"interface {interface.mac}: {message}", remedy)
    return Check(NAME, CheckResult.PASS, host, f"{there.words}: {there.mtu} bytes")


RULE = Rule(
    NAME,
    check,
    remedy="Raise the MTU of the destination's network, and of what it leads to.",
    tested="tests/e2e/preflight/test_networks.py",
    unproven="that the switches between the hosts take such frames",
)
