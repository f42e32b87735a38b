"""No firewall keeps what the source's QEMU sends from the ports on which the destination's takes a guest in.

The destination's agent opens one of them for 5 s, and the source's calls there with a token that is good for
this once: what arrived has come the way that the guest will. Otherwise a migration fails when both hosts are
prepared, or hangs until its timeout. A call that was missed is awaited once more, as soon as the source's
agent is known to be there.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import passed
from godwit.domain.contact import Arrival, Contact
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer

NAME = "MigrationPort"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails where the token has not arrived, with how a first knock of the source's was answered."""
    source, host, road, contact = facts.source.name, facts.destination.name, facts.road, facts.contact
    if contact and contact.arrival is Arrival.ARRIVED:
        return passed(facts.destination, NAME, f"{source} reached port {contact.port} of {host} by its token")
    if road is None or road.answer is not Answer.OPEN:
        message = f"{source} does not reach {host} at all: see Reachable"
        return (Check(NAME, CheckResult.NOT_APPLICABLE, host, message),)
    if contact is None:
        older = host if facts.offer else source
        message = f"whether {source} reaches QEMU's ports of {host} is not known: {older} does not tell"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, f"upgrade the agent on {older}"),)
    if contact.arrival is Arrival.NOT_TRIED:
        return (_not_opened(facts, contact),)
    message = f"{source} does not reach port {contact.port} of {host}: {_WORDS[road.knock]}"
    remedy = (
        "let QEMU's TCP ports (49152 to 49215, or from migration_port_min to migration_port_max, if qemu.conf"
        f" has them) through every firewall from {source} to {host}; where {contact.port} is none of them, "
        f"name one by agent.migrationPort of the chart; see the agent's log on {source} too"
    )
    return (Check(NAME, CheckResult.FAIL, host, message, remedy),)


_WORDS = {
    Answer.REFUSED: "something refuses it, and the agent that listens there heard nothing",
    Answer.SILENT: "nobody answers, as behind a firewall that drops it",
    Answer.UNREACHABLE: "there is no way, or a firewall rejects it",
    Answer.UNKNOWN_NAME: "the name has no address",
    Answer.OPEN: "another program answers, on that host or on one before it",
    None: "the agent that listens there heard nothing",
}


def _not_opened(facts: PreflightFacts, contact: Contact) -> Check:
    source, host, port = facts.source.name, facts.destination.name, contact.port
    message = f"whether {source} reaches port {port} of {host} is not known: it can't be opened there"
    remedy = (
        f"`ss -ltnp 'sport = :{port}'` on {host} shows who has it; name another of QEMU's ports by "
        "agent.migrationPort of the chart"
    )
    return Check(NAME, CheckResult.WARN, host, f"{message} ({contact.message})", remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Let QEMU's migration ports through between the hosts.",
    tested="tests/e2e/preflight/test_reachable.py",
    unproven="the other ports: one is tried, by default the last (`agent.migrationPort` of the chart)",
    live=True,
)
