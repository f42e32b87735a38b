"""What Godwit has made here and nobody removes by himself: told until it is gone, and never removed.

Images and directories come from the tasks that left them behind; they are kept in the Hypervisor's status,
since a task goes with its migration. Pools and probe files are found by a scan, so an agent that was killed
needs no record of them. What a domain names is no leftover.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from godwit.domain.host import Leftover
from godwit.domain.hosts import kept
from godwit.domain.hosts.images import copies
from godwit.domain.image import ImageFacts
from godwit.domain.image_journal import LeftBehind
from godwit.domain.leftovers import OF_TASKS, leftover
from godwit.domain.leftovers import told as what_is_told
from godwit.domain.task import GOAL_ENDS, Role, Task
from godwit.hypervisor.ports import HypervisorError, Images

SCAN_EVERY_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Leftovers:
    """Of one host; `tasks` are all that there are, since probe files may lie on shared storage."""

    def __init__(self, node_name: str, port: Images, tasks: Callable[[], Iterable[Task]]) -> None:
        self._node_name = node_name
        self._images = port
        self._tasks = tasks
        self._new: tuple[LeftBehind, ...] = ()
        self._scanned_at: float | None = None
        self._found: tuple[Leftover, ...] = ()

    def add(self, left: tuple[LeftBehind, ...]) -> None:
        """From now on they are looked for."""
        self._new = (*self._new, *left)

    async def now(self, told: tuple[Leftover, ...]) -> tuple[Leftover, ...]:
        """`told` is what the Hypervisor's status says; the same and what is new where nobody can look."""
        tasks, new = tuple(self._tasks()), self._new
        try:
            found = (*await self._scan(tasks), *await self._still_there(told, tasks, new))
        except HypervisorError as error:
            logger.info("leftovers can't be looked for now", extra={"problem": str(error)})
            known = {one.path: one for one in (*map(leftover, _of_tasks(new)), *told)}
            return _in_order(known.values())
        self._new = self._new[len(new) :]  # others may have come while it was looked
        return _in_order(set(found))

    async def _scan(self, tasks: tuple[Task, ...]) -> tuple[Leftover, ...]:
        now = asyncio.get_running_loop().time()
        if self._scanned_at is None or now - self._scanned_at >= SCAN_EVERY_SECONDS:
            self._found, self._scanned_at = await self._images.leftovers(), now
        needed = {path for task in tasks if not _is_over(task) for path in _probes(task)}
        return tuple(found for found in self._found if found.path not in needed)

    async def _still_there(
        self, told: tuple[Leftover, ...], tasks: tuple[Task, ...], new: tuple[LeftBehind, ...]
    ) -> tuple[Leftover, ...]:
        left = {known.path: known for known in told if known.kind in OF_TASKS}
        own = [task for task in tasks if task.spec.node_name == self._node_name]
        # What a task that is over has left was told before it ended: whoever took that over since has it.
        open_ = (task for task in own if not task.status.brought_back_at and not _is_over(task))
        told_by_tasks = (behind for task in open_ for behind in task.status.left_behind)
        for behind in _of_tasks((*new, *told_by_tasks)):
            left[behind.path] = leftover(behind)
        looks = await self._images.look(tuple(left), everywhere=True)
        whose = await self._images.whose({path: known.identity for path, known in left.items()})
        # A task that was told to end needs no image any more: it is the one that tells what it leaves.
        under_way = [task for task in own if task.spec.goal not in GOAL_ENDS]
        now = (
            what_is_told(
                left[there.path],
                whose[there.path],
                used=bool(there.used_by),
                moving=any(_has_in_hand(task, there) for task in under_way),
            )
            for there in looks
        )
        return tuple(one for one in now if one)


def _of_tasks(left: Iterable[LeftBehind]) -> list[LeftBehind]:
    """Without the entry that only says that there are more."""
    return [behind for behind in left if behind.kind in OF_TASKS]


def _in_order(leftovers: Iterable[Leftover]) -> tuple[Leftover, ...]:
    return tuple(sorted(leftovers, key=lambda one: (one.kind, one.path)))


def _has_in_hand(task: Task, there: ImageFacts) -> bool:
    """Nobody but the guest that comes has taken it."""
    comes = task.spec.role is Role.DESTINATION and there.used_by == (task.spec.vm.name,)
    return comes or there.path in {*kept.paths(task), *(copy.path for copy in copies(task))}


def _is_over(task: Task) -> bool:
    return task.spec.goal in GOAL_ENDS and task.status.reached is task.spec.goal


def _probes(task: Task) -> list[str]:
    written = [resource.path for resource in task.status.created_resources]
    return [*written, *(probe.path for probe in task.spec.probes)]
