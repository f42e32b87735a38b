"""The destination is not in maintenance: its admin lets guests leave it, and none come.

The source may be: that is why one moves its guests away.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult

NAME = "Maintenance"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with the command that ends it."""
    host = facts.destination
    if not host.spec.maintenance:
        return (Check(NAME, CheckResult.PASS, host.name),)
    end = f'`kubectl patch hypervisor {host.name} --type merge -p \'{{"spec":{{"maintenance":false}}}}\'`'
    message = f"{host.name} is in maintenance (spec.maintenance of its Hypervisor)"
    remedy = f"choose another destination, or end the maintenance: {end}"
    return (Check(NAME, CheckResult.FAIL, host.name, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Choose another destination, or end the maintenance.",
    tested="tests/e2e/preflight/test_kubernetes.py",
)
