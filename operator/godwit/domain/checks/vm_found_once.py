"""The VM is on one host: two that list one UUID may hold two states of it, and a person must choose."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check, CheckResult

NAME = "VMFoundOnce"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails for each further host that lists the UUID (the destination has a check of its own)."""
    host = facts.source.name
    if not facts.elsewhere:
        return (Check(NAME, CheckResult.PASS, host),)
    return (
        Check(
            NAME,
            CheckResult.FAIL,
            host,
            f"VM {facts.vm.name} (uuid {facts.vm.uuid}) is also on {', '.join(facts.elsewhere)}",
            "undefine it there, if that copy is not needed",
        ),
    )
