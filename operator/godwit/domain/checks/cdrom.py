"""Removable media: the destination has the same, or the drive may arrive empty."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.disks import DiskAction
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason
from godwit.domain.storage import Topic, is_removable

NAME = Topic.CDROM.value


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per medium that is in the way, a warning per drive that arrives empty."""
    drives = [disk.target for disk in facts.guest.disks if is_removable(disk) and disk.path]
    found = told(facts, Topic.CDROM)
    if not drives and not found:
        return not_applicable(facts.source, NAME, "no drive has a medium in it")
    emptied = tuple(
        Check(
            NAME,
            CheckResult.WARN,
            facts.destination.name,
            f"disk {line.target} ({line.path}) arrives empty: {line.proof}",
            "copy the medium to the destination, under the same path, to keep it in the drive",
        )
        for line in facts.disks
        if line.action is DiskAction.EJECT
    )
    return (*found, *emptied) or passed(facts.destination, NAME, f"the media of {', '.join(drives)} stay")


RULE = Rule(
    NAME,
    check,
    remedy="Put the same medium under the same path at the destination, or eject it.",
    tested="tests/e2e/storage/test_media.py",
    veto=Reason.DISK_REFUSED,
    live=True,
)
