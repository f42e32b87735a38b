"""Gathers one frozen view for one task: the claim and the peer where the step asks for them, then libvirt."""

import logging

from msgspec.structs import replace

from godwit.agent.memory import Memory
from godwit.cluster.ports import Claims, Tasks
from godwit.domain.guest import Job
from godwit.domain.hosts import copying, departed, destination, images, source
from godwit.domain.hosts.view import HostView
from godwit.domain.task import Goal, Role, Task
from godwit.hypervisor.ports import Guests, HypervisorError, Images

logger = logging.getLogger(__name__)


class Observer:
    """Asks the API server and libvirt, and remembers nothing but what `Memory` keeps."""

    def __init__(self, agent_id: str, guests: Guests, images: Images, claims: Claims, tasks: Tasks) -> None:
        self._agent_id = agent_id
        self._guests = guests
        self._images = images
        self._claims = claims
        self._tasks = tasks

    async def observe(self, task: Task, memory: Memory) -> HostView:
        """Raises `HypervisorError` or `ClusterError` when libvirt or the API server doesn't answer."""
        claimed = await self._claimed(task) if _takes_a_step(task) else None
        try:
            guest = await self._guests.look(task.spec.vm.uuid)
        except HypervisorError:
            memory.lose_sight()
            raise
        memory.see_job(job=guest.job is not Job.NONE)
        view = HostView(
            task=task,
            guest=guest,
            agent=self._agent_id,
            call=memory.call,
            call_failure=memory.call_failure,
            answered_seconds=memory.answered_seconds,
            quiet_seconds=memory.quiet_seconds,
            stopped=memory.stopped,
            suspended_at=memory.suspended_at,
            resumed_at=memory.resumed_at,
            claimed=claimed,
            stats=memory.stats,
            completed=memory.completed,
            stalled_seconds=memory.stalled_seconds,
            memory_bandwidth=memory.memory_bandwidth,
        )
        if task.spec.role is Role.DESTINATION:
            return await self._at_destination(view, memory)
        return await self._at_source(view, memory)

    async def _claimed(self, task: Task) -> bool:
        claim = await self._claims.read(task.spec.vm.uuid)
        return claim is not None and claim.migration_uid == task.spec.migration_ref.uid

    async def _at_source(self, view: HostView, memory: Memory) -> HostView:
        if copying.copies_disks(view.task) and copying.is_our_job(view):
            view = replace(
                view,
                mirrors=memory.mirrors,
                looks=memory.looks,
                were_complete=memory.were_complete,
                synchronous=memory.synchronous,
            )
        if paths := source.images_to_look_at(view):
            view = replace(view, images=await self._images.look(paths))
        if departed.wants_peer(view):
            view = replace(view, peer=await self._tasks.read(view.task.spec.peer.task))
        return view

    async def _at_destination(self, view: HostView, memory: Memory) -> HostView:
        task = view.task
        if destination.wants_peer(task, destination.ours_waits(view)):
            return replace(view, peer=await self._tasks.read(task.spec.peer.task))
        if destination.wants_disk_requests(view):
            return replace(view, disk_requests=await self._guests.disk_requests(task.spec.vm.uuid))
        if destination.wants_images(view):
            return replace(view, missing_images=await self._missing(task, memory))
        return view

    async def _missing(self, task: Task, memory: Memory) -> tuple[str, ...]:
        """A host that can't look has lost nothing for certain."""
        identities = images.identities(task)
        if identities and memory.is_time_to_look_at_images(destination.IMAGES_EVERY_SECONDS):
            try:
                memory.missing_images = await self._images.missing(identities)
            except HypervisorError as error:
                logger.info("images can't be looked at", extra={"task": task.name, "problem": str(error)})
        return memory.missing_images


def _takes_a_step(task: Task) -> bool:
    """Whether the next step is one that only the holder of the claim may take: the next look at it asks."""
    status, goal = task.status, task.spec.goal
    if status.failure:
        return False
    if goal is Goal.INSPECTED:
        return status.reached is None and not task.spec.only_looks
    if goal is Goal.PREPARED:
        return status.reached is Goal.INSPECTED
    return goal is Goal.MIGRATED and status.starting is None
