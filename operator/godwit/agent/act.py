"""Does one act on this host. Each act is safe to repeat, and was decided from a look of the same pass.

An act that learns or changes something gives back the status with it; the next look decides what follows.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from godwit.agent.contact import Contacts
from godwit.agent.images import ImageKeeper, Journal, Tell
from godwit.agent.memory import Memory
from godwit.agent.qemu_certificate import QEMUCertificates
from godwit.agent.request import migration_request
from godwit.agent.road import Roads
from godwit.agent.room import MemoryKeeper
from godwit.agent.together import all_of
from godwit.domain import storage
from godwit.domain.contact import Contact
from godwit.domain.guest import DomainState, GuestView, Marks
from godwit.domain.host import HostNow
from godwit.domain.hosts import copying, departed, tuning
from godwit.domain.hosts.images import copies, directories_of
from godwit.domain.hosts.view import Call, HostAct, HostView
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.limits import Limits
from godwit.domain.owing import may_bear_ours
from godwit.domain.reasons import Reason
from godwit.domain.reception import MOST_DEFINITION, Reception
from godwit.domain.road import Outlook
from godwit.domain.says import attempt_mark
from godwit.domain.task import Failure, Order, Probe, Role, Task, TaskSpec, TaskStatus
from godwit.hypervisor.all_ports import LibvirtPorts
from godwit.hypervisor.ports import HypervisorError, MigrationRequest

PROBE_FILE = "ProbeFile"

logger = logging.getLogger(__name__)


class Actor:
    """Acts through the ports; `wake` asks for another pass over a task by its name.

    `tasks` are all that are known, and `tell` keeps what a task leaves behind.
    """

    def __init__(
        self,
        ports: LibvirtPorts,
        certificates: QEMUCertificates,
        roads: Roads,
        contacts: Contacts,
        wake: Callable[[str], None],
        tasks: Callable[[], Iterable[Task]],
        tell: Tell,
    ) -> None:
        self._ports = ports
        self._certificates = certificates
        self._roads = roads
        self._contacts = contacts
        self._wake = wake
        self._images = ImageKeeper(ports.images, tasks, tell)
        self._memory = MemoryKeeper(ports.host, tasks)
        self._calls: set[asyncio.Task[None]] = set()
        """The event loop itself keeps only weak references."""

    async def do(self, act: HostAct, view: HostView, memory: Memory, journal: Journal) -> TaskStatus:
        """The status with what the act has learned; raises `HypervisorError`."""
        task, status, uuid = view.task, view.task.status, view.task.spec.vm.uuid
        match act:
            case HostAct.NONE:
                return status
            case HostAct.INSPECT if task.spec.role is Role.SOURCE:
                return await self._inspect_source(task, journal)
            case HostAct.INSPECT:
                return await self._inspect_destination(task)
            case HostAct.LOOK_OUT if task.spec.role is Role.DESTINATION:
                contact = await self._listen(task.spec)
                return replace(status, contact=contact, host=await self._now())
            case HostAct.LOOK_OUT:
                return replace(status, outlook=await self._look_out(task.spec))
            case HostAct.PREPARE if task.spec.role is Role.DESTINATION:
                if failure := await self._memory.give(task):
                    return replace(status, failure=failure)
                return replace(await self._images.prepare(task, journal), host=None)
            case HostAct.PREPARE:
                await self._ports.guests.set_autostart(uuid, False)
                await self._ports.guests.mark(uuid, Marks(run=status.run_mark))
                return replace(await self._remove_probes(status), definition="", host=None)
            case HostAct.START:
                self._start(task, memory)
            case HostAct.TUNE:
                return await self._tune(view, memory)
            case HostAct.SYNCHRONIZE:
                return await self._synchronize(view, memory)
            case HostAct.ABORT:
                await self._ports.jobs.abort(uuid)
            case HostAct.CUT_OFF:
                await self._ports.mirrors.cut_off(uuid, tuple(copy.target for copy in copies(task)))
                await self._ports.jobs.abort(uuid)
            case HostAct.RESTORE:
                return await self._restore(view)
            case HostAct.UNDEFINE:
                await self._ports.removal.undefine(uuid, delete_nvram=departed.may_delete_nvram(task))
            case HostAct.REMOVE_IMAGES if task.spec.role is Role.SOURCE:
                return await self._images.remove_departed(view)
            case HostAct.REMOVE_IMAGES:
                return await self._images.remove_created(task)
            case HostAct.RESUME:
                await self._ports.power.resume(uuid)
            case HostAct.SUSPEND:
                await self._ports.power.suspend(uuid)
            case HostAct.START_ANEW:
                await self._ports.power.start(uuid)
            case HostAct.DESTROY:
                very_one = task.spec.order is Order.DESTROY_WAITING
                marks = Marks(run=status.run_mark) if very_one else Marks()
                await self._ports.removal.destroy(uuid, marks=marks)
            case HostAct.REMOVE:
                await self._ports.removal.destroy(uuid, marks=Marks(attempt=attempt_mark(task)))
                await self._undefine_ours(task)
            case HostAct.SETTLE:
                # The marks go last: as long as they are there, this is known to be unfinished.
                await self._ports.guests.set_autostart(
                    uuid, bool(task.spec.plan and task.spec.plan.autostart)
                )
                await self._ports.guests.mark(uuid, Marks())
        return status

    async def _inspect_source(self, task: Task, journal: Journal) -> TaskStatus:
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

    async def _inspect_destination(self, task: Task) -> TaskStatus:
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

    async def _tune(self, view: HostView, memory: Memory) -> TaskStatus:
        """Only what differs: the guest's limits, and while disks are copied each share of the bandwidth."""
        task, wanted = view.task, view.task.spec.limits or Limits()
        shares = copying.wanted(view)
        memory_share = shares.memory_mebibytes_per_second if shares else None
        if memory_share is None:
            await self._limit(task, wanted)
        else:
            await self._limit(task, replace(wanted, bandwidth_mebibytes_per_second=memory_share), shared=True)
        memory.memory_bandwidth = memory_share
        for share in copying.to_put_right(view):
            await self._ports.mirrors.set_bandwidth(task.spec.vm.uuid, share.target, share.bytes_per_second)
            memory.set_speed(share.target, share.bytes_per_second)
        return replace(task.status, limits=wanted)

    async def _synchronize(self, view: HostView, memory: Memory) -> TaskStatus:
        targets = copying.to_synchronize(view, view.task.status)
        if why := await self._ports.mirrors.make_synchronous(view.task.spec.vm.uuid, targets):
            return copying.refused(view.task.status, targets, why)
        memory.synchronous |= set(targets)
        return view.task.status

    async def _limit(self, task: Task, wanted: Limits, *, shared: bool = False) -> None:
        """Only what differs; where nothing is asked for any more, the guest's former value comes back.

        Where no limits are recorded, those of an agent that was killed in between may be in force.
        """
        uuid, facts, now = task.spec.vm.uuid, task.status.facts, task.status.limits
        if now is None or wanted.max_downtime_milliseconds != now.max_downtime_milliseconds:
            former = facts.max_downtime_milliseconds if facts else None
            downtime = wanted.max_downtime_milliseconds or former
            if downtime:
                await self._ports.tuning.set_max_downtime(uuid, downtime)
        changed = now is None or wanted.bandwidth_mebibytes_per_second != now.bandwidth_mebibytes_per_second
        if changed or shared:
            former = facts.bandwidth_mebibytes_per_second if facts else None
            await self._ports.tuning.set_bandwidth(uuid, wanted.bandwidth_mebibytes_per_second or former)

    async def _remove_probes(self, status: TaskStatus) -> TaskStatus:
        for resource in status.created_resources:
            await self._ports.probes.remove(resource.path)
        return replace(status, created_resources=())

    async def _restore(self, view: HostView) -> TaskStatus:
        status, guest = view.task.status, view.guest
        if may_bear_ours(view.task) and guest.state is not DomainState.ABSENT and status.facts:
            uuid = view.task.spec.vm.uuid
            await self._ports.guests.set_autostart(uuid, status.facts.view.autostart)
            await self._ports.guests.mark(uuid, Marks())
            if guest.active and tuning.has_to_be_put_back(view.task):
                await self._limit(view.task, Limits())
                status = replace(status, limits=Limits())
        return await self._remove_probes(status)

    async def _undefine_ours(self, task: Task) -> None:
        """What is left after the destroy may be another's definition by now: its mark tells."""
        left = await self._ports.guests.look(task.spec.vm.uuid)
        if left.marks.attempt == attempt_mark(task):
            await self._ports.removal.undefine(task.spec.vm.uuid)

    def _start(self, task: Task, memory: Memory) -> None:
        plan, starting = task.spec.plan, task.status.starting
        if plan is None or starting is None:
            raise ValueError("a job is started only with a plan, and after `starting` was written")
        memory.begin_call()
        request = migration_request(task, plan, starting.devices_digest)
        call = asyncio.create_task(self._call(task.name, request, memory))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, name: str, request: MigrationRequest, memory: Memory) -> None:
        """A call that lost its connection has not returned: libvirt may still begin the job."""
        try:
            await self._ports.jobs.migrate(request)
            memory.call = Call.RETURNED
        except HypervisorError as error:
            lost = error.reason is Reason.LIBVIRT_UNREACHABLE
            memory.call = Call.NONE if lost else Call.RETURNED
            memory.call_failure = None if lost else Failure(error.reason, str(error))
        finally:
            self._wake(name)


def _resource(probe: Probe, state: ResourceState) -> CreatedResource:
    return CreatedResource(PROBE_FILE, probe.path, state)


def _present(looks: list[GuestView]) -> tuple[GuestView, ...]:
    """Each once: a domain may be found by its UUID and by its name."""
    found = {look.uuid: look for look in looks if look.state is not DomainState.ABSENT}
    return tuple(found.values())
