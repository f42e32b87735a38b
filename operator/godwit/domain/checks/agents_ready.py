"""Both agents live: from here on each must be able to say at any moment what its host shows."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult

NAME = "AgentReady"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """One verdict per host."""
    return tuple(
        Check(NAME, CheckResult.PASS, host.name)
        if host.ready
        else Check(
            NAME,
            CheckResult.FAIL,
            host.name,
            f"the agent on {host.name} does not renew its Lease",
            f"see the agent's pod on node {host.name}",
        )
        for host in (facts.source, facts.destination)
    )


RULE = Rule(
    NAME,
    check,
    remedy="See the agent's pod on that node.",
    tested="tests/e2e/bad/test_silent_host.py",
)
