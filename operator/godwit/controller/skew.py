"""How far two hosts' clocks are apart, measured by the way: an agent stamps its answer to a challenge.

The stamp lies between our writing the challenge and our seeing the answer, by our own clock. That bounds
the agent's clock, as a round trip does in NTP. Kept in memory only: a restarted operator knows no skew, and
says so.
"""

from godwit.domain.observation import ClockSkew
from godwit.domain.task import Task
from godwit.runtime.clock import SYSTEM, Clock

MOST_CHALLENGES = 1000


class SkewMeter:
    """By task name."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._asked: dict[str, tuple[str, float]] = {}
        self._bounds: dict[str, tuple[float, float]] = {}
        """How far the agent's clock is ahead of ours: at least, at most; seconds."""

    def asked(self, task: str, challenge: str) -> None:
        """A challenge is about to be written."""
        self._asked[task] = (challenge, self._clock.now().timestamp())
        _drop_oldest(self._asked)
        _drop_oldest(self._bounds)

    def answered(self, task: Task) -> None:
        """A task was seen; its evidence may answer what was asked."""
        evidence, asked = task.status.evidence, self._asked.get(task.name)
        if evidence is None or asked is None or evidence.challenge != asked[0]:
            return
        del self._asked[task.name]
        stamp = evidence.at.timestamp()
        self._bounds[task.name] = (stamp - self._clock.now().timestamp(), stamp - asked[1])

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


def _drop_oldest(table: dict[str, tuple[str, float]] | dict[str, tuple[float, float]]) -> None:
    while len(table) > MOST_CHALLENGES:
        del table[next(iter(table))]
