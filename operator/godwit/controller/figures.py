"""What the operator counts, from each status that was written; a finished migration is counted once."""

import asyncio
from collections import Counter

from godwit.domain.migration import FINAL_PHASES, Migration, MigrationStatus, Mode, Outcome, Phase
from godwit.domain.reasons import Reason
from godwit.runtime.cache import Cache
from godwit.telemetry.metrics import OperatorMetrics

TOGETHER_SECONDS = 1.0


class Figures:
    """Feeds the metrics."""

    def __init__(self, metrics: OperatorMetrics, cache: Cache[Migration]) -> None:
        self._metrics = metrics
        self._cache = cache
        self._counting: asyncio.TimerHandle | None = None

    def told(self, migration: Migration, before: MigrationStatus, after: MigrationStatus) -> None:
        """A status was written."""
        if after.phase is before.phase:
            return
        self._phase_ended(before, after)
        if after.phase in FINAL_PHASES:
            self._finished(migration, after)
        self.count()

    def gone(self) -> None:
        """A migration is no more; thousands may go together, so they are counted once for all of them."""
        if self._counting is None:
            self._counting = asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self.count)

    def count(self) -> None:
        """Migrations by phase, as they are now."""
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        phases = [migration.status.phase or Phase.PENDING for migration in self._cache.values()]
        self._metrics.count_phases(Counter(phases))

    def _phase_ended(self, before: MigrationStatus, after: MigrationStatus) -> None:
        if len(after.phase_transitions) < 2 or before.phase is None:
            return
        began, ended = after.phase_transitions[-2].at, after.phase_transitions[-1].at
        self._metrics.phase_ended(before.phase, (ended - began).total_seconds())

    def _finished(self, migration: Migration, status: MigrationStatus) -> None:
        ending, result = status.ending, status.result
        took = (status.finished_at or migration.created_at) - migration.created_at
        downtime = result.downtime.reported_milliseconds if result else None
        self._metrics.finished(
            ending.outcome if ending else Outcome.SUCCEEDED,
            ending.reason if ending else Reason.SUCCEEDED,
            None if migration.spec.mode is Mode.VALIDATE else took.total_seconds(),
            None if downtime is None else downtime / 1000,
            result.bytes if result else 0,
        )
