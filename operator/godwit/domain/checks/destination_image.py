"""The image that a disk is copied into: absent, or exactly as it must be; never the source's own file.

libvirt never asks what is there, follows a dangling symlink, and takes an image of any size until QEMU stops.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed, told
from godwit.domain.disks import Provisioning
from godwit.domain.migration import Check
from godwit.domain.reasons import Reason
from godwit.domain.storage import Topic, wanted_copies

NAME = Topic.DESTINATION_IMAGE.value


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per mistake; else one pass that says what becomes of what is there."""
    found = told(facts, Topic.DESTINATION_IMAGE)
    chosen = wanted_copies(facts.storage)
    if not found and not chosen:
        return not_applicable(facts.destination, NAME, "no disk is copied")
    paths = ", ".join(copy.path for copy in chosen)
    if facts.storage.wish.provisioning is Provisioning.CREATE:
        return found or passed(facts.destination, NAME, f"will be made: {paths}")
    return found or passed(facts.destination, NAME, f"former content is lost once the copy begins: {paths}")


RULE = Rule(
    NAME,
    check,
    remedy="Move away what lies there, or name it with `provisioning: MustExist`.",
    tested="tests/e2e/storage/test_destination_images.py",
    veto=Reason.DISK_REFUSED,
    live=True,
)
