"""Does one act on this host. Each act is safe to repeat, and was decided from a look of the same pass.

An act that learns or changes something gives back the status with it; the next look decides what follows.
"""

import asyncio
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from godwit.agent.contact import Contacts
from godwit.agent.images import ImageKeeper, Journal, Tell
from godwit.agent.inspection import Inspector
from godwit.agent.memory import Memory
from godwit.agent.qemu_certificate import QEMUCertificates
from godwit.agent.request import migration_request
from godwit.agent.road import Roads
from godwit.agent.room import MemoryKeeper
from godwit.domain.guest import DomainState, Marks
from godwit.domain.hosts import copying, departed, tuning
from godwit.domain.hosts.images import copies
from godwit.domain.hosts.view import Call, HostAct, HostView
from godwit.domain.limits import Limits
from godwit.domain.owing import may_bear_ours
from godwit.domain.reasons import Reason
from godwit.domain.says import attempt_mark
from godwit.domain.task import Failure, Order, Role, Task, TaskStatus
from godwit.hypervisor.all_ports import LibvirtPorts
from godwit.hypervisor.ports import HypervisorError, MigrationRequest


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
        self._inspector = Inspector(ports, certificates, roads, contacts)
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
                return await self._inspector.source(task, journal)
            case HostAct.INSPECT:
                return await self._inspector.destination(task)
            case HostAct.LOOK_OUT if task.spec.role is Role.DESTINATION:
                return await self._inspector.listen_again(task)
            case HostAct.LOOK_OUT:
                return await self._inspector.look_out_again(task)
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
