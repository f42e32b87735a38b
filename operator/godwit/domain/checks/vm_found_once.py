"""The VM is on one host: two that list one UUID may hold two states of it, and a person must choose."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

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


RULE = Rule(
    NAME,
    check,
    remedy="Undefine the copy that should not be there.",
    tested="tests/e2e/older/test_vm_found_once.py",
    veto=Reason.VM_AMBIGUOUS,
)
