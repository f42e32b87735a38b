"""No known bug of the two hosts' libvirt and QEMU stands in the way of this guest.

Fails where the migration would fail, or the guest would be lost; warns where it may go well. Each is told
with the release that mended it, or with the number of its report. The table is `godwit.domain.checks.bugs`;
its sources are libvirt's release notes.
"""

from godwit.domain.checks.bugs import BUGS, Bug, Span
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import passed, version_not_known
from godwit.domain.host import Hypervisor, Program, version_parts
from godwit.domain.migration import Check
from godwit.domain.task import Role

NAME = "KnownBugs"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per bug, at the host where something can be done about it."""
    unknown = tuple(
        version_not_known(host, NAME, program)
        for host in (facts.source, facts.destination)
        for program in Program
        if not host.status.versions.of(program)
    )
    if unknown:
        return unknown
    met = tuple(_verdict(facts, bug) for bug in BUGS if _is_met(facts, bug))
    return met or passed(facts.destination, NAME, "none of these versions, with this guest")


def _is_met(facts: PreflightFacts, bug: Bug) -> bool:
    return all(_holds(facts, span) for span in bug.spans) and bug.guest(facts)


def _holds(facts: PreflightFacts, span: Span) -> bool:
    return span.holds(version_parts(_host(facts, span.at).status.versions.of(span.program)))


def _verdict(facts: PreflightFacts, bug: Bug) -> Check:
    host = _host(facts, bug.at)
    message = f"{bug.message} ({bug.id}): {' and '.join(_named(facts, span) for span in bug.spans)}"
    return Check(NAME, bug.result, host.name, message, f"on {host.name}: {bug.remedy}")


def _named(facts: PreflightFacts, span: Span) -> str:
    host = _host(facts, span.at)
    return f"{span.program} {host.status.versions.of(span.program)} on {host.name}"


def _host(facts: PreflightFacts, at: Role) -> Hypervisor:
    return facts.source if at is Role.SOURCE else facts.destination


RULE = Rule(
    NAME,
    check,
    remedy="Upgrade what the message names.",
    tested="tests/e2e/older/test_versions.py",
    unproven="that a distribution has not mended a bug in its own package, or brought in another one",
)
