"""Does the operator's acts, each safe to repeat: what is there or gone already is as it should be."""

from godwit.cluster.ports import Claim, Claims, Conflict, Migrations, Tasks
from godwit.controller.skew import SkewMeter
from godwit.domain.decision import (
    Act,
    CreateTask,
    DeleteTask,
    ReleaseClaim,
    SetFinalizer,
    TakeClaim,
    WriteSpec,
)
from godwit.domain.migration import Migration
from godwit.domain.observation import Observation
from godwit.domain.task import Task
from godwit.runtime.cache import Cache, Key


class Actor:
    """Works through the ports, and lets the caches know at once what was written."""

    def __init__(
        self,
        namespace: str,
        migrations: Migrations,
        tasks: Tasks,
        claims: Claims,
        seen: Cache[Task],
        skew: SkewMeter,
    ) -> None:
        self._namespace = namespace
        self._migrations = migrations
        self._tasks = tasks
        self._claims = claims
        self._seen = seen
        self._skew = skew

    async def do(self, act: Act, migration: Migration) -> Migration:
        """The migration as it is afterwards; raises `ClusterError`, and `Conflict` where a fence held."""
        match act:
            case SetFinalizer(present=present):
                return await self._migrations.set_finalizer(migration, present)
            case TakeClaim(vm_uuid=uuid):
                await self._claims.take(Claim(uuid, migration.uid, f"{migration.namespace}/{migration.name}"))
            case ReleaseClaim(vm_uuid=uuid):
                await self._release(uuid, migration)
            case CreateTask():
                await self._create(act)
            case WriteSpec():
                await self._write_spec(act)
            case DeleteTask(task=name):
                if task := self._task(name):
                    await self._tasks.delete(task)
        return migration

    def has_changed(self, act: Act, observed: Observation) -> bool:
        """The task that is to be written is no longer the one that was decided from."""
        if not isinstance(act, WriteSpec):
            return False
        seen = (observed.source, observed.destination, *observed.standby, *observed.dismissed)
        tasks = [task for task in seen if task and task.name == act.task]
        now = self._task(act.task)
        return not now or [now.resource_version] != [task.resource_version for task in tasks]

    async def _release(self, vm_uuid: str, migration: Migration) -> None:
        claim = await self._claims.read(vm_uuid)
        if claim and claim.migration_uid == migration.uid:
            await self._claims.release(claim)

    async def _create(self, act: CreateTask) -> None:
        self._skew.creating(act.name)
        try:
            self._learn(await self._tasks.create(act.name, act.spec))
        except Conflict:
            self._skew.not_created(act.name)
            task = await self._tasks.read(act.name)
            if task and task.spec.migration_ref == act.spec.migration_ref:
                self._learn(task)
                return
            raise

    async def _write_spec(self, act: WriteSpec) -> None:
        task = self._task(act.task)
        if task is None:
            return
        if act.spec.challenge != task.spec.challenge:
            self._skew.asked(task.name, act.spec.challenge)
        written = await self._tasks.write_spec(task, act.spec)
        if self._task(act.task):  # else the watch has seen it go before the answer came
            self._learn(written)

    def _task(self, name: str) -> Task | None:
        return self._seen.get(Key(self._namespace, name))

    def _learn(self, task: Task) -> None:
        self._seen.learn(Key(self._namespace, task.name), int(task.resource_version), task)
