"""Files at the destination that nobody copies: disks that stay where they are, and the firmware's variables.

The preflight has proven them, and a mount may go away since: QEMU would open what lies below it by the same
name. So the destination looks once more directly before the job, and refuses whatever is not the very file of
the inspection. Where there is no file of the firmware's variables libvirt makes one when the guest arrives,
and never removes it: that is written down before, and told when the guest doesn't stay.
"""

from godwit.domain.hosts.images import NVRAM, Looks
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.image_journal import CreatedResource, LeftBehind, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.storage.likeness import is_older
from godwit.domain.task import Failure, Task

_REPLICAS_SECONDS = 1
"""By which the times of one file may differ where a file system keeps it more than once."""


def paths(task: Task) -> tuple[str, ...]:
    """To be looked at before the job."""
    plan = task.spec.plan
    if plan is None:
        return ()
    named = (*(kept.path for kept in plan.kept), plan.nvram)
    return tuple(dict.fromkeys(path for path in named if path))


def changed(task: Task, looks: Looks) -> Failure | None:
    """All that is not, or not certainly, what the inspection saw."""
    plan, before = task.spec.plan, Looks(task.status.images)
    if plan is None:
        return None
    named = [(f"disk {kept.target}", kept.path) for kept in plan.kept]
    if plan.nvram:
        named.append(("the firmware's variables", plan.nvram))
    found = [
        f"{name}: {path} {wrong}"
        for name, path in named
        if (wrong := _differs(before.image(path), looks.image(path)))
    ]
    return Failure(Reason.DISK_CHANGED, "; ".join(found)) if found else None


def firmware(task: Task, looks: Looks) -> tuple[CreatedResource, ...]:
    """What libvirt will make when the guest arrives."""
    path = task.spec.plan.nvram if task.spec.plan else ""
    if not path or looks.image(path).kind is not FileKind.ABSENT:
        return ()
    return (CreatedResource(NVRAM, path, ResourceState.INTENDED),)


def without_firmware(resources: tuple[CreatedResource, ...]) -> tuple[CreatedResource, ...]:
    """Those that the agent makes by itself."""
    return tuple(resource for resource in resources if resource.kind != NVRAM)


def left_firmware(resource: CreatedResource, there: ImageFacts, why: str) -> tuple[LeftBehind, ...]:
    """It was not there before the guest came. Another may have put it there just then, so it stays."""
    if there.kind is FileKind.ABSENT or there.used_by:
        return ()
    why = why or "libvirt made it for the guest, and nothing shows that nobody else did"
    return (LeftBehind(resource.kind, resource.path, why, there.identity, in_doubt=True),)


def _differs(before: ImageFacts, now: ImageFacts) -> str:
    if before.kind is not FileKind.REGULAR:
        return ""  # another proof has spoken for it
    if now.kind is not FileKind.REGULAR:
        said = f" ({now.message})" if now.message else ""
        return f"was a file when it was inspected here, and is {now.kind.lower()} now{said}"
    if before.identity and before.identity != now.identity:
        return "is another file than the one that was inspected here"
    first, second = before.fingerprint, now.fingerprint
    if first is None or second is None:
        return ""
    sizes = first.capacity_bytes, second.capacity_bytes
    if sizes[0] != sizes[1]:
        return f"had {sizes[0]} bytes when it was inspected here, and has {sizes[1]} now"
    if is_older(first, second, cached_seconds=_REPLICAS_SECONDS):
        return "is an older file than the one that was inspected here"
    return ""
