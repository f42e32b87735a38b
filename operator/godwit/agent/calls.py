"""Calls hosts that listen for one of this host's guests: as long as a task awaits it, for a minute at most.

A call that was taken is made again as long: the agent that took it may have to begin its look anew.

It works beside the tasks' loops, and writes nothing. A killed agent's calls end with it; the next one begins
again as soon as it has seen both tasks.
"""

import asyncio
import logging
from typing import NamedTuple

from godwit.agent.contact import Contacts
from godwit.domain.contact import CALL_SECONDS, ContactOrder
from godwit.domain.hosts.calling import awaits_call, order_to_call
from godwit.domain.task import Role, Task
from godwit.runtime.cache import Cache, Key

AGAIN_SECONDS = 1.0

logger = logging.getLogger(__name__)


class _Call(NamedTuple):
    look: int
    going: "asyncio.Task[None]"


class Calls:
    """Of one agent; `tasks` is what its watch sees. All methods belong to one event loop."""

    def __init__(self, node_name: str, tasks: Cache[Task], contacts: Contacts) -> None:
        self._node_name = node_name
        self._tasks = tasks
        self._contacts = contacts
        self._calls: dict[Key, _Call] = {}
        """Also those that are over, as long as they are awaited: nobody is called twice for one look."""
        self._closed = False

    def see(self, key: Key, task: Task | None) -> None:
        """A task has changed, whosever it is; None: it is gone."""
        if task is None:
            self._end(key)
        elif task.spec.node_name != self._node_name:
            self._consider(key, task)
        elif task.spec.role is Role.SOURCE and task.status.offer:
            for other, listening in self._tasks.items():
                if listening.spec.peer.task == key.name:
                    self._consider(other, listening)

    async def run(self) -> None:
        """Until cancelled; then no call goes on."""
        try:
            await asyncio.Event().wait()
        finally:
            self._closed = True
            going = [call.going for call in self._calls.values()]
            for each in going:
                each.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    def _consider(self, key: Key, task: Task) -> None:
        if not awaits_call(task):
            self._end(key)
            return
        now = self._calls.get(key)
        if self._closed or (now and now.look == task.spec.looks):
            return
        own = self._tasks.get(Key(key.namespace, task.spec.peer.task))
        mine = own if own and own.spec.node_name == self._node_name else None
        if order := order_to_call(task, mine):
            self._end(key)
            going = asyncio.create_task(self._call(task.name, order))
            going.add_done_callback(_tell_failure)
            self._calls[key] = _Call(task.spec.looks, going)

    async def _call(self, name: str, order: ContactOrder) -> None:
        logger.info("calling", extra={"task": name, "address": order.address})
        try:
            async with asyncio.timeout(CALL_SECONDS):
                while True:
                    await self._contacts.call(order)
                    logger.info("a call was taken", extra={"task": name, "address": order.address})
                    await asyncio.sleep(AGAIN_SECONDS)
        except TimeoutError:
            logger.info("a call is given up", extra={"task": name, "address": order.address})

    def _end(self, key: Key) -> None:
        if call := self._calls.pop(key, None):
            call.going.cancel()


def _tell_failure(going: "asyncio.Task[None]") -> None:
    """Nobody waits for a call, so nobody else would."""
    if not going.cancelled() and (problem := going.exception()):
        logger.error("a call failed", exc_info=problem)
