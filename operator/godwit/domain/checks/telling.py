"""How the checks tell what stands against a disk: each refusal once, under the name of its check."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.storage import Topic, refusals


def told(facts: PreflightFacts, topic: Topic) -> tuple[Check, ...]:
    """A failure per refusal of that topic, naming the disk, the reason and what to do."""
    return tuple(
        Check(
            topic.value,
            CheckResult.FAIL,
            facts.destination.name,
            f"{refusal.about}: {refusal.why}",
            refusal.remedy,
        )
        for refusal in refusals(facts.storage)
        if refusal.topic is topic
    )


def passed(facts: PreflightFacts, name: str, message: str) -> tuple[Check, ...]:
    """One pass."""
    return (Check(name, CheckResult.PASS, facts.destination.name, message),)


def not_applicable(facts: PreflightFacts, name: str, message: str) -> tuple[Check, ...]:
    """The guest has nothing of it."""
    return (Check(name, CheckResult.NOT_APPLICABLE, facts.destination.name, message),)
