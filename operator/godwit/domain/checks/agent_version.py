"""The agents are not older than the operator: an older one may drop a field that it does not know.

The other way round is no harm: a newer agent reads what an older operator writes.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.host import Hypervisor, version_parts
from godwit.domain.migration import Check, CheckResult

NAME = "AgentVersion"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """One verdict per host, with both versions."""
    return tuple(_of(host, facts.operator_version) for host in (facts.source, facts.destination))


def _of(host: Hypervisor, operator: str) -> Check:
    agent = host.status.versions.agent
    versions = f"{agent or 'unknown'}, the operator of {operator or 'unknown'}"
    told = f"the agent on {host.name} is of version {versions}"
    ours, theirs = _parts(operator), _parts(agent)
    if agent and agent == operator != "unknown":
        return Check(NAME, CheckResult.PASS, host.name, agent)
    if not ours or not theirs:
        remedy = f"see `kubectl get hypervisor {host.name} -o wide`, and GODWIT_IMAGE_VERSION of both pods"
        return Check(NAME, CheckResult.NOT_RUN, host.name, told, remedy)
    if theirs < ours:
        remedy = "upgrade the release, and wait until its DaemonSet godwit-agent has rolled out on that node"
        return Check(NAME, CheckResult.FAIL, host.name, told, remedy)
    return Check(NAME, CheckResult.PASS, host.name, agent)


def _parts(version: str) -> tuple[int, ...]:
    """Of the release: what makes it a pre-release or a build doesn't count."""
    return version_parts(version.partition("-")[0].partition("+")[0])


RULE = Rule(
    NAME,
    check,
    remedy="Let the agents' DaemonSet roll out.",
    tested="by unit tests: the lab installs both processes from one image",
    unproven="which of two pre-releases of one version is the older",
)
