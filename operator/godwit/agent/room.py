"""Gives the host's memory to migrations that come, one after another: what one was given, no other gets.

Two may pass the preflight at one moment, and what it has seen is older by the time they prepare. This is the
one place that all of them pass, directly before anything is made for them.
"""

import asyncio
from collections.abc import Callable, Iterable

from godwit.domain import guest_memory, large_pages
from godwit.domain.plan import MemoryClaim, PromisedMemory
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Task
from godwit.hypervisor.ports import Host


class MemoryKeeper:
    """Of one host; `tasks` are all that its watch sees."""

    def __init__(self, host: Host, tasks: Callable[[], Iterable[Task]]) -> None:
        self._host = host
        self._tasks = tasks
        self._counting = asyncio.Lock()
        self._given: set[str] = set()
        """Tasks that may not have told yet that they are prepared."""

    async def give(self, task: Task) -> Failure | None:
        """Why the guest of this task can't have its memory; None: it has, until it has taken it."""
        claim = guest_memory.claim_of(task)
        if claim is None:
            return None
        async with self._counting:
            tasks = {other.name: other for other in self._tasks()}
            self._given &= tasks.keys()
            others = (
                other
                for name, other in tasks.items()
                if other.spec.node_name == task.spec.node_name
                and name != task.name
                and (name in self._given or other.status.reached is Goal.PREPARED)
            )
            promised = guest_memory.promised(others, lambda other: tasks.get(other.spec.peer.task))
            if why := await self._lacking(claim, promised):
                return Failure(Reason.NO_MEMORY, f"{task.spec.node_name} {why}")
            self._given.add(task.name)
            return None

    async def _lacking(self, claim: MemoryClaim, promised: PromisedMemory) -> str:
        """What of it is not there, and was not forced; empty where nothing is."""
        memory = await self._host.memory()
        short = guest_memory.shortage(claim, memory.free_bytes, promised.bytes)
        if short and not claim.forced:
            return short.sentence
        if not claim.hugepages or claim.hugepages_forced:
            return ""
        pools = (await self._host.now()).hugepages or ()
        lacking = large_pages.shortages(claim.hugepages, pools, promised.hugepages)
        return f"lacks large pages: {'; '.join(each.sentence for each in lacking)}" if lacking else ""
