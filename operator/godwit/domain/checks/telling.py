"""How the checks tell what stands against a disk: each refusal once, under the name of its check.

A check names the host that it speaks of: the source where the guest's own definition and images are meant.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult
from godwit.domain.storage import Topic, refusals
from godwit.domain.task import Role


def told(facts: PreflightFacts, topic: Topic) -> tuple[Check, ...]:
    """A failure per refusal of that topic, naming the host, the disk, the reason and what to do."""
    return tuple(
        Check(
            topic.value,
            CheckResult.FAIL,
            (facts.source if refusal.at is Role.SOURCE else facts.destination).name,
            f"{refusal.about}: {refusal.why}",
            refusal.remedy,
        )
        for refusal in refusals(facts.storage)
        if refusal.topic is topic
    )


def passed(host: Hypervisor, name: str, message: str) -> tuple[Check, ...]:
    """One pass."""
    return (Check(name, CheckResult.PASS, host.name, message),)


def interfaces_not_told(host: Hypervisor, name: str) -> tuple[Check, ...]:
    """An older agent looked at the guest."""
    message = f"the agent on {host.name} has not told what the guest's interfaces are attached to"
    return (Check(name, CheckResult.NOT_RUN, host.name, message, f"upgrade the agent on {host.name}"),)


def not_applicable(host: Hypervisor, name: str, message: str) -> tuple[Check, ...]:
    """The guest has nothing of it."""
    return (Check(name, CheckResult.NOT_APPLICABLE, host.name, message),)
