"""One reconcile loop per task of this host: observe, decide, write, act, and again until nothing is left.

The status is written before the act that it announces. A write that conflicts ends the pass, and the act with
it. libvirt that does not answer is told in `waiting`, and tried again for ever.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from godwit.agent.act import Actor
from godwit.agent.memory import Memory
from godwit.agent.observe import Observer
from godwit.cluster.ports import Conflict, Tasks
from godwit.domain.hosts import destination, source
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.owing import is_debt, is_over
from godwit.domain.reasons import Reason
from godwit.domain.road import Inspection
from godwit.domain.task import GOAL_ENDS, Failure, Role, Task, TaskStatus
from godwit.hypervisor.ports import Event, EventKind, HypervisorError
from godwit.runtime.cache import Cache, Key
from godwit.runtime.clock import SYSTEM, Clock

MOST_STEPS = 8
LIBVIRT_AWAY_SECONDS = 1.0
LAST_BACKOFF_SECONDS = 1.0
"""A guest may stand still until the API server is back, and a host has few tasks."""
BLIND_SECONDS = 30.0
"""A libvirtd that restarts, or hangs for a moment, is no silence yet: its guests go on, and so does a job."""
TRY_AGAIN_SECONDS = 2.0
ELDER_FIRST_SECONDS = 1.0
_FAILS_THE_GOAL = frozenset({HostAct.INSPECT, HostAct.PREPARE})

logger = logging.getLogger(__name__)


class TaskReconciler:
    """Of one agent. `tasks` is what its watch sees; `memories` lives as long as the process."""

    def __init__(
        self,
        node_name: str,
        tasks: Cache[Task],
        port: Tasks,
        observer: Observer,
        actor: Actor,
        forget: Callable[[Task], None],
        clock: Clock = SYSTEM,
    ) -> None:
        self._node_name = node_name
        self._tasks = tasks
        self._port = port
        self._observer = observer
        self._actor = actor
        self._forget = forget
        self._clock = clock
        self._memories: dict[str, Memory] = {}

    def memory(self, name: str) -> Memory:
        """What is remembered of a task."""
        return self._memories.setdefault(name, Memory(monotonic=self._clock.monotonic))

    def mine(self) -> list[Task]:
        """This host's tasks."""
        return [task for task in self._tasks.values() if task.spec.node_name == self._node_name]

    def see(self, event: Event) -> list[str]:
        """Keep what an event tells, and give the names of the tasks that have to look now."""
        if event.kind in (EventKind.CONNECTED, EventKind.DISCONNECTED):
            for memory in self._memories.values():
                memory.lose_sight()
            return [task.name for task in self.mine()]
        concerned = [task.name for task in self.mine() if task.spec.vm.uuid == event.uuid]
        for name in concerned:
            self.memory(name).see(event)
        return [] if _is_only_kept(event) else concerned

    def moves(self, uuid: str) -> bool:
        """Whether that VM is on its way, to this host or from it."""
        return any(task.spec.vm.uuid == uuid and task.spec.goal not in GOAL_ENDS for task in self.mine())

    async def reconcile(self, key: Key) -> float | None:
        """One pass; the seconds until the next one without a wake."""
        task = self._tasks.get(key)
        if task is None or task.spec.node_name != self._node_name:
            self._memories.pop(key.name, None)
            return None
        if self._elder_debt(task):
            return ELDER_FIRST_SECONDS
        try:
            return await self._steps(key, task)
        except HypervisorError as error:
            return await self._wait(key, task, error)
        except Conflict:
            # The operator wrote meanwhile. Where that is seen already, the guest waits for no back-off.
            if self._tasks.get(key) is task:
                raise
            return 0.0

    async def _steps(self, key: Key, stored: Task) -> float | None:
        memory, working = self.memory(stored.name), stored
        for _ in range(MOST_STEPS):
            view = await self._observer.observe(working, memory)
            if self._was_written(key, stored):
                return 0.0
            decision = decide(view, self._clock.now())
            if decision.status != stored.status:
                stored = await self._write(key, stored, decision.status)
            working = replace(stored, status=decision.status)
            if decision.act is HostAct.NONE:
                self._forget_when_over(working)
                return decision.again_after_seconds
            status, stored = await self._act(key, decision, replace(view, task=working), memory, stored)
            working = replace(stored, status=status)
        return TRY_AGAIN_SECONDS

    def _was_written(self, key: Key, stored: Task) -> bool:
        """The operator wrote while libvirt was asked: what is decided has to answer that, too."""
        now = self._tasks.get(key)
        return now is not None and int(now.resource_version) > int(stored.resource_version)

    async def _act(
        self, key: Key, decision: HostDecision, view: HostView, memory: Memory, stored: Task
    ) -> tuple[TaskStatus, Task]:
        """The status after the act, and the task as it is stored by then."""
        written = [stored]

        async def journal(status: TaskStatus) -> None:
            written[0] = await self._write(key, written[0], status)

        logger.info(
            "acting", extra={"task": stored.name, "act": decision.act.value, "goal": stored.spec.goal.value}
        )
        began = self._clock.now()
        try:
            status = await self._actor.do(decision.act, view, memory, journal)
            if decision.act is HostAct.INSPECT:
                status = replace(status, inspection=Inspection(began, self._clock.now()))
        except HypervisorError as error:
            if error.reason is Reason.LIBVIRT_UNREACHABLE or decision.act not in _FAILS_THE_GOAL:
                raise
            status = replace(written[0].status, failure=Failure(error.reason, str(error)))
        return status, written[0]

    async def _write(self, key: Key, task: Task, status: TaskStatus) -> Task:
        now = await self._port.write_status(task, status)
        if self._tasks.get(key):  # else the watch has seen it go before the answer came
            self._tasks.learn(key, int(now.resource_version), now)
        return now

    async def _wait(self, key: Key, task: Task, error: HypervisorError) -> float:
        """Tell what is in the way, and try again."""
        stored = self._tasks.get(key) or task
        why = Failure(error.reason, str(error))
        logger.info(
            "libvirt is in the way", extra={"task": task.name, "reason": why.reason, "problem": why.message}
        )
        away = error.reason is Reason.LIBVIRT_UNREACHABLE
        blind = away and self.memory(task.name).unanswered_seconds >= BLIND_SECONDS
        told = replace(stored.status, waiting=why, blind=blind or stored.status.blind)
        if told != stored.status and not is_over(stored):
            await self._write(key, stored, told)
        return LIBVIRT_AWAY_SECONDS if away else TRY_AGAIN_SECONDS

    def _elder_debt(self, task: Task) -> bool:
        """What is owed for this VM by an earlier migration is paid before anything new is begun."""
        if task.spec.goal in GOAL_ENDS:
            return False
        uuid, uid = task.spec.vm.uuid, task.spec.migration_ref.uid
        return any(is_debt(other, uuid, uid) for other in self.mine())

    def _forget_when_over(self, task: Task) -> None:
        if is_over(task):
            self._forget(task)


def decide(view: HostView, now: datetime) -> HostDecision:
    """By the task's role."""
    if view.task.spec.role is Role.SOURCE:
        return source.decide(view, now)
    return destination.decide(view, now)


def _is_only_kept(event: Event) -> bool:
    """Between a switchover's first event and its last no look delays the guest."""
    if event.kind in (EventKind.ITERATION, EventKind.DEFINED):
        return True
    return event.migrated and event.kind in (EventKind.STARTED, EventKind.SUSPENDED)
