"""The API server in memory: fenced writes, the rules of the CRDs that matter here, and watches."""

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from godwit.domain.migration import FINAL_PHASES, Migration, MigrationStatus, Phase, Resolution
from godwit.domain.task import LATER_GOALS, Goal, Task, TaskSpec, TaskStatus

Change = tuple[str, Migration | Task | None]
"""The object's name, and what it is now; None for one that is gone."""
Watcher = Callable[[Change], None]
MIGRATION = "the migration"
T = TypeVar("T", Migration, Task)


class ConflictError(Exception):
    """Somebody else was quicker, or a rule of the CRD forbids it."""


class Api:
    """Everything that is written."""

    def __init__(self, migration: Migration) -> None:
        self.migration: Migration | None = replace(migration, resource_version="1")
        self.tasks: dict[str, Task] = {}
        self.holder: str | None = None
        self.revision = 1
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Everything that there is, and then every change."""
        for name, task in self.tasks.items():
            watcher((name, task))
        watcher((MIGRATION, self.migration))
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        self._watchers.remove(watcher)

    def write_status(self, seen: Migration, status: MigrationStatus) -> Migration:
        now = _fenced(self.migration, seen)
        if now.status.phase in FINAL_PHASES:
            assert _told(status) == _told(now.status), "what a finished migration tells has changed"
        if now.status.progress and status.progress:
            assert status.progress.percent >= now.status.progress.percent
        return self._keep_migration(replace(now, status=status))

    def set_finalizer(self, seen: Migration, present: bool) -> Migration:
        now = _fenced(self.migration, seen)
        if present and now.deleting:
            raise ConflictError
        return self._keep_migration(replace(now, finalizer=present))

    def delete_migration(self) -> None:
        if self.migration:
            self._keep_migration(replace(self.migration, deleting=True))

    def cancel(self) -> None:
        self._edit(cancel=True)

    def resolve(self, word: Resolution) -> None:
        """Once, and only while somebody is asked."""
        now = self.migration
        if now and now.status.phase is Phase.NEEDS_ATTENTION and now.spec.resolution is None:
            self._edit(resolution=word)

    def _edit(self, **change: object) -> None:
        if self.migration:
            spec = replace(self.migration.spec, **change)
            self._keep_migration(replace(self.migration, spec=spec, generation=self.migration.generation + 1))

    def take_claim(self, uid: str) -> None:
        self.holder = self.holder or uid

    def release_claim(self, uid: str) -> None:
        self.holder = None if self.holder == uid else self.holder

    def create(self, name: str, spec: TaskSpec) -> Task:
        if name in self.tasks:
            return self.tasks[name]
        return self._keep_task(Task(name, spec, uid=name))

    def write_spec(self, seen: Task, spec: TaskSpec) -> Task:
        now = _fenced(self.tasks.get(seen.name), seen)
        goal, wanted = now.spec.goal, spec.goal
        if wanted is not goal and wanted not in LATER_GOALS[goal]:
            raise ConflictError
        if goal is Goal.ROLLED_BACK and wanted is Goal.RELEASED and not now.status.too_late:
            raise ConflictError
        if now.spec.plan and spec.plan != now.spec.plan:
            raise ConflictError
        return self._keep_task(replace(now, spec=spec))

    def write_task_status(self, seen: Task, status: TaskStatus) -> Task:
        now = _fenced(self.tasks.get(seen.name), seen)
        old = now.status
        if old.reached is Goal.ROLLED_BACK:
            kept = (status.reached, status.stopped, status.resuming_at, status.evidence)
            if kept != (old.reached, old.stopped, old.resuming_at, old.evidence):
                raise ConflictError
        return self._keep_task(replace(now, status=status))

    def delete(self, seen: Task) -> None:
        if seen.name not in self.tasks:
            return
        _fenced(self.tasks[seen.name], seen)
        del self.tasks[seen.name]
        self._tell(seen.name, None)

    def _keep_migration(self, migration: Migration) -> Migration:
        kept = replace(migration, resource_version=self._next())
        gone = kept.deleting and not kept.finalizer
        self.migration = None if gone else kept
        self._tell(MIGRATION, self.migration)
        return kept

    def _keep_task(self, task: Task) -> Task:
        kept = replace(task, resource_version=self._next())
        self.tasks[task.name] = kept
        self._tell(task.name, kept)
        return kept

    def _next(self) -> str:
        self.revision += 1
        return str(self.revision)

    def _tell(self, name: str, now: Migration | Task | None) -> None:
        for watcher in self._watchers:
            watcher((name, now))


def _fenced(stored: T | None, seen: T) -> T:
    if stored is None or stored.resource_version != seen.resource_version:
        raise ConflictError
    return stored


def _told(status: MigrationStatus) -> MigrationStatus:
    """Without what may still change: what is owed, also of images, and which generation was seen."""
    disks = tuple(replace(disk, source_image="") for disk in status.disks)
    return replace(status, observed_generation=0, cleanup=None, conditions=(), disks=disks)
