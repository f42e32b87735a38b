"""Domains: looking, inspecting, marking, autostart.

Everything may be repeated: a call that finds things as they are wanted changes nothing, so whoever was killed
in between asks again.
"""

import asyncio
import time

import libvirt
import msgspec

from godwit.domain.guest import DomainState, GuestFacts, GuestView, Marks
from godwit.domain.reasons import Reason
from godwit.hypervisor import inspection, marks, writes
from godwit.hypervisor.calls import MODIFYING_SECONDS, Calls
from godwit.hypervisor.currentjob import CurrentJob
from godwit.hypervisor.jobstats import job_of
from godwit.hypervisor.lookup import find, marks_of, view_of
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.ports import HypervisorError, Images
from godwit.hypervisor.writes import Written

MOST_LOOKS = 5
MEASURED_SECONDS = 0.3


class LibvirtGuests:
    """`godwit.hypervisor.ports.Guests`."""

    def __init__(self, calls: Calls, job: CurrentJob, mounts: Mounts, images: Images) -> None:
        self._calls = calls
        self._job = job
        self._mounts = mounts
        self._images = images

    async def look(self, name_or_uuid: str) -> GuestView:
        """State and job of one moment: the job is asked between two views that are the same."""
        before = await self._view(name_or_uuid)
        for _ in range(MOST_LOOKS):
            if not before.active:
                return before
            job = job_of(await self._job.ask(before.uuid))
            after = await self._view(before.uuid)
            if after == before:
                return msgspec.structs.replace(after, job=job)
            before = after
        raise HypervisorError(
            Reason.LIBVIRT_UNREACHABLE, f"{name_or_uuid} changes faster than it can be read"
        )

    async def inspect(self, uuid: str) -> GuestFacts:
        """The facts; `VMNotFound` when there is no such domain."""
        view = await self.look(uuid)
        if view.state is DomainState.ABSENT:
            raise _not_found(uuid)
        found = await self._calls.short("inspect", lambda connection: inspection.facts(connection, view))
        before = await self._written(found)
        paths = inspection.image_paths(found)
        seen = await self._images.look(paths, inspection.digest_paths(found))
        images = {image.path: image for image in seen}
        rate = await self._rate_since(before, found)
        return msgspec.structs.replace(
            inspection.placed(found, images, self._mounts), writes_bytes_per_second=rate
        )

    async def _rate_since(self, before: Written | None, found: GuestFacts) -> int | None:
        """What the guest writes, by the bytes of a moment."""
        if before is None:
            return None
        await asyncio.sleep(max(0.0, before.at + MEASURED_SECONDS - time.monotonic()))
        after = await self._written(found)
        return None if after is None else writes.rate(before, after)

    async def _written(self, found: GuestFacts) -> Written | None:
        if not found.view.active:
            return None
        return await self._calls.short("blockStats", lambda connection: writes.written(connection, found))

    async def disk_requests(self, uuid: str) -> int | None:
        """By libvirt's counters."""
        return await self._calls.short("blockStats", lambda connection: writes.requests(connection, uuid))

    async def mark(self, uuid: str, marks: Marks) -> None:
        """`VMNotFound` for a domain that isn't there, unless it is to have no marks."""
        await self._calls.short(
            "setMetadata",
            lambda connection: _mark(connection, uuid, marks),
            deadline_seconds=MODIFYING_SECONDS,
        )

    async def set_autostart(self, uuid: str, autostart: bool) -> None:
        """Asked of an absent domain, it is as little autostarted as one can be: only True is `VMNotFound`."""
        await self._calls.short(
            "setAutostart",
            lambda connection: _set_autostart(connection, uuid, autostart),
            deadline_seconds=MODIFYING_SECONDS,
        )

    async def _view(self, name_or_uuid: str) -> GuestView:
        return await self._calls.short("look", lambda connection: view_of(connection, name_or_uuid))


def _mark(connection: libvirt.virConnect, uuid: str, wanted: Marks) -> None:
    domain = find(connection, uuid)
    if domain is None:
        if wanted == Marks():
            return
        raise _not_found(uuid)
    if domain.isActive() or wanted.run is not None:
        _set_marks(domain, libvirt.VIR_DOMAIN_AFFECT_LIVE, wanted)
    if domain.isPersistent():
        _set_marks(domain, libvirt.VIR_DOMAIN_AFFECT_CONFIG, Marks(attempt=wanted.attempt))


def _set_marks(domain: libvirt.virDomain, flags: int, wanted: Marks) -> None:
    """Only what differs is written: a domain with a migration job refuses every write."""
    present = marks_of(domain, flags)
    if present.run != wanted.run:
        _set_mark(domain, flags, marks.RUN, marks.RUN_URI, wanted.run)
    if present.attempt != wanted.attempt:
        _set_mark(domain, flags, marks.ATTEMPT, marks.ATTEMPT_URI, wanted.attempt)


def _set_mark(domain: libvirt.virDomain, flags: int, name: str, uri: str, text: str | None) -> None:
    fragment = None if text is None else marks.element(name, text)
    prefix = None if text is None else marks.PREFIX
    domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, fragment, prefix, uri, flags)


def _set_autostart(connection: libvirt.virConnect, uuid: str, autostart: bool) -> None:
    domain = find(connection, uuid)
    if domain is None:
        if autostart:
            raise _not_found(uuid)
        return
    if domain.isPersistent() and bool(domain.autostart()) != autostart:
        domain.setAutostart(int(autostart))


def _not_found(uuid: str) -> HypervisorError:
    return HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {uuid}")
