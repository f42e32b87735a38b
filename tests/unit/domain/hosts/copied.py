"""A guest with a local disk that is copied, as both hosts see it."""

from msgspec.structs import replace

from godwit.domain.guest import DiskFacts, DiskKind
from godwit.domain.image import Copy, FileKind, Fingerprint, ImageFacts
from godwit.domain.task import Goal, StopDetail, Stopped, TaskStatus

from ..builders import DISK, FACTS, NOON, RUN_MARK, STARTING, STRICT

MIB = 1 << 20
SECONDS = int(NOON.timestamp())


def at(seconds: float) -> str:
    """Relative to noon, as libvirt tells it."""
    return f"{SECONDS + int(seconds)}.000000001"


def image(path: str = "/local/vdb.img", modified: float = -1, changed: float | None = None) -> ImageFacts:
    times = at(modified), at(modified if changed is None else changed)
    return ImageFacts(
        path=path,
        kind=FileKind.REGULAR,
        format="raw",
        virtual_size_bytes=MIB,
        fingerprint=Fingerprint(MIB, MIB, *times),
        identity="fs:1",
    )


LOCAL = DiskFacts("vdb", DiskKind.FILE, path="/local/vdb.img", format="raw", image=image())
COPY = Copy("vdb", LOCAL.path, "raw", MIB)
DELETED = replace(COPY, delete_source=True)
PLAN = replace(STRICT, copies=(COPY,))
DELETING = replace(STRICT, copies=(DELETED,), delete_nvram=True)
INSPECTED = TaskStatus(reached=Goal.INSPECTED, facts=replace(FACTS, disks=(DISK, LOCAL)), run_mark=RUN_MARK)
BEGUN = replace(INSPECTED, reached=Goal.PREPARED, starting=STARTING)
LEFT = replace(BEGUN, reached=Goal.MIGRATED, stopped=Stopped(StopDetail.MIGRATED, NOON))
