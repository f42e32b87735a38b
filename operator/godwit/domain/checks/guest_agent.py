"""Where the guest has an agent configured, it holds its channel open: a guest without may be ill.

Nothing of the migration needs it, so this never stops one, and nobody is asked anything. Source: the state of
the channel in the live definition.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.equipment import GuestAgent
from godwit.domain.migration import Check, CheckResult

NAME = "GuestAgent"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Warns, at the most."""
    host, name = facts.source.name, facts.vm.name
    match facts.guest.equipment.agent if facts.guest.equipment else GuestAgent.UNKNOWN:
        case GuestAgent.NONE:
            return not_applicable(facts.source, NAME, "no guest agent is configured")
        case GuestAgent.CONNECTED:
            return passed(facts.source, NAME, "the guest agent holds its channel open")
        case GuestAgent.DISCONNECTED:
            message = f"VM {name} has a channel for a guest agent, and nobody holds it open"
        case _:
            message = f"whether the guest agent of VM {name} is there is not known"
    ping = '{"execute":"guest-ping"}'
    remedy = f"`virsh qemu-agent-command {name} '{ping}'` asks it; start it in the guest"
    return (Check(NAME, CheckResult.WARN, host, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Start the guest agent in the guest, or take its channel away.",
    tested="tests/e2e/preflight/test_guest_agent.py",
    unproven="that an agent which holds its channel open answers",
)
