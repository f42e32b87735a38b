"""The guest runs, or is paused by its user: anything else can't be moved live."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import Check, CheckResult

NAME = "VMRuns"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with the state that it is in."""
    view, host = facts.guest.view, facts.source.name
    if view.state in (DomainState.RUNNING, DomainState.BLOCKED):
        return (Check(NAME, CheckResult.PASS, host),)
    if view.state is DomainState.PAUSED and view.reason is StateReason.USER:
        return (Check(NAME, CheckResult.PASS, host, "paused by its user; it stays paused"),)
    return (
        Check(
            NAME,
            CheckResult.FAIL,
            host,
            f"VM {facts.vm.name} is {view.state.lower()} ({view.reason.lower()})",
            f"`virsh domstate {facts.vm.name} --reason` says why; a live migration needs a guest that runs",
        ),
    )


RULE = Rule(
    NAME,
    check,
    remedy="Start or resume the guest; a paused one may stay paused if its user paused it.",
    tested="tests/e2e/bad/test_busy_guests.py",
)
