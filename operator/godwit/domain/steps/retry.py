"""With `destination.wait` a host that refused is asked again: what was in the way may be gone.

The source is looked at anew first, by a task of its own, since the guest may be another one by then. Who is
asked again is forgotten in the journal once his former task is gone, by the write that says what follows. So
are former looks at the source: a long wait makes no long status.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from godwit.domain import duration
from godwit.domain.choice.table import Dismissed
from godwit.domain.observation import Observation
from godwit.domain.steps.words import attempt_of, looked_at, with_attempt, with_journal

LONGEST_PAUSE = timedelta(seconds=60)
"""So long is good enough, too, what is known of the guest."""
_SHORTEST_PAUSE = timedelta(seconds=1)
_PAUSES = 3
"""In a wait that is shorter than so many of the longest ones."""


def seconds_to_wait(observation: Observation, now: datetime) -> float:
    """How much of `destination.wait` is left."""
    migration = observation.migration
    since = migration.status.unqueued_at or migration.created_at
    wait_for = migration.spec.destination.wait
    return duration.seconds(wait_for) - (now - since).total_seconds() if wait_for else 0.0


def pause(observation: Observation) -> timedelta:
    """How long a host that refused is left alone."""
    wait = observation.migration.spec.destination.wait
    if not wait:
        return LONGEST_PAUSE
    return max(_SHORTEST_PAUSE, min(LONGEST_PAUSE, timedelta(seconds=duration.seconds(wait)) / _PAUSES))


def looked_long_ago(observation: Observation, now: datetime) -> bool:
    """What the source has told is not of now any more; what an inspection itself takes is not counted."""
    inspection = observation.source.status.inspection if observation.source else None
    took = inspection.ended_at - inspection.began_at if inspection else timedelta()
    return _may_wait(observation, now) and now - _looked_at(observation) > LONGEST_PAUSE + took


def forgiven(observation: Observation, now: datetime) -> Observation:
    """Those who are to be asked again were never dismissed; of looks at the source the last is kept."""
    status, attempt = observation.migration.status, attempt_of(observation)
    last, source = _looked_at(observation), _source(observation)
    enough = pause(observation)
    over = {
        each.task
        for each in _gone(observation, now)
        if now - each.at >= enough and (each.hypervisor != source or each.at < last)
    }
    if not over:
        return observation
    left = replace(attempt, dismissed=tuple(each for each in attempt.dismissed if each.task not in over))
    return with_journal(observation, with_attempt(status, left))


def seconds_until(observation: Observation, now: datetime) -> float | None:
    """When the next one is to be asked again; None where none is."""
    source = _source(observation)
    times = (each.at + pause(observation) for each in _gone(observation, now) if each.hypervisor != source)
    return min(((at - now).total_seconds() for at in times if at > now), default=None)


def _looked_at(observation: Observation) -> datetime:
    return looked_at(observation.migration.status, attempt_of(observation))


def _gone(observation: Observation, now: datetime) -> tuple[Dismissed, ...]:
    """Those whose tasks are."""
    if not _may_wait(observation, now):
        return ()
    there = {task.name for task in observation.dismissed}
    return tuple(each for each in attempt_of(observation).dismissed if each.task not in there)


def _may_wait(observation: Observation, now: datetime) -> bool:
    """Once the wait is over nobody is asked again: else hosts that refuse slowly would be, in a circle."""
    return bool(observation.migration.status.attempts) and seconds_to_wait(observation, now) > 0


def _source(observation: Observation) -> str:
    source = observation.migration.status.source
    return source.hypervisor if source else ""
