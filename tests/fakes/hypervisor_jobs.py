"""The fake's migrations: events come in libvirt 11.3's order; held before the switchover on demand."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from godwit.domain.guest import DomainState, Job, JobStats, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.domain.task import StopDetail
from godwit.hypervisor.ports import EventKind, HypervisorError, MigrationRequest

from . import hypervisor_mirrors as mirrors
from .hypervisor_domain import AT_THE_BEGINNING, FakeDomain

if TYPE_CHECKING:
    from .hypervisor import FakeLibvirt


class FakeJobs:
    def __init__(self, libvirt: "FakeLibvirt") -> None:
        self._libvirt = libvirt
        self.requests: list[MigrationRequest] = []
        """Of every job that was begun."""

    async def migrate(self, request: MigrationRequest) -> None:
        self._libvirt.called("migrate")
        domain = self._libvirt.must_find(request.uuid)
        if domain.digest != request.devices_digest:
            raise HypervisorError(Reason.GUEST_CHANGED, f"a device of {domain.name} came or went")
        if domain.job is not Job.NONE:
            raise HypervisorError(Reason.GUEST_BUSY, "another migration job is already running")
        peer = self._libvirt.network.at(request.destination_uri)
        if peer is None:
            raise HypervisorError(Reason.CONNECTION_FAILED, f"unable to connect to {request.destination_uri}")
        there = peer.find(domain.name) or peer.find(domain.uuid)
        if there is not None and (there.uuid != domain.uuid or there.active):
            raise HypervisorError(Reason.NAMESAKE, f"domain '{domain.name}' already exists with uuid")
        mirrors.must_have_images(request, peer)
        self._libvirt.acts.append("migrate")
        self.requests.append(request)
        job = asyncio.create_task(self._job(domain, request, peer))
        # Its error is looked at, also when nobody awaits it any more.
        job.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        lost = asyncio.create_task(self._libvirt.lost.wait())
        try:
            await asyncio.wait({job, lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
        if not job.done():
            raise HypervisorError(Reason.LIBVIRT_UNREACHABLE, "migrate: the connection was lost")
        job.result()

    async def stats(self, uuid: str) -> JobStats | None:
        self._libvirt.called("stats")
        domain = self._libvirt.domains.get(uuid)
        self._libvirt.must_answer(domain, "jobStats")
        return domain.stats if domain and domain.job is Job.MIGRATION_OUT else None

    async def completed(self, uuid: str) -> JobStats | None:
        self._libvirt.called("completed")
        domain = self._libvirt.domains.get(uuid)
        return domain.completed if domain else None

    async def abort(self, uuid: str) -> None:
        self._libvirt.called("abort")
        domain = self._libvirt.domains.get(uuid)
        if domain and domain.job is Job.MIGRATION_OUT:
            self._libvirt.acts.append("abort")
            domain.abort.set()
            domain.frozen = domain.hung and not domain.cut.is_set()

    async def _job(self, domain: FakeDomain, request: MigrationRequest, peer: "FakeLibvirt") -> None:
        here = self._libvirt
        paused_before = domain.state is DomainState.PAUSED
        before = peer.domains.get(domain.uuid)
        domain.job = Job.MIGRATION_OUT
        domain.abort.clear()
        domain.cut.clear()
        domain.back.clear()
        domain.stats = AT_THE_BEGINNING
        copy = replace(domain, persistent=before is not None, autostart=False, job=Job.MIGRATION_IN)
        copy.disks, copy.mirrors = mirrors.arrived(domain.disks, request), {}
        copy.cut, copy.back = asyncio.Event(), asyncio.Event()
        copy.live, copy.defined = request.live_marks, Marks()
        copy.domain_id, copy.abort = peer.next_id(), asyncio.Event()
        copy.become(DomainState.PAUSED, StateReason.MIGRATION)
        peer.add(copy)
        peer.emit(EventKind.STARTED, domain.uuid)
        ended = await self._copied(domain, request, peer)
        if ended is None:
            here.emit(EventKind.ITERATION, domain.uuid)
            ended = await _ended(domain, here.go_on)
        if ended is not None:
            peer.domains.pop(domain.uuid, None)
            peer.emit(EventKind.STOPPED, domain.uuid, stop=StopDetail.FAILED)
            mirrors.over(domain)
            raise ended
        if not paused_before:
            domain.become(DomainState.PAUSED, StateReason.MIGRATION)
            here.emit(EventKind.SUSPENDED, domain.uuid, migrated=True)
        copy.job = Job.NONE
        if request.persistent:
            copy.persistent, copy.defined = True, Marks(attempt=request.live_marks.attempt)
            peer.emit(EventKind.DEFINED, domain.uuid)
        if request.paused_at_destination or paused_before:
            copy.become(DomainState.PAUSED, StateReason.USER)
            peer.emit(EventKind.SUSPENDED, domain.uuid)
        else:
            copy.become(DomainState.RUNNING, StateReason.MIGRATED)
            peer.emit(EventKind.RESUMED, domain.uuid, migrated=True)
        domain.completed = msgspec.structs.replace(domain.stats, downtime_milliseconds=20)
        here.end(domain.uuid, StopDetail.MIGRATED, StateReason.MIGRATED)
        here.emit(EventKind.JOB_COMPLETED, domain.uuid, stats=domain.completed)

    async def _copied(
        self, domain: FakeDomain, request: MigrationRequest, peer: "FakeLibvirt"
    ) -> HypervisorError | None:
        """The phase of the disks; the error of a job that ended in it."""
        if not request.copies:
            return None
        mirrors.begin(domain, request, peer)
        ended = await _ended(domain, self._libvirt.copies_go_on)
        if ended is None:
            mirrors.complete(domain, request, self._libvirt, peer)
        return ended


async def _ended(domain: FakeDomain, go_on: asyncio.Event) -> HypervisorError | None:
    """Wait until the test lets the job go on, or somebody ends it: then with which error."""
    while True:
        events = (domain.cut, domain.back) if domain.hung else (go_on, domain.abort, domain.cut)
        waits = {asyncio.create_task(event.wait()) for event in events}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if domain.cut.is_set():
            return HypervisorError(Reason.CONNECTION_FAILED, "the mirrors' connections were closed")
        if domain.hung:
            continue
        if domain.abort.is_set():
            return HypervisorError(
                Reason.ABORTED_OUTSIDE, "operation aborted: migration out: canceled by client"
            )
        return None
