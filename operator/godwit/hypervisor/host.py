"""The host as a Hypervisor's status shows it: what libvirt's capabilities say, and a line per domain."""

from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree.ElementTree import Element

import libvirt
import msgspec

from godwit.domain.guest import ACTIVE_STATES, DomainState, DomainSummary, Job
from godwit.domain.host import CPU, HostFacts, HostNow, Memory, NUMANode, Versions, version_text, with_now
from godwit.domain.reasons import Reason
from godwit.hypervisor.affinity import groups_in
from godwit.hypervisor.calls import SLOW_SECONDS, Calls
from godwit.hypervisor.currentjob import CurrentJob
from godwit.hypervisor.errors import NO_DOMAIN, code_of
from godwit.hypervisor.events import Stream
from godwit.hypervisor.hostresources import hugepages, online_cpus, security
from godwit.hypervisor.jobstats import job_of
from godwit.hypervisor.link_news import link_news
from godwit.hypervisor.links import Links
from godwit.hypervisor.meminfo import memory
from godwit.hypervisor.networks import networks
from godwit.hypervisor.ports import Event, HypervisorError
from godwit.hypervisor.states import state_of
from godwit.hypervisor.xml import parse

_SCALING = {"yes": True, "no": False}
KIB = 1024


class LibvirtHost:
    """`godwit.hypervisor.ports.Host`."""

    def __init__(self, calls: Calls, job: CurrentJob, links: Links, meminfo: Path, stream: Stream) -> None:
        self._calls = calls
        self._job = job
        self._links = links
        self._meminfo = meminfo
        self._stream = stream

    async def facts(self) -> HostFacts:
        """One long look; a domain whose job can't be had soon is told as busy with another one."""
        found = await self._calls.short(
            "facts",
            lambda connection: _facts(connection, self._links, self._meminfo),
            deadline_seconds=SLOW_SECONDS,
        )
        domains = [
            msgspec.structs.replace(domain, job=await self._job_of(domain)) for domain in found.domains
        ]
        return msgspec.structs.replace(found, domains=tuple(domains))

    async def now(self) -> HostNow:
        """libvirt gathers its capabilities anew for the large pages."""
        return await self._calls.short(
            "now",
            lambda connection: _now(
                connection, parse(connection.getCapabilities()), self._links, self._meminfo
            ),
            deadline_seconds=SLOW_SECONDS,
        )

    async def memory(self) -> Memory:
        """One short call."""
        return await self._calls.short("memory", lambda connection: _memory(connection, self._meminfo))

    def events(self) -> AsyncIterator[Event]:
        """Begins with `Connected` when there is a connection."""
        return self._stream.read()

    def link_news(self) -> AsyncIterator[None]:
        """libvirt is not asked: its networks have events."""
        return link_news(lambda: (self._links.bridges(), self._links.others()))

    async def _job_of(self, domain: DomainSummary) -> Job:
        if domain.state is DomainState.SHUTOFF:
            return Job.NONE
        try:
            return job_of(await self._job.ask(domain.uuid))
        except HypervisorError as error:
            if error.reason is Reason.LIBVIRT_UNREACHABLE:
                return Job.OTHER
            raise


def _facts(connection: libvirt.virConnect, links: Links, meminfo: Path) -> HostFacts:
    capabilities = parse(connection.getCapabilities())
    arch = capabilities.findtext("./host/cpu/arch") or ""
    facts = HostFacts(
        host_uuid=capabilities.findtext("./host/uuid") or "",
        host_name=connection.getHostname(),
        versions=Versions(
            libvirt=version_text(connection.getLibVersion()), qemu=version_text(connection.getVersion())
        ),
        cpu=_cpu(capabilities, arch, count=connection.getInfo()[2], online=online_cpus(connection)),
        numa=tuple(_numa(cell) for cell in capabilities.findall("./host/topology/cells/cell")),
        security=security(capabilities),
        machine_types=_machine_types(capabilities, arch),
        domains=_domains(connection),
        tpm_backends=_tpm_backends(connection, arch),
    )
    return with_now(facts, _now(connection, capabilities, links, meminfo))


