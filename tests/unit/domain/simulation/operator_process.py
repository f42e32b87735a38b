"""The operator, pass by pass: it observes from its caches, decides by the domain, writes, and acts.

It has no resync: what is to go on must go on by watches, and by the times that the decisions name.
"""

from collections.abc import Generator

from godwit.domain.decide import decide
from godwit.domain.decision import (
    Act,
    CreateTask,
    DeleteTask,
    ReleaseClaim,
    SetFinalizer,
    TakeClaim,
    WriteSpec,
)
from godwit.domain.migration import FINAL_PHASES, Migration
from godwit.domain.observation import Holder, Observation
from godwit.domain.report import report
from godwit.domain.task import Task

from ..builders import UID, VERSION
from .api import MIGRATION, Change
from .world import World

MOST_STEPS = 8
AGAIN_SECONDS = 0.05


class Operator:
    """One process; there may be two."""

    def __init__(self, world: World) -> None:
        self.world, self.api = world, world.api
        self.migration: Migration | None = None
        self.tasks: dict[str, Task] = {}
        self.gone = False

    def see(self, change: Change) -> None:
        name, now = change
        if now is None:
            if name == MIGRATION:
                self.migration, self.gone = None, True
            self.tasks.pop(name, None)
        elif isinstance(now, Migration):
            self._learn(now)
        else:
            self._learn_task(now)

    def lose_libvirt(self) -> None:
        """It has none."""

    def run(self) -> Generator[None, None, float | None]:
        """One pass; the seconds until the next."""
        migration = self.migration
        if migration is None or is_closed(migration):
            return None
        for _ in range(MOST_STEPS):
            observation = self._observe(migration)
            yield
            decision = decide(observation, self.world.now)
            status = report(observation, decision, self.world.now)
            if status != migration.status:
                migration = self.api.write_status(migration, status)
                self._learn(migration)
            for act in decision.acts:
                yield
                migration = self._do(act, migration)
            self._learn(migration)
            if is_closed(migration):
                return None
            if not decision.acts and decision.again_after_seconds != 0:
                return decision.again_after_seconds
            yield
        return AGAIN_SECONDS

    def _observe(self, migration: Migration) -> Observation:
        attempts, holder = migration.status.attempts, self.api.holder
        return Observation(
            migration,
            self.world.hypervisors(),
            holder=Holder(holder, "team/move") if holder else None,
            source=self.tasks.get(attempts[-1].source_task) if attempts else None,
            destination=self.tasks.get(attempts[-1].destination_task) if attempts else None,
            fenced=self.world.fenced_hosts(),
            operator_version=VERSION,
        )

    def _do(self, act: Act, migration: Migration) -> Migration:
        match act:
            case SetFinalizer(present=present):
                return self.api.set_finalizer(migration, present)
            case TakeClaim():
                self.api.take_claim(UID)
            case ReleaseClaim():
                self.api.release_claim(UID)
            case CreateTask(name=name, spec=spec):
                self._learn_task(self.api.create(name, spec))
            case WriteSpec(task=name, spec=spec):
                if task := self.tasks.get(name):
                    self._learn_task(self.api.write_spec(task, spec))
            case DeleteTask(task=name):
                if task := self.tasks.get(name):
                    self.api.delete(task)
        return migration

    def _learn(self, migration: Migration) -> None:
        before = self.migration
        news = before is None or int(migration.resource_version) > int(before.resource_version)
        if news and not self.gone:
            self.migration = migration

    def _learn_task(self, task: Task) -> None:
        before = self.tasks.get(task.name)
        if before is None or int(task.resource_version) > int(before.resource_version):
            self.tasks[task.name] = task


def is_closed(migration: Migration) -> bool:
    return migration.status.phase in FINAL_PHASES and not migration.finalizer
