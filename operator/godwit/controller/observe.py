"""Gathers one frozen observation for one migration: what the watches saw, and who holds the claim."""

from msgspec.structs import replace

from godwit.cluster.ports import Claims, Tasks
from godwit.controller.fleet import Fleet
from godwit.controller.skew import SkewMeter
from godwit.domain import guest_memory
from godwit.domain.copies import promised
from godwit.domain.migration import Attempt, Migration
from godwit.domain.observation import Holder, Observation
from godwit.domain.owing import is_debt
from godwit.domain.plan import PromisedMemory
from godwit.domain.resolve import NotFound, identify
from godwit.domain.steps.words import chooses
from godwit.domain.storage import Promise
from godwit.domain.task import Task
from godwit.runtime.cache import Cache, Key


class Observer:
    """Of the operator."""

    def __init__(
        self,
        namespace: str,
        fleet: Fleet,
        tasks: Cache[Task],
        port: Tasks,
        claims: Claims,
        skew: SkewMeter,
        version: str,
    ) -> None:
        self._namespace = namespace
        self._fleet = fleet
        self._tasks = tasks
        self._port = port
        self._claims = claims
        self._skew = skew
        self._version = version

    async def observe(self, migration: Migration) -> Observation:
        """Raises `ClusterError` when the claim is needed and can't be read."""
        status = migration.status
        attempt = status.attempts[-1] if status.attempts else None
        under_way = attempt is not None and status.finished_at is None
        seen = Observation(
            migration=migration,
            hypervisors=self._fleet.all(),
            source=await self._task(attempt.source_task, ask=under_way) if attempt else None,
            destination=await self._task(attempt.destination_task, ask=under_way) if attempt else None,
            fenced=self._fleet.fenced(),
            operator_version=self._version,
        )
        if attempt:
            seen = replace(
                seen,
                clock_skew=self._skew.between(seen.source, seen.destination),
                standby=await self._standby(attempt) if under_way else (),
                dismissed=self._seen(tuple(each.task for each in attempt.dismissed)),
            )
        if attempt and status.switchover is None and status.destination:
            others = self._coming(migration.uid, status.destination.hypervisor)
            seen = replace(
                seen,
                promised=self._promised(others),
                promised_memory=guest_memory.promised(others, self._source_of),
            )
        if status.vm and under_way and chooses(migration.spec) and status.switchover is None:
            seen = replace(
                seen,
                debts=self._debts(migration, status.vm.uuid),
                promised_by_host=self._promised_by_host(migration.uid),
            )
        vm = status.vm or identify(migration.spec, seen.hypervisors)
        if isinstance(vm, NotFound) or under_way:
            return seen
        claim = await self._claims.read(vm.uuid)
        holder = Holder(claim.migration_uid, claim.migration) if claim else None
        return replace(seen, holder=holder, debts=self._debts(migration, vm.uuid))

    def _seen(self, names: tuple[str, ...]) -> tuple[Task, ...]:
        """Another operator's that the watch has not seen yet comes by itself: it wakes this migration."""
        found = (self._tasks.get(Key(self._namespace, name)) for name in names)
        return tuple(task for task in found if task)

    async def _standby(self, attempt: Attempt) -> tuple[Task, ...]:
        found = [await self._task(each.task, ask=True) for each in attempt.standby]
        return tuple(task for task in found if task)

    async def _task(self, name: str, *, ask: bool) -> Task | None:
        """A task that the watch has not seen may be another operator's, and newer than this one's sight."""
        key = Key(self._namespace, name)
        if (seen := self._tasks.get(key)) or not ask:
            return seen
        there = await self._port.read(name)
        if there:
            self._tasks.learn(key, int(there.resource_version), there)
        return there

    def _coming(self, uid: str, to: str) -> tuple[Task, ...]:
        """That host's tasks of other migrations."""
        return tuple(
            task
            for task in self._tasks.values()
            if task.spec.node_name == to and task.spec.migration_ref.uid != uid
        )

    def _promised_by_host(self, uid: str) -> dict[str, PromisedMemory]:
        """Memory, to other migrations."""
        coming: dict[str, list[Task]] = {}
        for task in self._tasks.values():
            if task.spec.migration_ref.uid != uid and guest_memory.is_promised(task):
                coming.setdefault(task.spec.node_name, []).append(task)
        return {name: guest_memory.promised(tasks, self._source_of) for name, tasks in coming.items()}

    def _promised(self, others: tuple[Task, ...]) -> tuple[Promise, ...]:
        return tuple(promise for task in others for promise in promised(task, self._source_of(task)))

    def _source_of(self, destination: Task) -> Task | None:
        return self._tasks.get(Key(self._namespace, destination.spec.peer.task))

    def _debts(self, migration: Migration, vm_uuid: str) -> tuple[Task, ...]:
        return tuple(task for task in self._tasks.values() if is_debt(task, vm_uuid, migration.uid))
