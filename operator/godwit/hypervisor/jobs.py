"""Migration jobs with this host as their source.

`migrate` begins at most one job, in one call, and only for the devices it was asked for. The job belongs to
the two libvirtds: it goes on when this process dies, and when whoever awaits it is cancelled.
"""

import libvirt
import msgspec

from godwit.domain.guest import Job, JobStats
from godwit.domain.reasons import Reason
from godwit.hypervisor import errors, jobstats, migrationxml, xml
from godwit.hypervisor.calls import MODIFYING_SECONDS, Calls
from godwit.hypervisor.currentjob import CurrentJob
from godwit.hypervisor.errors import code_of
from godwit.hypervisor.jobstats import Raw, job_of, job_stats
from godwit.hypervisor.lookup import find
from godwit.hypervisor.migrateparams import flags_of, parameters_of
from godwit.hypervisor.ports import HypervisorError, MigrationRequest


class LibvirtJobs:
    """`godwit.hypervisor.ports.Jobs`."""

    def __init__(self, calls: Calls, job: CurrentJob) -> None:
        self._calls = calls
        self._job = job

    async def migrate(self, request: MigrationRequest) -> None:
        """`VMNotFound` when there is no such domain."""
        await self._calls.migration("migrate", lambda connection: _migrate(connection, request))

    async def stats(self, uuid: str) -> JobStats | None:
        """`LibvirtUnreachable` when libvirt is too busy with the domain to answer soon."""
        raw = await self._job.ask(uuid)
        return job_stats(raw) if job_of(raw) is Job.MIGRATION_OUT else None

    async def completed(self, uuid: str) -> JobStats | None:
        """The downtime is left out for a job that didn't complete."""
        raw = await self._calls.short("jobStatsCompleted", lambda connection: _completed(connection, uuid))
        if raw.get("operation") != jobstats.OPERATION_OUT:
            return None
        stats = job_stats(raw)
        if raw.get("type") == jobstats.TYPE_COMPLETED:
            return stats
        return msgspec.structs.replace(stats, downtime_milliseconds=None)

    async def abort(self, uuid: str) -> None:
        """Another job, such as a user's save, is left alone."""
        if job_of(await self._job.ask(uuid)) is Job.MIGRATION_OUT:
            await self._calls.short(
                "abortJob", lambda connection: _abort(connection, uuid), deadline_seconds=MODIFYING_SECONDS
            )


def _migrate(connection: libvirt.virConnect, request: MigrationRequest) -> None:
    domain = find(connection, request.uuid)
    if domain is None:
        raise HypervisorError(Reason.VM_NOT_FOUND, f"libvirt knows no domain {request.uuid}")
    parameters = parameters_of(request, connection.getLibVersion())
    parameters[libvirt.VIR_MIGRATE_PARAM_DEST_XML] = _definition(
        domain, libvirt.VIR_DOMAIN_XML_MIGRATABLE, request, migrationxml.live
    )
    if request.persistent:
        parameters[libvirt.VIR_MIGRATE_PARAM_PERSIST_XML] = _definition(
            domain, libvirt.VIR_DOMAIN_XML_INACTIVE, request, migrationxml.persistent
        )
    # Last of all: what was read above is then of these devices too.
    if xml.devices_digest(xml.parse(domain.XMLDesc())) != request.devices_digest:
        raise HypervisorError(
            Reason.GUEST_CHANGED,
            f"a device of {domain.name()} came or went since it was inspected: nothing was started, "
            "apply the migration again",
        )
    domain.migrateToURI3(request.destination_uri, parameters, flags_of(request))


def _definition(
    domain: libvirt.virDomain,
    flags: int,
    request: MigrationRequest,
    form: migrationxml.Form,
) -> str:
    """With its secrets, which libvirt leaves out otherwise, in the form that it has at the destination."""
    try:
        return form(domain.XMLDesc(flags | libvirt.VIR_DOMAIN_XML_SECURE), request)
    except ValueError as error:
        raise HypervisorError(Reason.LIBVIRT_ERROR, f"{domain.name()}: {error}") from error


def _completed(connection: libvirt.virConnect, uuid: str) -> Raw:
    domain = find(connection, uuid)
    if domain is None:
        return {}
    raw: Raw = domain.jobStats(
        libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED | libvirt.VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED
    )
    return raw


def _abort(connection: libvirt.virConnect, uuid: str) -> None:
    domain = find(connection, uuid)
    if domain is None:
        return
    try:
        domain.abortJob()
    except libvirt.libvirtError as error:
        # OPERATION_INVALID: the job has ended in between, or is at a point where it can't be ended any more.
        # The caller sees which by looking again.
        if code_of(error) not in (errors.NO_DOMAIN, errors.OPERATION_INVALID):
            raise
