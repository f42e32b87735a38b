"""Both agents live: from here on each must be able to say at any moment what its host shows.

A veto, since nothing is ever decided about a guest without evidence from both hosts.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

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
    tested="by its pure tests: a host that falls silent before it has told its facts ends the wait for them "
    "(tests/e2e/bad/test_silent_host.py), so only one that does so in the last moment comes this far",
    veto=Reason.HYPERVISOR_NOT_READY,
)
