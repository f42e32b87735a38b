"""A destination that has to make the images of two disks, one of them in a directory that is missing."""

from msgspec.structs import replace

from godwit.domain.image import Copy
from godwit.domain.task import Goal, Role, Task, TaskStatus

from ...fakes.hypervisor_files import MEBIBYTE
from .bench import STRICT, UID, Bench

VDA = Copy("vda", "/local/vda.img", "qcow2", 8 * MEBIBYTE, mode="0600", needed_bytes=8 * MEBIBYTE)
VDB = Copy("vdb", "/local/new/deep/vdb.img", "raw", 4 * MEBIBYTE, needed_bytes=4 * MEBIBYTE)
LEVELS = ["/local/new", "/local/new/deep"]
COPIES = (VDA, VDB)
PLAN = replace(STRICT, copies=COPIES)
IN_ORDER = [*(f"make_directory {level}" for level in LEVELS), *(f"create {copy.path}" for copy in COPIES)]


def must_exist(bench: Bench) -> Copy:
    """One that the inspection saw at the destination."""
    file = bench.libvirt.put_file(VDA.path, "of somebody")
    file.format, file.virtual_size_bytes, file.allocated_bytes = "qcow2", VDA.virtual_size_bytes, 0
    return replace(VDA, create=False, existing=file.fingerprint())


async def inspected(bench: Bench, *copies: Copy) -> Task:
    """The destination's task, its plan written, and nothing made yet."""
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION, images=tuple(copy.path for copy in copies))
    await bench.look()
    return bench.move("t", Goal.PREPARED, replace(STRICT, copies=copies))


async def prepared(bench: Bench, *copies: Copy) -> TaskStatus:
    """Everything is made."""
    await inspected(bench, *(copies or COPIES))
    await bench.look()
    status = bench.status()
    assert status.reached is Goal.PREPARED, status.failure
    return status


def another_migration(bench: Bench, *copies: Copy, reached: Goal = Goal.PREPARED) -> None:
    """Of another VM, on its way to this host."""
    uuid = "99999999-2222-3333-4444-555555555555"
    bench.claim("another", uuid)
    plan = replace(STRICT, copies=copies)
    status = TaskStatus(reached=reached)
    bench.put("other", Goal.PREPARED, status, plan=plan, role=Role.DESTINATION, uid="another", uuid=uuid)


def images(bench: Bench) -> list[str]:
    return sorted(bench.libvirt.local_files)


MARK = f"{UID}/1"