def _memory(connection: libvirt.virConnect, meminfo: Path) -> Memory:
    return memory(connection.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS), meminfo)


def _now(connection: libvirt.virConnect, capabilities: Element, links: Links, meminfo: Path) -> HostNow:
    return HostNow(
        memory=_memory(connection, meminfo),
        hugepages=hugepages(connection, capabilities),
        networks=(*networks(connection, links), *links.bridges()),
        links=links.others(),
        secrets=_secrets(connection),
    )


def _tpm_backends(connection: libvirt.virConnect, arch: str) -> tuple[str, ...] | None:
    """Of the host's own architecture; None where libvirt has no QEMU to ask."""
    try:
        known = parse(connection.getDomainCapabilities(None, arch, None, None))
    except libvirt.libvirtError:
        if not connection.isAlive():
            raise
        return None
    values = known.findall("./devices/tpm[@supported='yes']/enum[@name='backendModel']/value")
    return tuple(value.text or "" for value in values)


def _secrets(connection: libvirt.virConnect) -> tuple[str, ...]:
    """UUIDs alone. A host whose libvirt has no driver for secrets has none."""
    try:
        return tuple(sorted(secret.UUIDString() for secret in connection.listAllSecrets()))
    except libvirt.libvirtError:
        if not connection.isAlive():
            raise
        return ()


def _cpu(capabilities: Element, arch: str, *, count: int, online: str) -> CPU:
    features = capabilities.findall("./host/cpu/feature")
    microcode = capabilities.find("./host/cpu/microcode")
    counter = capabilities.find("./host/cpu/counter[@name='tsc']")
    return CPU(
        arch=arch,
        model=capabilities.findtext("./host/cpu/model") or "",
        vendor=capabilities.findtext("./host/cpu/vendor") or "",
        features=tuple(sorted(feature.get("name", "") for feature in features)),
        count=count,
        online=online,
        microcode="" if microcode is None else microcode.get("version", ""),
        tsc_hertz=0 if counter is None else int(counter.get("frequency", 0)),
        tsc_scaling=None if counter is None else _SCALING.get(counter.get("scaling", "")),
    )


def _numa(cell: Element) -> NUMANode:
    return NUMANode(
        id=int(cell.get("id", 0)),
        cpus=len(cell.findall("./cpus/cpu")),
        memory_bytes=int(cell.findtext("./memory") or 0) * KIB,
    )


def _machine_types(capabilities: Element, arch: str) -> tuple[str, ...]:
    """Of guests with the host's own architecture, aliases such as `q35` too."""
    guests = [guest for guest in capabilities.findall("./guest/arch") if guest.get("name") == arch]
    machines = {machine.text or "" for guest in guests for machine in guest.iter("machine")}
    return tuple(sorted(machines))


def _domains(connection: libvirt.virConnect) -> tuple[DomainSummary, ...]:
    domains = []
    for domain in connection.listAllDomains():
        try:
            domains.append(_summary(domain))
        except libvirt.libvirtError as error:
            if code_of(error) != NO_DOMAIN:  # it vanished meanwhile
                raise
    return tuple(sorted(domains, key=lambda domain: (domain.name, domain.uuid)))


def _summary(domain: libvirt.virDomain) -> DomainSummary:
    number, most_memory_kib, _, vcpus, _ = domain.info()
    state, _ = state_of(number, 0)
    return DomainSummary(
        name=domain.name(),
        uuid=domain.UUIDString(),
        state=state,
        vcpus=vcpus,
        memory_bytes=most_memory_kib * KIB,
        anti_affinity=_groups(domain) if state in ACTIVE_STATES else (),
    )


def _groups(domain: libvirt.virDomain) -> tuple[str, ...]:
    """From the whole definition: a call for the element alone takes as long, and fails for most guests.

    One that libvirt can't give, for its length, names none: the host's other facts don't wait for it.
    """
    try:
        return groups_in(domain.XMLDesc())
    except libvirt.libvirtError as error:
        if code_of(error) == NO_DOMAIN or not domain.connect().isAlive():
            raise
        return ()
