"""What is copied, and only that: local images in plain files.

Copied onto itself, a shared disk is destroyed; libvirt copies raw devices without asking, and fails late over
a drive that is read-only or empty. A local disk that is left out would be left behind.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.migration import Check
from godwit.domain.storage import Topic, copies

NAME = Topic.COPY_LIST.value


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per mistake in the list; else one pass that names what is copied."""
    found = told(facts, Topic.COPY_LIST)
    chosen = copies(facts.storage)
    if not found and not chosen:
        return not_applicable(facts.source, NAME, "no disk is copied")
    return found or passed(facts.source, NAME, f"copied: {', '.join(copy.target for copy in chosen)}")
