"""Encrypted disks: the destination has their secrets."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.migration import Check
from godwit.domain.reasons import Reason
from godwit.domain.storage import Topic

NAME = Topic.ENCRYPTION.value


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per disk whose secret is missing, and per one that would have to be made."""
    encrypted = [disk.target for disk in facts.guest.disks if disk.encrypted]
    found = told(facts, Topic.ENCRYPTION)
    if not encrypted and not found:
        return not_applicable(facts.source, NAME, "no disk is encrypted")
    message = f"the destination has the secrets of {', '.join(encrypted)}"
    return found or passed(facts.destination, NAME, message)


RULE = Rule(
    NAME,
    check,
    remedy="Define the disk's secret at the destination.",
    tested="tests/e2e/storage/test_busy_images.py",
    veto=Reason.DISK_REFUSED,
    live=True,
)
