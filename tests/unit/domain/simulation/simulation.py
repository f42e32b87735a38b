"""One migration from its creation until nothing moves any more, in an order and with accidents by a seed.

Every step of every process, every arrival of news and every step of libvirt's job is chosen by chance. An
agent or the operator may be killed at any step; it comes back at once or later, and remembers nothing.
"""

import random
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from godwit.domain.disks import SourceImages, Storage
from godwit.domain.image import FileKind
from godwit.domain.migration import Migration, MigrationSpec, Phase, Resolution
from godwit.domain.task import Role
from godwit.domain.vocabulary import (
    Outcome,
)

from ..builders import FACTS, migration
from .accidents import Accidents
from .agent_process import Agent
from .api import Api
from .files import DIRECTORY, GUEST, PATH, SOMEBODY
from .libvirt import Course, Domain, Libvirt, Stage
from .operator_process import Operator
from .worker import Worker
from .world import World

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS = 20_000
AT_REST_SECONDS = 400.0
"""Longer than any timeout: what has not moved for so long will not move by itself."""
LATEST_ACCIDENT_STEP = 250
MOST_SECONDS_PER_STEP = 0.05
_WORDS = {
    Outcome.KEEP_SOURCE: Resolution.KEEP_SOURCE,
    Outcome.KEEP_DESTINATION: Resolution.KEEP_DESTINATION,
}


class Simulation:
    """All of it."""

    def __init__(
        self, seed: int, *, strict: bool, operators: int = 1, hard: bool = False, copied: bool = False
    ) -> None:
        self.random = chance = random.Random(seed)  # noqa: S311 - a test's dice, no secret
        self.strict, self.copied = strict, copied
        self.paused = chance.random() < 0.1
        self.autostart = chance.random() < 0.5
        self.persistent = chance.random() < 0.8
        start_timeout = chance.choice(["5m", "5m", "30s", "5s", "2s"])
        self.delete = copied and chance.random() < 0.5
        self.api = Api(_new(migration(), start_timeout, self.delete))
        often = [Course.MOVES] * (12 if copied else 3)
        course = chance.choice([*often, *Course])
        self.libvirt = Libvirt(
            course,
            lambda seconds, what: self.world.after(seconds, what),
            persistent=self.persistent,
            paused=self.paused,
            autostart=self.autostart and self.persistent,
        )
        self.world = World(
            self.api,
            self.libvirt,
            destination_file_system="" if strict else FACTS.disks[0].file_system,
            lock_seconds=chance.choice([0.0, 0.0, 5.0, 29.0]),
        )
        if copied:
            self._place_images()
        self.agents_made = 0
        self.agents = {role: Worker(self.api, partial(self._agent, role)) for role in Role}
        self.operators = [Worker(self.api, lambda _: Operator(self.world)) for _ in range(operators)]
        self.workers = [*self.operators, *self.agents.values()]
        self.accidents = Accidents(self, hard=hard)
        self.moments = sorted(chance.randrange(LATEST_ACCIDENT_STEP) for _ in range(chance.randrange(5)))
        self.person = chance.choice([None, *Resolution])
        """What whoever is asked will say."""
        self.ambush = chance.choice([None, *Stage]) if hard else None
        """An accident waits for the job to come so far."""
        self.committed = False
        self.phases: list[Phase] = []
        self.verdicts: set[Outcome] = set()

    def _place_images(self) -> None:
        """The guest's own at the source; its directory, or somebody's image, may be at the destination."""
        world, chance = self.world, self.random
        world.copied = True
        world.libvirt.open_images = partial(world.files.open, Role.DESTINATION)
        world.files.put(Role.SOURCE, DIRECTORY, GUEST, FileKind.DIRECTORY)
        world.files.put(Role.SOURCE, PATH, GUEST)
        world.files.guest_writes(Role.SOURCE)
        if chance.random() < 0.5:
            world.files.put(Role.DESTINATION, DIRECTORY, SOMEBODY, FileKind.DIRECTORY)
            if chance.random() < 0.1:
                world.files.put(Role.DESTINATION, PATH, SOMEBODY)

    def role_of(self, domain: Domain) -> Role:
        """Whose it is."""
        return Role.SOURCE if domain is self.libvirt.source else Role.DESTINATION

    def run(self) -> None:
        """Until nothing moves; `AssertionError` as soon as something happens that must not."""
        revision, since = self.api.revision, self.world.now
        for step in range(MOST_STEPS):
            while self.moments and self.moments[0] <= step:
                self.moments.pop(0)
                self.accidents.happen()
                since = self.world.now
            self._move()
            self._follow(step)
            self.libvirt.check(allowed=bool(self.world.acts.word) or self.accidents.fate.started_by_user)
            if self.api.revision != revision or self.world.job or self.world.timers or self.moments:
                revision, since = self.api.revision, self.world.now
            elif self._rests(since) and not self._is_told_more():
                return
        raise AssertionError(f"it never comes to rest: {self.phases[-9:]}")

    def _rests(self, since: datetime) -> bool:
        return (self.world.now - since).total_seconds() > AT_REST_SECONDS or not self._may_move()

    def _is_told_more(self) -> bool:
        """Whoever is asked has said something new."""
        before = self.api.revision
        if self.person:
            self.api.resolve(self.person)
        return self.api.revision != before

    def _follow(self, step: int) -> None:
        if self.libvirt.stage is self.ambush is not Stage.NONE:
            self.ambush = None
            self.moments = sorted([*self.moments, step + self.random.randrange(40)])
        now = self.api.migration
        if now is None:
            return
        self.committed = self.committed or now.status.committed_at is not None
        if now.status.verdict:
            self.verdicts.add(now.status.verdict)
        self.world.acts.word = _WORDS.get(now.status.verdict) if now.status.verdict else None
        if now.status.phase and (not self.phases or self.phases[-1] is not now.status.phase):
            self.phases.append(now.status.phase)

    def _move(self) -> None:
        """One step of somebody who can; where nobody can, time goes on to when somebody will."""
        self.world.pass_time(self.random.random() * MOST_SECONDS_PER_STEP)
        now = self.world.now
        moves: list[Callable[[], None]] = []
        for worker in self.workers:
            if worker.ready(now):
                moves.append(partial(worker.step, now))
            if worker.inbox:
                moves.append(worker.hear)
        if self.world.job:
            moves.append(self.world.work_on_job)
        if moves:
            self.random.choice(moves)()
        elif times := self._times():
            self.world.pass_time(max(0.0, (min(times) - now).total_seconds()))

    def _may_move(self) -> bool:
        ready = any(worker.inbox or worker.ready(self.world.now) for worker in self.workers)
        return ready or bool(self._times())

    def _times(self) -> list[datetime]:
        dues = [worker.due for worker in self.workers if worker.body and worker.due]
        return [*dues, *(at for at, _ in self.world.timers)]

    def _agent(self, role: Role, worker: Worker) -> Agent:
        self.agents_made += 1
        agent = Agent(self.world, role, self.agents_made, worker.wake)
        agent.domain.hear = lambda stop, runs: worker.tell(partial(agent.hear, stop, runs))
        return agent

    def wake_operators(self) -> None:
        for operator in self.operators:
            operator.wake()


def _new(what: Migration, start_timeout: str, delete: bool) -> Migration:
    storage = Storage(source_images=SourceImages.DELETE) if delete else Storage()
    spec: MigrationSpec = replace(what.spec, start_timeout=start_timeout, storage=storage)
    return replace(what, spec=spec, finalizer=False)
