"""With `destination.wait` a host that refused is asked again: what was in the way may be gone.

The source looks down the road once more before that, by the same task, while the migration goes on to wait.
The host is forgotten in the journal only when its former task is gone, in the very write that says what
follows.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from godwit.domain.choice.table import Dismissed
from godwit.domain.decision import WriteSpec
from godwit.domain.observation import Observation
from godwit.domain.steps.words import attempt_of, with_journal

TRY_AGAIN_SECONDS = 60.0
"""How long it is left alone."""


def look_once_more(observation: Observation, now: datetime) -> tuple[WriteSpec, ...]:
    """What the source has to be told before anybody is asked again; nothing where it was, or nobody is."""
    source, ripe = observation.source, _ripe(observation, now)
    if source is None or not ripe:
        return ()
    wanted = max(each.look for each in ripe) + 1
    return (WriteSpec(source.name, replace(source.spec, looks=wanted)),) if source.spec.looks < wanted else ()


def forgiven(observation: Observation, now: datetime) -> Observation:
    """Those that the source has looked at since are to be asked again: they were never dismissed."""
    source, status, attempt = observation.source, observation.migration.status, attempt_of(observation)
    look = source.status.outlook.look if source and source.status.outlook else 0
    again = {each.task for each in _ripe(observation, now) if each.look < look}
    if not again:
        return observation
    left = replace(attempt, dismissed=tuple(each for each in attempt.dismissed if each.task not in again))
    return with_journal(observation, replace(status, attempts=(*status.attempts[:-1], left)))


def seconds_until(observation: Observation, now: datetime) -> float | None:
    """When the next one is to be asked again; None where none is, or only the source is waited for."""
    times = [each.at + timedelta(seconds=TRY_AGAIN_SECONDS) for each in _refused(observation)]
    return min(((at - now).total_seconds() for at in times if at > now), default=None)


def _ripe(observation: Observation, now: datetime) -> tuple[Dismissed, ...]:
    long_ago = now - timedelta(seconds=TRY_AGAIN_SECONDS)
    return tuple(each for each in _refused(observation) if each.at <= long_ago)


def _refused(observation: Observation) -> tuple[Dismissed, ...]:
    """Those whose tasks are gone."""
    status, there = observation.migration.status, {task.name for task in observation.dismissed}
    if not observation.migration.spec.destination.wait or not status.attempts or status.source is None:
        return ()
    source, dismissed = status.source.hypervisor, attempt_of(observation).dismissed
    return tuple(each for each in dismissed if each.hypervisor != source and each.task not in there)
