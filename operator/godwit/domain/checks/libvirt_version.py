"""The destination's libvirt is not older: an older one may not know what the guest uses. A warning only."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.older import judged
from godwit.domain.checks.rule import Rule
from godwit.domain.host import Program
from godwit.domain.migration import Check

NAME = "LibvirtVersion"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Warns with both versions."""
    remedy = "migrating to an older libvirt is not what its developers test: upgrade the destination first"
    return judged(facts, NAME, Program.LIBVIRT, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Upgrade the destination first.",
    tested="tests/e2e/older/test_versions.py",
)
