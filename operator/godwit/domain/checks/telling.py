"""How the checks tell what stands against a disk: each refusal once, under the name of its check.

A check names the host that it speaks of: the source where the guest's own definition and images are meant.
"""

from collections.abc import Callable

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import Hypervisor, Program
from godwit.domain.migration import Check, CheckResult
from godwit.domain.storage import Topic, refusals
from godwit.domain.task import Role

InterfaceJudge = Callable[[PreflightFacts, InterfaceFacts], Check | None]
"""The verdict about one interface; None: another check tells of it, or there is nothing to say."""


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


def owner(label: str) -> str:
    """`107:107`, as people write it; libvirt's plus says that it is a number."""
    return label.replace("+", "")


def not_told(host: Hypervisor, name: str, message: str) -> tuple[Check, ...]:
    """An older agent looked at that host."""
    return (Check(name, CheckResult.NOT_RUN, host.name, message, f"upgrade the agent on {host.name}"),)


def not_asked(facts: PreflightFacts, name: str, what: str, by_hand: str) -> tuple[Check, ...]:
    """The destination was not asked about the guest's definition, or could not be."""
    host = facts.destination.name
    message, remedy = (
        f"{what} is not known: it was not asked",
        f"see the log of the agent on {host}; {by_hand}",
    )
    return (Check(name, CheckResult.NOT_RUN, host, message, remedy),)


def version_not_known(host: Hypervisor, name: str, program: Program) -> Check:
    """Its agent could not ask it."""
    message = f"the version of {program} on {host.name} is not known"
    return Check(name, CheckResult.NOT_RUN, host.name, message, f"see the log of the agent on {host.name}")


def interfaces_not_told(host: Hypervisor, name: str) -> tuple[Check, ...]:
    """An older agent looked at the guest."""
    message = f"the agent on {host.name} has not told what the guest's interfaces are attached to"
    return not_told(host, name, message)


def of_interfaces(facts: PreflightFacts, name: str, judge: InterfaceJudge, nothing: str) -> tuple[Check, ...]:
    """What does not pass of the guest's interfaces, or one pass for all; `nothing`: none could be judged."""
    if facts.guest.interfaces is None:
        return interfaces_not_told(facts.source, name)
    judged = tuple(verdict for each in facts.guest.interfaces if (verdict := judge(facts, each)))
    if not judged:
        return not_applicable(facts.destination, name, nothing)
    found = tuple(verdict for verdict in judged if verdict.result is not CheckResult.PASS)
    return found or passed(facts.destination, name, "; ".join(dict.fromkeys(each.message for each in judged)))


def not_applicable(host: Hypervisor, name: str, message: str) -> tuple[Check, ...]:
    """The guest has nothing of it."""
    return (Check(name, CheckResult.NOT_APPLICABLE, host.name, message),)
