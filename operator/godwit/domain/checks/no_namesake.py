"""The destination has no domain of that name or UUID: libvirt would overwrite an inactive one."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.guest import GuestView, Job
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

NAME = "NoNamesake"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A failure per domain: one may have the name, and another the UUID."""
    host = facts.destination.name
    found = tuple(_verdict(host, namesake) for namesake in facts.namesakes)
    return found or (Check(NAME, CheckResult.PASS, host),)


def _verdict(host: str, namesake: GuestView) -> Check:
    remedy = f"rename it (`virsh domrename`) or, if nobody needs it, undefine it on {host}"
    if namesake.job is Job.MIGRATION_IN:
        remedy = "a migration that Godwit did not start brings it there: wait for its end"
    message = f"{host} has a domain {namesake.name} (uuid {namesake.uuid}, {namesake.state.lower()}) already"
    return Check(NAME, CheckResult.FAIL, host, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Rename or undefine the domain at the destination.",
    tested="tests/e2e/bad/test_wrong_names.py",
    veto=Reason.NAMESAKE,
)
