"""Layers: those of a kept disk must be shared as it is; those of a copied one become one image with it."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.migration import Check
from godwit.domain.reasons import Reason
from godwit.domain.storage import Topic, copies, layers_of

NAME = Topic.BACKING_CHAIN.value


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per layer that is in the way; a pass names the chains that are flattened."""
    layered = [disk.target for disk in facts.guest.disks if layers_of(disk)]
    found = told(facts, Topic.BACKING_CHAIN)
    if not layered and not found:
        return not_applicable(facts.source, NAME, "no image is layered on another")
    flattened = [copy.target for copy in copies(facts.storage) if copy.flattened]
    message = f"becomes one image: {', '.join(flattened)}" if flattened else "all layers are shared"
    return found or passed(facts.source, NAME, message)


RULE = Rule(
    NAME,
    check,
    remedy="Share every layer, or copy the disk.",
    tested="tests/e2e/storage/test_layers.py",
    veto=Reason.DISK_REFUSED,
    live=True,
)
