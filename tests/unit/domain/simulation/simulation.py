"""One migration from its creation until nothing moves any more, in an order and with accidents by a seed.

Every step of every process, every arrival of news and every step of libvirt's job is chosen by chance. An
agent or the operator may be killed at any step; it comes back at once or later, and remembers nothing.
"""

import random
from collections.abc import Callable
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from godwit.domain.migration import Migration, MigrationSpec
from godwit.domain.task import Role

from ..builders import FACTS, migration
from .agent_process import Agent
from .api import Api
from .libvirt import Course, Libvirt
from .operator_process import Operator
from .worker import Worker
from .world import LEASE_SECONDS, World

MOST_STEPS = 20_000
AT_REST_SECONDS = 400.0
"""Longer than any timeout: what has not moved for so long will not move by itself."""
LATEST_ACCIDENT_STEP = 250
MOST_SECONDS_PER_STEP = 0.05


class Simulation:
    """All of it."""

    def __init__(self, seed: int, *, strict: bool, operators: int = 1) -> None:
        self.random = chance = random.Random(seed)  # noqa: S311 - a test's dice, no secret
        self.kills = 0
        self.orphaned = False
        """The agent that made the call died before it returned."""
        self.paused = chance.random() < 0.1
        self.autostart = chance.random() < 0.5
        self.persistent = chance.random() < 0.8
        start_timeout = chance.choice(["5m", "5m", "30s", "5s", "2s"])
        self.api = Api(_new(migration(), start_timeout))
        course = chance.choice([Course.MOVES, Course.MOVES, Course.MOVES, *Course])
        self.libvirt = Libvirt(
            course,
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
        self.agents = {role: Worker(self.api, partial(self._agent, role)) for role in Role}
        self.operators = [Worker(self.api, lambda _: Operator(self.world)) for _ in range(operators)]
        self.workers = [*self.operators, *self.agents.values()]
        self.accidents = sorted(chance.randrange(LATEST_ACCIDENT_STEP) for _ in range(chance.randrange(5)))

    def run(self) -> None:
        """Until nothing moves; `AssertionError` as soon as something happens that must not."""
        revision, since = self.api.revision, self.world.now
        for step in range(MOST_STEPS):
            while self.accidents and self.accidents[0] <= step:
                self.accidents.pop(0)
                self.random.choice(self._accidents())()
                since = self.world.now
            self._move()
            self.libvirt.check()
            if self.api.revision != revision or self.world.job or self.world.timers or self.accidents:
                revision, since = self.api.revision, self.world.now
            elif (self.world.now - since).total_seconds() > AT_REST_SECONDS or not self._may_move():
                return
        raise AssertionError("it never comes to rest")

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
        agent = Agent(self.world, role, self.kills, worker.wake)
        agent.domain.hear = lambda stop: worker.tell(partial(agent.hear, stop))
        return agent

    def _accidents(self) -> list[Callable[[], None]]:
        kills: list[Callable[[], None]] = [partial(self._kill_agent, role) for role in Role]
        kills += [partial(self._kill_operator, operator) for operator in self.operators]
        return [*kills, *kills, self.api.delete_migration, self._stall]

    def _kill_operator(self, operator: Worker) -> None:
        operator.kill()
        operator.start()

    def _kill_agent(self, role: Role) -> None:
        agent, world = self.agents[role], self.world
        if agent.body is None:
            return
        self.kills += 1
        self.orphaned = self.orphaned or (role is Role.SOURCE and world.call_is_out)
        agent.kill()
        world.silent_since[role] = world.now
        away_seconds = self.random.choice([0.0, 0.0, 10.0, 100.0])
        world.after(LEASE_SECONDS, self._wake_operators)
        world.after(away_seconds, partial(self._return_agent, role))

    def _return_agent(self, role: Role) -> None:
        self.world.silent_since[role] = None
        self.agents[role].start()
        self._wake_operators()

    def _wake_operators(self) -> None:
        for operator in self.operators:
            operator.wake()

    def _stall(self) -> None:
        """Everybody hangs."""
        self.world.pass_time(self.random.choice([3.0, 40.0, 400.0]))


def _new(what: Migration, start_timeout: str) -> Migration:
    spec: MigrationSpec = replace(what.spec, start_timeout=start_timeout)
    return replace(what, spec=spec, finalizer=False)
