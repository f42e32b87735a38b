"""The destination has no domain of that name or UUID: libvirt would overwrite an inactive one."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.guest import Job
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

NAME = "NoNamesake"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails naming what is there."""
    namesake, host = facts.namesake, facts.destination.name
    if namesake is None:
        return (Check(NAME, CheckResult.PASS, host),)
    remedy = f"rename it (`virsh domrename`) or, if nobody needs it, undefine it on {host}"
    if namesake.job is Job.MIGRATION_IN:
        remedy = "a migration that Godwit did not start brings it there: wait for its end"
    return (
        Check(
            NAME,
            CheckResult.FAIL,
            host,
            f"{host} has a domain {namesake.name} (uuid {namesake.uuid}, {namesake.state.lower()}) already",
            remedy,
        ),
    )


RULE = Rule(
    NAME,
    check,
    remedy="Rename or undefine the domain at the destination.",
    tested="tests/e2e/bad/test_wrong_names.py",
    veto=Reason.NAMESAKE,
)
