"""Encrypted disks: the destination has their secrets."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.migration import Check
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
