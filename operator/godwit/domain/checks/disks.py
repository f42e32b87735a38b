"""Every writable disk is proven shared; what can't be proven is not shared, and is refused by its name."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check, CheckResult, Disk, DiskAction

NAME = "Disks"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per refused disk; one pass when there is none."""
    if not facts.disks:
        message = f"VM {facts.vm.name} has no disk"
        return (Check(NAME, CheckResult.NOT_APPLICABLE, facts.source.name, message),)
    refused = [disk for disk in facts.disks if disk.action is DiskAction.REFUSE]
    if not refused:
        return (Check(NAME, CheckResult.PASS, facts.destination.name),)
    return tuple(_refusal(facts, disk) for disk in refused)


def _refusal(facts: PreflightFacts, disk: Disk) -> Check:
    return Check(
        NAME,
        CheckResult.FAIL,
        facts.destination.name,
        f"disk {disk.target} ({disk.path or disk.kind}) is not proven to be shared: {disk.proof}",
        f"put it on storage that {facts.source.name} and {facts.destination.name} mount at the same path",
    )
