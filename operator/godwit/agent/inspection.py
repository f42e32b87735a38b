"""Looks at this host for a migration, at either end: what the checks will judge.

An inspection touches nothing but tokens beside the images, whose intent stands in the journal before they are
written. An agent that is killed begins it anew.
"""

import asyncio
import logging
import secrets

from msgspec.structs import replace

from godwit.agent.contact import Contacts
from godwit.agent.images import Journal
from godwit.agent.qemu_certificate import QEMUCertificates
from godwit.agent.road import Roads
from godwit.agent.together import all_of
from godwit.domain import storage
from godwit.domain.contact import Contact
from godwit.domain.guest import DomainState, GuestView
from godwit.domain.host import HostNow
from godwit.domain.hosts.images import directories_of
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.reasons import Reason
from godwit.domain.reception import MOST_DEFINITION, Reception
from godwit.domain.road import Outlook
from godwit.domain.task import Probe, Role, Task, TaskSpec, TaskStatus
from godwit.hypervisor.all_ports import LibvirtPorts
from godwit.hypervisor.ports import HypervisorError

PROBE_FILE = "ProbeFile"

logger = logging.getLogger(__name__)


class Inspector:
    """Of one host; each look gives the task's status with what it found, and raises `HypervisorError`."""

    def __init__(
        self, ports: LibvirtPorts, certificates: QEMUCertificates, roads: Roads, contacts: Contacts
    ) -> None:
        self._ports = ports
        self._certificates = certificates
        self._roads = roads
        self._contacts = contacts

    async def source(self, task: Task, journal: Journal) -> TaskStatus:
        """The guest, the roads from here, and tokens beside its images: their intent is written first."""
        facts, host, outlook, offer, shown = await asyncio.gather(
            self._ports.guests.inspect(task.spec.vm.uuid),
            self._now(),
            self._look_out(task.spec),
            self._contacts.offer(),
            self._certificates.look(Role.SOURCE),
        )
        if why := storage.too_large(facts):
            raise HypervisorError(Reason.LIBVIRT_ERROR, why)
        definition = await self._ports.receptions.definition(task.spec.vm.uuid)
        wanted = storage.probes_for(facts, f".godwit-{task.uid}")
        status = replace(
            task.status,
            facts=facts,
            host=host,
            definition=definition if len(definition) <= MOST_DEFINITION else "",
            outlook=outlook,
            offer=task.status.offer or offer,
            qemu_certificate=shown,
            run_mark=task.status.run_mark or secrets.token_hex(16),
            created_resources=tuple(_resource(probe, ResourceState.INTENDED) for probe in wanted),
        )
        if wanted:
            await journal(status)
        probes = await all_of(self._ports.probes.write(probe, secrets.token_hex(16)) for probe in wanted)
        return replace(
            status,
            probes=tuple(probes),
            created_resources=tuple(
                _resource(probe, ResourceState.CREATED) for probe in probes if probe.token
            ),
            reached=task.spec.goal,
        )

    async def destination(self, task: Task) -> TaskStatus:
        """Nothing here waits for anything else: it takes as long as the slowest look, or as the call.

        How the host is now comes last: media that are read whole take their time.
        """
        spec, ports = task.spec, self._ports
        storage_looks = asyncio.gather(
            all_of(ports.probes.read(probe) for probe in spec.probes),
            ports.images.look(spec.images, spec.digests),
            ports.images.directories(directories_of(spec.images)),
        )
        looks, reception, contact, shown, (probes, images, directories) = await asyncio.gather(
            all_of(ports.guests.look(name) for name in (spec.vm.uuid, spec.vm.name)),
            self._receive(spec.definition),
            self._listen(spec),
            self._certificates.look(Role.DESTINATION),
            storage_looks,
        )
        return replace(
            task.status,
            namesakes=_present(looks),
            probes=tuple(probes),
            images=images,
            directories=directories,
            reception=reception,
            contact=contact,
            host=await self._now(),
            qemu_certificate=shown,
            reached=spec.goal,
        )

    async def look_out_again(self, task: Task) -> TaskStatus:
        """The source's: a libvirtd that was away may be back."""
        return replace(task.status, outlook=await self._look_out(task.spec))

    async def listen_again(self, task: Task) -> TaskStatus:
        """The destination's: the source's agent may have been away."""
        contact = await self._listen(task.spec)
        return replace(task.status, contact=contact, host=await self._now())

    async def _now(self) -> HostNow | None:
        """None where libvirt can't tell, as without its daemon of networks: the Hypervisor serves then."""
        try:
            return await self._ports.host.now()
        except HypervisorError as error:
            if error.reason is Reason.LIBVIRT_UNREACHABLE:
                raise
            logger.warning("how the host is now can't be told", extra={"problem": str(error)})
            return None

    async def _look_out(self, spec: TaskSpec) -> Outlook | None:
        if not spec.peer_addresses:
            return None
        return replace(await self._roads.look(spec.peer_addresses), look=spec.looks)

    async def _listen(self, spec: TaskSpec) -> Contact | None:
        if spec.contact is None:
            return None
        return replace(await self._contacts.receive(spec.contact), look=spec.looks)

    async def _receive(self, definition: str) -> Reception | None:
        return await self._ports.receptions.receive(definition) if definition else None


def _resource(probe: Probe, state: ResourceState) -> CreatedResource:
    return CreatedResource(PROBE_FILE, probe.path, state)


def _present(looks: list[GuestView]) -> tuple[GuestView, ...]:
    """Each once: a domain may be found by its UUID and by its name."""
    found = {look.uuid: look for look in looks if look.state is not DomainState.ABSENT}
    return tuple(found.values())
