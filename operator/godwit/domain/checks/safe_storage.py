"""Every image that stays lies on a kind of file system that libvirt takes for shared, or it refuses to begin.

libvirt believes no proof: it knows the kinds by name, and calls a writable image on any other `unsafe`.
`safety.unsafe` has it leave that out. Of copied, read-only, network and block disks it asks nothing, and of
cache modes only where QEMU is older than 4.0, which can't drop its host's caches. Source: libvirt 11.3,
`qemuMigrationSrcIsSafe` and `virFileIsSharedFS`.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.disks import DiskAction
from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.migration import Check, CheckResult
from godwit.domain.storage import ANEW

NAME = "SafeStorage"

KNOWN_AS_SHARED = frozenset(
    {
        "nfs",
        "nfs4",
        "gfs2",
        "ocfs2",
        "ceph",
        "gpfs",
        "acfs",
        "beegfs",
        "fuse.glusterfs",
        "fuse.quobyte",
    }
)
"""As the mount table calls them."""
DEPENDS_ON = {
    "cifs": "the version of its protocol",
    "smb3": "the version of its protocol",
    "afs": "which of its drivers is used",
}
"""Kinds that the kernel gives libvirt more than one number for, of which it knows one."""


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per disk that libvirt would stop at."""
    disks = _asked_about(facts)
    if not disks:
        return not_applicable(facts.source, NAME, "no image stays that libvirt asks this of")
    found = tuple(verdict for disk in disks if (verdict := _verdict(facts, disk)))
    told = ", ".join(f"{disk.target} on {disk.file_system}" for disk in disks)
    return found or passed(facts.source, NAME, f"libvirt takes for shared: {told}")


def _asked_about(facts: PreflightFacts) -> tuple[DiskFacts, ...]:
    kept = {line.target for line in facts.disks if line.action is DiskAction.KEEP}
    return tuple(
        disk
        for disk in facts.guest.disks
        if disk.target in kept and disk.kind is DiskKind.FILE and disk.writable
    )


def _verdict(facts: PreflightFacts, disk: DiskFacts) -> Check | None:
    host, kind = facts.source.name, disk.file_system
    if kind in KNOWN_AS_SHARED:
        return None
    what = f"disk {disk.target} ({disk.path}) lies on {kind or 'an unknown kind of file system'}"
    if facts.safety.unsafe:
        message = f"{what}, and safety.unsafe has libvirt ask nothing of that"
        remedy = "see to it that this file system may be mounted on two hosts at once"
        return Check(NAME, CheckResult.WARN, host, message, remedy)
    if not kind or kind in DEPENDS_ON:
        depends = f": that depends on {DEPENDS_ON[kind]}" if kind else ""
        message = f"{what}, and whether libvirt on {host} takes that for shared is not known{depends}"
        remedy = f"should it end with MigrateUnsafe, and both hosts share it: set safety.unsafe, {ANEW}"
        return Check(NAME, CheckResult.WARN, host, message, remedy)
    message = f"{what}, which libvirt on {host} does not take for shared: it would refuse to begin"
    return Check(NAME, CheckResult.FAIL, host, message, _remedy(host))


def _remedy(host: str) -> str:
    return (
        f"put it on one that libvirt knows (NFS, GFS2, OCFS2, CephFS, GlusterFS, ...); or, {ANEW}, set "
        f"safety.unsafe, if you know better; or safety.force: [{NAME}], where libvirt on {host} does: by "
        "`shared_filesystems` in its qemu.conf, or by a symlink on the way there"
    )


RULE = Rule(
    NAME,
    check,
    remedy="Put the image on a file system that libvirt knows as shared, or set `safety.unsafe`.",
    tested="tests/e2e/bad/test_disks.py",
    live=True,
    unproven="what qemu.conf says (`shared_filesystems`), and where a symlink on the way leads; forced, it "
    "leaves the last word to libvirt, which `safety.unsafe` does not; older libvirts know fewer kinds",
)
