"""The guest has no more vCPUs than the destination has CPUs: more would only wait for each other.

Source: openEuler's guide. Counted are vCPUs that are plugged in and CPUs that are online. More than QEMU's
machine type can have is refused by the check `Definition`.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import passed
from godwit.domain.migration import Check, CheckResult

NAME = "VCPUs"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with both numbers."""
    host, vcpus, cpus = facts.destination.name, facts.guest.vcpus, facts.destination.status.cpu.count
    if not cpus:
        message = f"how many CPUs {host} has is not known"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, f"see the log of the agent on {host}"),)
    if vcpus <= cpus:
        return passed(facts.destination, NAME, f"{vcpus} of {cpus}")
    message = f"VM {facts.vm.name} has {vcpus} vCPUs, {host} has {cpus} CPUs"
    remedy = (
        f"name a larger host, take vCPUs away (`virsh setvcpus {facts.vm.name} {cpus} --config` on "
        f"{facts.source.name}, from its next start on), or force it: the guest will be slow"
    )
    return (Check(NAME, CheckResult.FAIL, host, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Choose a host with more CPUs, or take vCPUs away.",
    tested="tests/e2e/preflight/test_vcpus.py",
)
