"""The fake's migrations: events come in libvirt 11.3's order; held before the switchover on demand."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from godwit.domain.guest import DomainState, Job, JobStats, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.domain.task import StopDetail
from godwit.hypervisor.ports import EventKind, HypervisorError, MigrationRequest

from .hypervisor_domain import FakeDomain

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

    async def _job(self, domain: FakeDomain, request: MigrationRequest, peer: "FakeLibvirt") -> None:
        here = self._libvirt
        paused_before = domain.state is DomainState.PAUSED
        before = peer.domains.get(domain.uuid)
        domain.job = Job.MIGRATION_OUT
        domain.abort.clear()
        copy = replace(domain, persistent=before is not None, autostart=False, job=Job.MIGRATION_IN)
        copy.live, copy.defined = request.live_marks, Marks()
        copy.domain_id, copy.abort = peer.next_id(), asyncio.Event()
        copy.become(DomainState.PAUSED, StateReason.MIGRATION)
        peer.add(copy)
        peer.emit(EventKind.STARTED, domain.uuid)
        here.emit(EventKind.ITERATION, domain.uuid)
        if await self._aborted(domain):
            peer.domains.pop(domain.uuid, None)
            peer.emit(EventKind.STOPPED, domain.uuid, stop=StopDetail.FAILED)
            domain.job = Job.NONE
            raise HypervisorError(
                Reason.ABORTED_OUTSIDE, "operation aborted: migration out: canceled by client"
            )
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

    async def _aborted(self, domain: FakeDomain) -> bool:
        """Wait until the test lets the job go on, or somebody ends it; True for the latter."""
        waits = {asyncio.create_task(self._libvirt.go_on.wait()), asyncio.create_task(domain.abort.wait())}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return domain.abort.is_set()
