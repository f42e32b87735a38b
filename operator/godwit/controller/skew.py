"""How far two hosts' clocks are apart, measured by the way: an agent stamps what it does for us.

It stamps when it began the inspection that a new task asks for, and when it ended; later, its answer to a
challenge. These stamps lie between our writing and our seeing the answer, by our own clock. That bounds the
agent's clock, as a round trip does in NTP. Kept in memory only: a restarted operator knows no skew, and says
so.
"""

from typing import TypeVar

from godwit.domain.observation import ClockSkew
from godwit.domain.task import Task
from godwit.runtime.clock import SYSTEM, Clock

V = TypeVar("V")
MOST_CHALLENGES = 1000


class SkewMeter:
    """By task name."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._asked: dict[str, tuple[str, float]] = {}
        self._bounds: dict[str, tuple[float, float]] = {}
        """How far the agent's clock is ahead of ours: at least, at most; seconds."""
        self._created: dict[str, float] = {}

    def creating(self, task: str) -> None:
        """It is about to be created: its agent inspects."""
        self._created[task] = self._clock.now().timestamp()
        _drop_oldest(self._created)
        _drop_oldest(self._bounds)

    def not_created(self, task: str) -> None:
        """Somebody else has created it, nobody knows when."""
        self._created.pop(task, None)

    def asked(self, task: str, challenge: str) -> None:
        """A challenge is about to be written."""
        self._asked[task] = (challenge, self._clock.now().timestamp())
        _drop_oldest(self._asked)
        _drop_oldest(self._bounds)

    def answered(self, task: Task) -> None:
        """A task was seen; its inspection or its evidence may answer what was asked."""
        self._inspected(task)
        evidence, asked = task.status.evidence, self._asked.get(task.name)
        if evidence is None or asked is None or evidence.challenge != asked[0]:
            return
        del self._asked[task.name]
        stamp = evidence.at.timestamp()
        self._bounds[task.name] = (stamp - self._clock.now().timestamp(), stamp - asked[1])

    def _inspected(self, task: Task) -> None:
        inspection = task.status.inspection
        if inspection is None or task.name not in self._created:
            return
        created = self._created.pop(task.name)
        at_least = inspection.ended_at.timestamp() - self._clock.now().timestamp()
        at_most = inspection.began_at.timestamp() - created
        self._bounds[task.name] = (at_least, at_most)

    def between(self, source: Task | None, destination: Task | None) -> ClockSkew | None:
        """None as long as one of both has not answered."""
        if source is None or destination is None:
            return None
        ours, theirs = self._bounds.get(source.name), self._bounds.get(destination.name)
        if ours is None or theirs is None:
            return None
        ahead = sum(theirs) / 2 - sum(ours) / 2
        unsure = (theirs[1] - theirs[0]) / 2 + (ours[1] - ours[0]) / 2
        return ClockSkew(destination_ahead_seconds=ahead, uncertainty_seconds=unsure)


def _drop_oldest(table: dict[str, V]) -> None:
    while len(table) > MOST_CHALLENGES:
        del table[next(iter(table))]
