"""The clocks of both hosts agree, or what the guest and the certificates make of the time is wrong.

A guest takes its time from its host, so it jumps by the difference; so does what its downtime is measured
by. Both are compared with the operator's clock, by the stamps that each agent puts on its inspection.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult

NAME = "Clock"
WARN_SECONDS = 1.0
FAIL_SECONDS = 60.0


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """What is surely too much; the measurement is as exact as the agents' answers were quick."""
    source, host, skew = facts.source.name, facts.destination.name, facts.clock_skew
    remedy = f"let both hosts keep time with the same servers: `chronyc tracking` on {source} and on {host}"
    if skew is None:
        message = (
            f"how far the clocks of {source} and {host} are apart is not known: the operator began anew "
            "while they were looked at"
        )
        return (Check(NAME, CheckResult.WARN, host, message, remedy),)
    ahead, unsure = skew.destination_ahead_seconds, skew.uncertainty_seconds
    apart = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} that of {source}"
    message = f"the clock of {host} is {apart}, give or take {unsure:.1f} s"
    surely, perhaps = abs(ahead) - unsure, abs(ahead) + unsure
    if surely > FAIL_SECONDS:
        return (Check(NAME, CheckResult.FAIL, host, message, remedy),)
    if surely > WARN_SECONDS or perhaps > FAIL_SECONDS:
        return (Check(NAME, CheckResult.WARN, host, message, remedy),)
    return (Check(NAME, CheckResult.PASS, host, message),)


RULE = Rule(
    NAME,
    check,
    remedy="Let both hosts keep time with the same servers.",
    tested="tests/e2e/preflight/test_clock.py",
    live=True,
)
