"""The guest's screen can listen at the destination where it listens now: that address, and that port.

QEMU opens them when it starts, so a wrong one would end the migration there. Every host has 0.0.0.0 and
127.0.0.1; any other address is one host's alone. Source: `<graphics>` in libvirt's documentation.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, not_asked, passed
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import Listener, Listening

NAME = "Graphics"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per address or port that is in the way."""
    host = facts.destination.name
    listeners = facts.reception.listeners if facts.reception else None
    if listeners is None:
        what = f"where the screen of VM {facts.vm.name} may listen on {host}"
        return not_asked(facts, NAME, what, f"by hand: `graphics` in `virsh dumpxml {facts.vm.name}`")
    if not listeners:
        return not_applicable(facts.source, NAME, "the guest's screen asks for no address or port of its own")
    found = tuple(_verdict(facts, each) for each in listeners if each.listening is not Listening.POSSIBLE)
    told = ", ".join(_named(each) for each in listeners)
    return found or passed(facts.destination, NAME, f"{told} is free on {host}")


def _verdict(facts: PreflightFacts, listener: Listener) -> Check:
    host, name = facts.destination.name, facts.vm.name
    what = f"the screen of VM {name} listens at {_named(listener)}"
    match listener.listening:
        case Listening.NO_SUCH_ADDRESS:
            message = f"{what}, and {host} has no address {listener.address}"
            remedy = f"shut the guest down and let it listen at 0.0.0.0 or at a network: `virsh edit {name}`"
        case Listening.PORT_TAKEN:
            message = f"{what}, and on {host} that port is taken"
            remedy = f"`ss -ltnp 'sport = :{listener.port}'` on {host} says by whom: end it"
        case _:
            message = f"{what}, and whether it can on {host} is not known"
            remedy = f"see to it that this is an address of {host}, and the port free there"
            return Check(NAME, CheckResult.WARN, host, message, remedy)
    return Check(NAME, CheckResult.FAIL, host, message, remedy)


def _named(listener: Listener) -> str:
    bracketed = f"[{listener.address}]" if ":" in listener.address else listener.address
    return f"{listener.graphics} {bracketed}" + (f":{listener.port}" if listener.port else "")


RULE = Rule(
    NAME,
    check,
    remedy="Let the screen listen at an address that every host has, with ports that libvirt chooses.",
    tested="tests/e2e/preflight/test_graphics.py",
    unproven="a name instead of an address, which is a warning; that a port which is free now stays so",
    live=True,
)
