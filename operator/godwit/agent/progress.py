"""Follows running jobs: statistics once a second into memory and metrics, never on the path of a decision.

Asking for statistics may take seconds while a job changes its phase; nobody waits for it here.
"""

import asyncio
import logging
from collections.abc import Callable

from godwit.agent.tasks import TaskReconciler
from godwit.domain.guest import JobStats
from godwit.domain.hosts.images import copies
from godwit.domain.image import Mirror
from godwit.domain.task import Goal, Role, Task
from godwit.hypervisor.ports import HypervisorError, Jobs, Mirrors

EVERY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class ProgressFollower:
    """`show` takes each new figure of a migration, by its namespace and name."""

    def __init__(
        self,
        reconciler: TaskReconciler,
        jobs: Jobs,
        mirrors: Mirrors,
        show: Callable[[str, str, JobStats, tuple[Mirror, ...]], None],
        wake: Callable[[str], None],
    ) -> None:
        self._reconciler = reconciler
        self._jobs = jobs
        self._mirrors = mirrors
        self._show = show
        self._wake = wake

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            following = [self._follow(task) for task in self._reconciler.mine() if _may_have_a_job(task)]
            await asyncio.gather(*following)

    async def _follow(self, task: Task) -> None:
        try:
            stats = await self._jobs.stats(task.spec.vm.uuid)
            mirrors = await self._mirrors_of(task) if stats else ()
        except HypervisorError as error:
            logger.debug("no statistics", extra={"task": task.name, "problem": str(error)})
            return
        memory = self._reconciler.memory(task.name)
        if stats is None:
            memory.forget_figures()
            return
        memory.see_figures(stats, mirrors)
        ref = task.spec.migration_ref
        self._show(ref.namespace, ref.name, stats, mirrors)
        self._wake(task.name)

    async def _mirrors_of(self, task: Task) -> tuple[Mirror, ...]:
        targets = tuple(copy.target for copy in copies(task))
        return await self._mirrors.look(task.spec.vm.uuid, targets) if targets else ()


def _may_have_a_job(task: Task) -> bool:
    status, goal = task.status, task.spec.goal
    began = task.spec.role is Role.SOURCE and status.starting is not None and status.stopped is None
    return began and goal in (Goal.MIGRATED, Goal.ROLLED_BACK) and status.reached is not Goal.ROLLED_BACK
