"""QEMU's user at the destination may open each image that stays where it is. Warns where that is in doubt.

A guest whose image can't be opened does not start there, and stays at its source. Where QEMU is the same user
and group on both hosts, the source's has the very file open. Elsewhere owner and mode decide; where these
grant nothing, libvirt changes the owner first (`dynamic_ownership`), which a server of shared storage refuses
to a root that it squashes.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, not_told, owner, passed
from godwit.domain.disks import Disk, DiskAction
from godwit.domain.guest import DiskKind
from godwit.domain.host import Hypervisor
from godwit.domain.image import ImageFacts
from godwit.domain.migration import Check, CheckResult

NAME = "ImageAccess"
DAC = "dac"
_READ, _READ_WRITE = 0o4, 0o6


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A warning per image that this user may be unable to open."""
    destination, placement = facts.destination, facts.guest.placement
    kept = [line for line in facts.disks if line.action is DiskAction.KEEP and line.kind is DiskKind.FILE]
    if not kept:
        return not_applicable(destination, NAME, "no image in a file stays where it is")
    unknown = [host for host in (facts.source, destination) if not host.status.security]
    if placement is None or unknown:
        silent = unknown[0] if unknown else facts.source
        message = f"as which user QEMU opens images is not known of {silent.name}"
        return not_told(silent, NAME, message)
    here, there = (_user(host, placement.virt_type) for host in (facts.source, destination))
    if here == there or DAC in placement.fixed_labels:
        return passed(destination, NAME, "QEMU is the same user on both hosts")
    found = tuple(_doubt(facts, line, there) for line in kept if not _may_open(facts, line, there))
    return found or passed(destination, NAME, f"owner and mode of each image let {there} open it")


def _user(host: Hypervisor, virt_type: str) -> str:
    labels = (each for each in host.status.security if (each.model, each.virt_type) == (DAC, virt_type))
    return next((owner(each.base_label) for each in labels), "")


def _may_open(facts: PreflightFacts, line: Disk, user: str) -> bool:
    image, disk = facts.storage.image(line.path), facts.storage.disk(line.target)
    if image is None or not image.mode or image.owner is None:
        return False
    needed = _READ if disk is not None and disk.read_only else _READ_WRITE
    return _granted(image, user) & needed == needed


def _granted(image: ImageFacts, user: str) -> int:
    """The bits that hold for that user, `uid:gid`; that root may do anything is not counted."""
    mode, (uid, _, gid) = int(image.mode, 8), user.partition(":")
    if uid == str(image.owner):
        return mode >> 6 & 7
    return (mode >> 3 if gid == str(image.group) else mode) & 7


def _doubt(facts: PreflightFacts, line: Disk, user: str) -> Check:
    host, image = facts.destination.name, facts.storage.image(line.path)
    seen = "it is not known whose it is"
    if image is not None and image.mode:
        seen = f"it is {image.owner}:{image.group} {image.mode} there"
    message = (
        f"disk {line.target}: QEMU on {host} opens {line.path} as {user or 'an unknown user'}, and {seen}: "
        "libvirt has to change its owner"
    )
    remedy = "run QEMU as the same user on both hosts (`user` and `group` in /etc/libvirt/qemu.conf)"
    return Check(NAME, CheckResult.WARN, host, message, remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Run QEMU as the same user on both hosts, or give the image a mode that lets both open it.",
    tested="tests/e2e/preflight/test_permissions.py",
    unproven="what a server of shared storage lets each host do: exports may differ by client; ACLs",
    live=True,
)
