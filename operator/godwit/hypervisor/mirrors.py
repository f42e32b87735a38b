"""Block jobs that copy disks to the peer, while libvirt's migration job runs.

All of it looks and acts on what is there at that moment: a job that has ended in between is no error.
"""

import libvirt
import libvirt_qemu
import msgspec

from godwit.domain.image import Mirror
from godwit.domain.reasons import Reason
from godwit.hypervisor import errors
from godwit.hypervisor.calls import MODIFYING_SECONDS, Calls
from godwit.hypervisor.errors import code_of
from godwit.hypervisor.lookup import find
from godwit.hypervisor.ports import HypervisorError
from godwit.hypervisor.xml import block_jobs, parse

# A disk that is gone, has no medium, or belongs to a guest that ended is one without a job.
_NO_JOB = frozenset({errors.NO_DOMAIN, errors.OPERATION_INVALID, errors.INVALID_ARGUMENT})
_NO_LIMIT = 1 << 62
"""What libvirt says without a limit is as many MiB as bytes can count."""


class _Instance(msgspec.Struct, rename="kebab"):
    """Something of QEMU's that `yank` can close."""

    type: str
    node_name: str = ""


class _Job(msgspec.Struct):
    """A block job; `device` is its id."""

    type: str
    device: str


class _Error(msgspec.Struct):
    desc: str = ""
    kind: str = msgspec.field(name="class", default="")


class _Answer(msgspec.Struct):
    """What the monitor says; libvirt passes on errors as answers."""

    error: _Error | None = None
    result: msgspec.Raw = msgspec.field(name="return", default=msgspec.Raw(b"null"))


class _RefusedError(HypervisorError):
    """QEMU's own answer: the same would come again."""


class _UnknownCommandError(_RefusedError):
    """QEMU is older than the command."""


class LibvirtMirrors:
    """`godwit.hypervisor.ports.Mirrors`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def look(self, uuid: str, targets: tuple[str, ...]) -> tuple[Mirror, ...]:
        """A job that is over, or isn't there yet, is left out."""
        return await self._calls.short("blockJobInfo", lambda connection: _look(connection, uuid, targets))

    async def set_bandwidth(self, uuid: str, target: str, bytes_per_second: int) -> None:
        """See `Mirrors`."""
        await self._calls.short(
            "blockJobSetSpeed",
            lambda connection: _set_speed(connection, uuid, target, bytes_per_second),
            deadline_seconds=MODIFYING_SECONDS,
        )

    async def make_synchronous(self, uuid: str, targets: tuple[str, ...]) -> str:
        """Taints the domain; QEMU takes the mode that a mirror has already for no change."""
        return await self._calls.short(
            "block-job-change",
            lambda connection: _make_synchronous(connection, uuid, targets),
            deadline_seconds=MODIFYING_SECONDS,
        )

    async def cut_off(self, uuid: str, targets: tuple[str, ...]) -> None:
        """Taints the domain, as every command to its QEMU does; the job itself is still to be aborted."""
        await self._calls.short(
            "yank", lambda connection: _cut_off(connection, uuid, targets), deadline_seconds=MODIFYING_SECONDS
        )


def _look(connection: libvirt.virConnect, uuid: str, targets: tuple[str, ...]) -> tuple[Mirror, ...]:
    domain = find(connection, uuid)
    if domain is None:
        return ()
    found = (_mirror(domain, target) for target in targets)
    return tuple(mirror for mirror in found if mirror is not None)


def _mirror(domain: libvirt.virDomain, target: str) -> Mirror | None:
    try:
        info = domain.blockJobInfo(target, libvirt.VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES)
    except libvirt.libvirtError as error:
        if code_of(error) in _NO_JOB:
            return None
        raise
    if not info or info["type"] != libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_COPY:
        return None
    bandwidth = int(info["bandwidth"])
    copied, total = figures(int(info["cur"]), int(info["end"]))
    return Mirror(
        target=target,
        copied_bytes=copied,
        total_bytes=total,
        bandwidth_bytes_per_second=0 if bandwidth >= _NO_LIMIT else bandwidth,
    )


def figures(cur: int, end: int) -> tuple[int, int | None]:
    """Copied, and of how much; None: not counted yet.

    Where QEMU says 0 of 0 libvirt says 0 of 1, so that a job that has not begun doesn't look complete; and
    1 of 1 of one that is complete since there was nothing to copy.
    """
    if end > 1:
        return cur, end
    return 0, 0 if cur else None


def _set_speed(connection: libvirt.virConnect, uuid: str, target: str, bytes_per_second: int) -> None:
    domain = find(connection, uuid)
    if domain is None:
        return
    try:
        domain.blockJobSetSpeed(target, bytes_per_second, libvirt.VIR_DOMAIN_BLOCK_JOB_SPEED_BANDWIDTH_BYTES)
    except libvirt.libvirtError as error:
        if code_of(error) not in _NO_JOB:
            raise


def _make_synchronous(connection: libvirt.virConnect, uuid: str, targets: tuple[str, ...]) -> str:
    domain = find(connection, uuid)
    if domain is None or not domain.isActive():
        return ""
    ours = block_jobs(parse(domain.XMLDesc(0)), targets)
    there = msgspec.json.decode(_monitor(domain, {"execute": "query-block-jobs"}), type=tuple[_Job, ...])
    for job in there:
        if job.type == "mirror" and job.device in ours:
            change = {"id": job.device, "type": "mirror", "copy-mode": "write-blocking"}
            try:
                _monitor(domain, {"execute": "block-job-change", "arguments": change})
            except _UnknownCommandError:
                return "this guest's QEMU can't change the mode of a copy that runs, as QEMU from 8.2 on does"
            except _RefusedError as error:
                return str(error)
    return ""


def _cut_off(connection: libvirt.virConnect, uuid: str, targets: tuple[str, ...]) -> None:
    domain = find(connection, uuid)
    if domain is None or not domain.isActive():
        return
    ours = {f"migration-{target}-storage" for target in targets}
    there = msgspec.json.decode(_monitor(domain, {"execute": "query-yank"}), type=tuple[_Instance, ...])
    closing = [
        {"type": instance.type, "node-name": instance.node_name}
        for instance in there
        if instance.node_name in ours
    ]
    if closing:
        _monitor(domain, {"execute": "yank", "arguments": {"instances": closing}})


def _monitor(domain: libvirt.virDomain, command: dict[str, object]) -> msgspec.Raw:
    """What the command gives back."""
    text = libvirt_qemu.qemuMonitorCommand(domain, msgspec.json.encode(command).decode(), 0)
    answer = msgspec.json.decode(text, type=_Answer)
    if answer.error is None:
        return answer.result
    unknown = answer.error.kind == "CommandNotFound"
    kind = _UnknownCommandError if unknown else _RefusedError
    raise kind(Reason.LIBVIRT_ERROR, f"{command['execute']}: {answer.error.desc}")
