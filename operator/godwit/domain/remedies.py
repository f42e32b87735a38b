"""What to do about a job that libvirt refused or lost: its own words tell only what is wrong."""

from godwit.domain.reasons import Reason

_REMEDIES: dict[Reason, str] = {
    Reason.MIGRATE_UNSAFE: (
        "libvirt doesn't hold the disks' place for shared, or their cache mode for safe: put them on a "
        "file system that it knows as shared, with cache='none'; or, in a new VMMigration, set "
        "safety.unsafe, if you know better"
    ),
    Reason.CONNECTION_FAILED: (
        "see that libvirtd or virtproxyd listens on the destination (port 16514), and that no firewall "
        "closes that port or QEMU's (49152 to 49215) between the hosts"
    ),
    Reason.TLS_FAILED: (
        "both hosts need certificates of an authority that the other one knows, for libvirt and for QEMU, "
        "and the destination's have to name its address"
    ),
    Reason.GUEST_BUSY: "wait for the end of that job, then create a new VMMigration",
    Reason.JOB_LOST: "no job is ever begun twice; create a new VMMigration",
    Reason.SAME_IMAGE: (
        "give the destination an image of its own at that path (no hard link, no bind mount, no other way to "
        "the same export), or mount the source's directory there so that the disk is proven to be shared"
    ),
    Reason.IMAGE_EXISTS: (
        "remove it there, if nobody needs it; then create a new VMMigration, with storage.provisioning "
        "MustExist where it is to be copied over"
    ),
    Reason.IMAGE_MISSING: "find out who removes images on that host, then create a new VMMigration",
    Reason.DISK_CHANGED: (
        "see that the disk's file system is mounted there and that nobody replaces the file, then create a "
        "new VMMigration"
    ),
    Reason.NO_SPACE: "free space there, or choose another destination; then create a new VMMigration",
    Reason.OPERATION_TIMEOUT: (
        "libvirt itself is busy with that domain: if `virsh list` goes on to show it, restart libvirtd "
        "(virtqemud) there, which no guest notices"
    ),
    Reason.ABORTED_OUTSIDE: "somebody ended the job by libvirt; create a new VMMigration",
}


def remedy(reason: Reason) -> str:
    """As the end of a message; empty for a reason that asks for nothing special."""
    known = _REMEDIES.get(reason)
    return f". {known[0].upper()}{known[1:]}" if known else ""
