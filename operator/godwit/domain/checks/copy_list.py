"""What is copied, and only that: local images in plain files.

Copied onto itself, a shared disk is destroyed; libvirt copies raw devices without asking, and fails late over
a drive that is read-only or empty. A local disk that is left out would be left behind.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.migration import Check
from godwit.domain.reasons import Reason
from godwit.domain.storage import Topic, copies

NAME = Topic.COPY_LIST.value


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per mistake in the list; else one pass that names what is copied."""
    found = told(facts, Topic.COPY_LIST)
    chosen = copies(facts.storage)
    if not found and not chosen:
        return not_applicable(facts.source, NAME, "no disk is copied")
    return found or passed(facts.source, NAME, f"copied: {', '.join(copy.target for copy in chosen)}")


RULE = Rule(
    NAME,
    check,
    remedy="Name in `storage.disks` exactly the local disks, or leave the list out.",
    tested="tests/e2e/storage/test_copy_list.py",
    veto=Reason.DISK_REFUSED,
    live=True,
)
