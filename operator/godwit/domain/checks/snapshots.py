"""No snapshots and checkpoints: libvirt migrates no guest that has any, as they would be lost.

It does not help to force this check: libvirt refuses then, and the guest stays where it is.
"""

from shlex import quote

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable
from godwit.domain.migration import Check, CheckResult

NAME = "Snapshots"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict for each of the two kinds, with the names."""
    kinds = (("snapshot", facts.guest.snapshots), ("checkpoint", facts.guest.checkpoints))
    found = tuple(_refusal(facts, kind, names) for kind, names in kinds if names)
    return found or not_applicable(facts.source, NAME, "the guest has no snapshot and no checkpoint")


def _refusal(facts: PreflightFacts, kind: str, names: tuple[str, ...]) -> Check:
    commands = ", ".join(f"`virsh {kind}-delete {quote(facts.vm.name)} {quote(name)}`" for name in names)
    kinds = f"{kind}{'s' if len(names) > 1 else ''}"
    return Check(
        NAME,
        CheckResult.FAIL,
        facts.source.name,
        f"VM {facts.vm.name} has the {kinds} {', '.join(names)}: libvirt would not move it, forced or not",
        f"{commands} on {facts.source.name}, if nobody needs it",
    )


RULE = Rule(
    NAME,
    check,
    remedy="Delete the snapshots and checkpoints that nobody needs.",
    tested="tests/e2e/storage/test_busy_images.py",
)
