"""The destination's QEMU is not older: an older one may not read what a newer one sends. A warning only.

QEMU keeps the way to newer versions open, by its machine types; the way back is tried by nobody. What the
guest itself needs there, the checks of its definition and of its CPU say.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.older import judged
from godwit.domain.checks.rule import Rule
from godwit.domain.host import Program
from godwit.domain.migration import Check

NAME = "QEMUVersion"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Warns with both versions."""
    remedy = "migrating to an older QEMU is not what its developers test: upgrade the destination first"
    return judged(facts, NAME, Program.QEMU, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Upgrade the destination first.",
    tested="tests/e2e/older/test_versions.py",
    unproven="which QEMU a guest runs that was started before the host's was upgraded",
)
