"""The destination's Node takes new work: it is neither cordoned nor being deleted.

A guest is no pod, so Kubernetes itself would not keep it away from a node that is about to go.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult

NAME = "NodeSchedulable"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict for each of the two; a source that is cordoned is what one moves away from."""
    host, node = facts.destination.name, facts.destination.node
    if node is None:
        message = f"whether node {host} takes new work is not known: there is no Node of that name"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, f"see `kubectl get node {host}`"),)
    found = []
    if node.cordoned:
        message, remedy = f"node {host} is cordoned (spec.unschedulable)", f"`kubectl uncordon {host}`"
        found.append(Check(NAME, CheckResult.FAIL, host, message, remedy))
    if node.deleting:
        message, remedy = f"node {host} is being deleted", "choose another destination"
        found.append(Check(NAME, CheckResult.FAIL, host, message, remedy))
    return tuple(found) or (Check(NAME, CheckResult.PASS, host),)


RULE = Rule(
    NAME,
    check,
    remedy="Uncordon the node, or choose another destination.",
    tested="tests/e2e/preflight/test_kubernetes.py",
)
