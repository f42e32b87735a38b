"""Looks now and then for tasks and claims whose VMMigration is gone or closed, and ends them.

Nothing is touched before it has been alone for a while, and before the API server itself has said that the
migration is over: a cache that lags must not free a VM that is being moved. A finished migration costs no
write here. A killed operator leaves a sweep to the next one.
"""

import asyncio
import logging
from collections.abc import Iterator

from godwit.cluster.ports import Claim, Claims, ClusterError, Migrations, Tasks
from godwit.domain.decision import Act, DeleteTask, WriteSpec
from godwit.domain.migration import FINAL_PHASES, Migration
from godwit.domain.orphans import settle_all
from godwit.domain.task import MigrationRef, Task
from godwit.runtime.cache import Cache
from godwit.runtime.clock import SYSTEM, Clock

EVERY_SECONDS = 15.0
ALONE_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Orphans:
    """Of the whole cluster; the caches are what the operator's watches see."""

    def __init__(
        self,
        migrations: Cache[Migration],
        tasks: Cache[Task],
        migrations_port: Migrations,
        tasks_port: Tasks,
        claims: Claims,
        clock: Clock = SYSTEM,
    ) -> None:
        self._migrations = migrations
        self._tasks = tasks
        self._migrations_port = migrations_port
        self._tasks_port = tasks_port
        self._claims = claims
        self._clock = clock
        self._alone_since: dict[str, float] = {}
        """By the migration's UID; monotonic."""

    async def run(self) -> None:
        """Until cancelled; both caches have to be synced before."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self._sweep()
            except ClusterError as error:
                logger.info("what is orphaned can't be swept now", extra={"problem": str(error)})

    async def _sweep(self) -> None:
        claims = [claim for claim in await self._claims.all() if not self._has_owner(claim.migration_uid)]
        tasks = self._orphaned_tasks()
        self._note({*tasks, *(claim.migration_uid for claim in claims)})
        for uid, found in tasks.items():
            if self._is_due(uid) and await self._is_over(found[0].spec.migration_ref):
                await self._settle(found)
        for claim in claims:
            due = claim.migration_uid not in tasks and self._is_due(claim.migration_uid)
            if due and await self._is_over(_ref(claim)):
                logger.warning("a claim is released, its migration is gone", extra={"vm": claim.vm_uuid})
                await self._claims.release(claim)

    def _orphaned_tasks(self) -> dict[str, list[Task]]:
        """By the migration's UID."""
        found: dict[str, list[Task]] = {}
        for task in self._tasks.values():
            uid = task.spec.migration_ref.uid
            if not self._has_owner(uid):
                found.setdefault(uid, []).append(task)
        return found

    def _has_owner(self, migration_uid: str) -> bool:
        return any(not _is_closed(each) for each in self._of(migration_uid))

    def _of(self, migration_uid: str) -> Iterator[Migration]:
        return (each for each in self._migrations.values() if each.uid == migration_uid)

    def _note(self, alone: set[str]) -> None:
        now = self._clock.monotonic()
        self._alone_since = {uid: self._alone_since.get(uid, now) for uid in alone}

    def _is_due(self, uid: str) -> bool:
        return self._clock.monotonic() - self._alone_since[uid] >= ALONE_SECONDS

    async def _is_over(self, ref: MigrationRef) -> bool:
        there = await self._migrations_port.read(ref.namespace, ref.name)
        return there is None or there.uid != ref.uid or _is_closed(there)

    async def _settle(self, tasks: list[Task]) -> None:
        for act in settle_all(tasks):
            logger.warning("a task is ended, its migration is gone", extra={"act": str(act)})
            await self._do(act, {task.name: task for task in tasks})

    async def _do(self, act: Act, tasks: dict[str, Task]) -> None:
        match act:
            case WriteSpec(task=name, spec=spec):
                await self._tasks_port.write_spec(tasks[name], spec)
            case DeleteTask(task=name):
                await self._tasks_port.delete(tasks[name])


def _is_closed(migration: Migration) -> bool:
    return migration.status.phase in FINAL_PHASES and not migration.finalizer


def _ref(claim: Claim) -> MigrationRef:
    namespace, _, name = claim.migration.partition("/")
    return MigrationRef(namespace, name, claim.migration_uid)
