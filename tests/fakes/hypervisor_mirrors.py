"""The fake's copies of disks: mirrors that a test moves on by hand, and the phase of the job that waits.

A job that copies stays in that phase until `FakeLibvirt.let_copies_go` when `hold_copies` was called before.
Like QEMU's, a mirror has not said how much there is to copy when it is looked at for the first time.
`FakeDomain.copied` moves a mirror on. `FakeDomain.hung` is a peer that vanished: nothing but a cut then ends
the job, and an abort before that cut makes QEMU silent until `FakeDomain.peer_is_back`.
"""

from typing import TYPE_CHECKING

import msgspec

from godwit.domain.guest import DiskFacts, DiskKind, Job, JobStats
from godwit.domain.image import Copy, Mirror
from godwit.domain.reasons import Reason
from godwit.hypervisor.ports import HypervisorError, MigrationRequest

from .hypervisor_domain import AT_THE_BEGINNING, FakeDomain

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt

MIB = 1024 * 1024


class FakeMirrors:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt

    async def look(self, uuid: str, targets: tuple[str, ...]) -> tuple[Mirror, ...]:
        self._libvirt.called("mirrors")
        domain = self._libvirt.domains.get(uuid)
        self._libvirt.must_answer(domain, "blockJobInfo")
        if domain is None:
            return ()
        found = tuple(domain.mirrors[target] for target in targets if target in domain.mirrors)
        for mirror in found:
            domain.count(mirror.target)
        return found

    async def set_bandwidth(self, uuid: str, target: str, bytes_per_second: int) -> None:
        self._libvirt.called("blockJobSetSpeed")
        domain = self._libvirt.domains.get(uuid)
        self._libvirt.must_answer(domain, "blockJobSetSpeed")
        if domain is None or target not in domain.mirrors:
            return
        mirror = domain.mirrors[target]
        domain.mirrors[target] = msgspec.structs.replace(mirror, bandwidth_bytes_per_second=bytes_per_second)
        self._libvirt.acts.append(f"mirror {target} {bytes_per_second}")

    async def make_synchronous(self, uuid: str, targets: tuple[str, ...]) -> str:
        self._libvirt.called("make_synchronous")
        domain = self._libvirt.domains.get(uuid)
        self._libvirt.must_answer(domain, "block-job-change")
        changed = [target for target in targets if domain is not None and target in domain.mirrors]
        if domain is None or not changed:
            return ""
        self._libvirt.acts.append(f"make_synchronous {' '.join(changed)}")
        if domain.old_qemu:
            return "this QEMU is too old"
        domain.synchronous.update(changed)
        return ""

    async def cut_off(self, uuid: str, targets: tuple[str, ...]) -> None:
        self._libvirt.called("cut_off")
        domain = self._libvirt.domains.get(uuid)
        self._libvirt.must_answer(domain, "yank")
        if domain is not None and domain.mirrors.keys() & set(targets):
            self._libvirt.acts.append("cut_off")
            domain.cut.set()


def must_have_images(request: MigrationRequest, peer: "FakeLibvirt") -> None:
    """libvirt creates none where no pool is."""
    for image in request.copies:
        if peer.file_at(image.path) is None:
            raise HypervisorError(
                Reason.LIBVIRT_ERROR,
                f"Storage pool not found: no storage pool with target path for {image.path}",
            )


def begin(domain: FakeDomain, request: MigrationRequest, peer: "FakeLibvirt") -> None:
    """The mirrors at their first byte: what the destination's images held is lost."""
    for image in request.copies:
        there = peer.file_at(image.path)
        if there is not None:
            there.write("a part of the copy", 0)
    speed = (request.bandwidth_mebibytes_per_second or 0) * MIB
    domain.mirrors = {
        image.target: Mirror(target=image.target, bandwidth_bytes_per_second=speed)
        for image in request.copies
    }
    domain.to_copy = {image.target: image.virtual_size_bytes for image in request.copies}
    domain.stats = JobStats()
    domain.show_mirrors()


def complete(domain: FakeDomain, request: MigrationRequest, here: "FakeLibvirt", peer: "FakeLibvirt") -> None:
    """Everything has been sent: the memory's turn."""
    for image in request.copies:
        domain.copied(image.target, image.virtual_size_bytes)
        _arrive(image, here, peer)
    domain.stats = msgspec.structs.replace(
        domain.stats, memory_total_bytes=AT_THE_BEGINNING.memory_total_bytes
    )


def arrived(disks: tuple[DiskFacts, ...], request: MigrationRequest) -> tuple[DiskFacts, ...]:
    """The destination's disks: copies are layered on nothing, and ejected drives are empty."""
    copied = {image.target for image in request.copies}
    return tuple(
        msgspec.structs.replace(
            disk,
            backing=() if disk.target in copied else disk.backing,
            kind=DiskKind.EMPTY if disk.target in request.ejected else disk.kind,
            path="" if disk.target in request.ejected else disk.path,
        )
        for disk in disks
    )


def over(domain: FakeDomain) -> None:
    """The job has ended, and its mirrors with it."""
    domain.job, domain.mirrors = Job.NONE, {}


def _arrive(image: Copy, here: "FakeLibvirt", peer: "FakeLibvirt") -> None:
    sent, received = here.file_at(image.path), peer.file_at(image.path)
    if sent is not None and received is not None:
        received.write(sent.content, sent.allocated_bytes)
