"""Every disk is proven shared, or can be copied; what is neither is refused by its name."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.migration import Check
from godwit.domain.reasons import Reason
from godwit.domain.storage import Topic

NAME = "Disks"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per refused disk; else one pass that names what becomes of each."""
    found = told(facts, Topic.DISKS)
    if not facts.disks and not found:
        return not_applicable(facts.source, NAME, f"VM {facts.vm.name} has no disk")
    lines = (f"{disk.target} {disk.disk_class}: {disk.action}" for disk in facts.disks)
    return found or passed(facts.source, NAME, ", ".join(lines))


RULE = Rule(
    NAME,
    check,
    remedy="As the verdict says of the disk: share it, copy it, or take it out of the guest.",
    tested="tests/e2e/storage/test_classes.py",
    veto=Reason.DISK_REFUSED,
    live=True,
)
