"""What an attempt copies, how far that is, and what room it still takes at its destination."""

from godwit.domain.image import Copy
from godwit.domain.storage import Promise, promises
from godwit.domain.task import Goal, Role, Task

_ON_ITS_WAY = frozenset({Goal.PREPARED, Goal.MIGRATED})


def copies_of(task: Task) -> tuple[Copy, ...]:
    """None before there is a plan."""
    return task.spec.plan.copies if task.spec.plan else ()


def copies_now(source: Task) -> bool:
    """Its job has disks to copy, and has not told of the memory yet, which comes after them."""
    progress = source.status.progress
    return bool(copies_of(source)) and (progress is None or progress.memory_total_bytes == 0)


def promised(destination: Task, source: Task | None) -> tuple[Promise, ...]:
    """What images of this attempt will still grow at the destination: nothing once the disks are copied.

    What is copied already is missing in the file system's free space, and must not be counted twice.
    """
    on_its_way = destination.spec.role is Role.DESTINATION and destination.spec.goal in _ON_ITS_WAY
    if not on_its_way or (source is not None and (source.status.stopped or not copies_now(source))):
        return ()
    copied = {each.target: each.copied_bytes for each in source.status.copied} if source else {}
    copies = copies_of(destination)
    return promises(copies, {copy.path: copied.get(copy.target, 0) for copy in copies})
