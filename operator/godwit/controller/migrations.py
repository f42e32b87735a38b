"""One reconcile loop per VMMigration: observe, decide, write the status, act, until nothing changes.

The status is written before the acts that it announces, by a write that fails when somebody else (another
operator too) was quicker. A finished migration costs one look at its cached value, and nothing else. An
operator that dies may leave an event untold: the status says the same, and is written first.
"""

from collections.abc import Callable

from godwit.cluster.ports import Migrations, Notice, Notices
from godwit.controller.act import Actor
from godwit.controller.observe import Observer
from godwit.domain.conditions import Condition
from godwit.domain.decide import decide
from godwit.domain.decision import Decision
from godwit.domain.migration import FINAL_PHASES, Migration, MigrationStatus, Phase
from godwit.domain.report import report
from godwit.runtime.cache import Cache, Key
from godwit.runtime.clock import SYSTEM, Clock

MOST_STEPS = 8
AGAIN_SECONDS = 0.05
RESYNC_SECONDS = 60.0
"""An active migration is looked at so often even if nothing woke it: a lost event must not hold it."""
NOTICE_SECONDS = 5.0
"""A phase that is left sooner has no event of its own: `phaseTransitions` tells it."""

_WARNINGS = frozenset({Phase.FAILED, Phase.NEEDS_ATTENTION})
_TOLD_AT_ONCE = FINAL_PHASES | {Phase.PREPARING}
"""The end, and what the checks have said."""
Told = Callable[[Migration, MigrationStatus, MigrationStatus], None]
"""The migration, its status before and after."""


class MigrationReconciler:
    """`told` hears of every change of a status that was written."""

    def __init__(
        self,
        cache: Cache[Migration],
        port: Migrations,
        observer: Observer,
        actor: Actor,
        notices: Notices,
        told: Told,
        clock: Clock = SYSTEM,
    ) -> None:
        self._cache = cache
        self._port = port
        self._observer = observer
        self._actor = actor
        self._notices = notices
        self._told = told
        self._clock = clock
        self._news: dict[Key, float] = {}
        """Since which second, by the monotonic clock, there is a phase that no event has told."""

    async def reconcile(self, key: Key) -> float | None:
        """One pass; the seconds until the next one without a wake."""
        again = await self._steps(key)
        if again is None:
            self._news.pop(key, None)
            return None
        return min(again, await self._notice(key))

    async def _steps(self, key: Key) -> float | None:
        migration = self._cache.get(key)
        if migration is None or _is_closed(migration):
            return None
        for _ in range(MOST_STEPS):
            now = self._clock.now()
            observation = await self._observer.observe(migration)
            decision = decide(observation, now)
            migration = await self._write(key, migration, report(observation, decision, now))
            for act in decision.acts:
                if self._actor.has_changed(act, observation):
                    return 0.0
                migration = await self._actor.do(act, migration)
            self._learn(key, migration)
            if _is_closed(migration):
                return None
            if not decision.acts and decision.again_after_seconds != 0:
                return _next_pass(decision)
        return AGAIN_SECONDS

    async def _write(self, key: Key, migration: Migration, status: MigrationStatus) -> Migration:
        before = migration.status
        if status == before:
            return migration
        after = await self._port.write_status(migration, status)
        self._learn(key, after)
        self._told(after, before, status)
        if status.phase in _TOLD_AT_ONCE and status.phase is not before.phase:
            self._news.pop(key, None)
            await self._notices.post(_notice(after))
        elif _is_news(before, status):
            self._news[key] = self._clock.monotonic()
        return after

    async def _notice(self, key: Key) -> float:
        """Tell a phase that lasts; the seconds until one is to be told."""
        since, migration = self._news.get(key), self._cache.get(key)
        if since is None or migration is None:
            return RESYNC_SECONDS
        left = since + NOTICE_SECONDS - self._clock.monotonic()
        if left > 0:
            return left
        del self._news[key]
        await self._notices.post(_notice(migration))
        return RESYNC_SECONDS

    def _learn(self, key: Key, migration: Migration) -> None:
        """Nothing of one that is gone: the watch may be quicker than the answer that let it go."""
        if self._cache.get(key) is None:
            return
        self._cache.learn(key, int(migration.resource_version), migration)


def _is_closed(migration: Migration) -> bool:
    """Nothing will ever be done for it again, except to say that an edit was seen."""
    status = migration.status
    over = status.phase in FINAL_PHASES and not migration.finalizer
    return over and status.observed_generation == migration.generation


def _next_pass(decision: Decision) -> float:
    asked = decision.again_after_seconds
    return RESYNC_SECONDS if asked is None else min(asked, RESYNC_SECONDS)


def _is_news(before: MigrationStatus, after: MigrationStatus) -> bool:
    """Another phase, or something else that holds a `Pending` one up."""
    if before.phase is after.phase is Phase.PENDING:
        return _headline(after).reason != _headline(before).reason
    return after.phase is not before.phase


def _headline(status: MigrationStatus) -> Condition:
    return next(condition for condition in status.conditions if condition.type == "Succeeded")


def _notice(migration: Migration) -> Notice:
    status = migration.status
    succeeded = _headline(status)
    return Notice(
        kind="VMMigration",
        namespace=migration.namespace,
        name=migration.name,
        uid=migration.uid,
        reason=succeeded.reason,
        message=succeeded.message,
        warning=status.phase in _WARNINGS,
    )
