"""What may go wrong, and what people may do: each comes at a moment that the dice choose."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from godwit.domain.guest import DomainState, Job, StateReason
from godwit.domain.task import Role, StopDetail

from .fate import Fate
from .files import DIRECTORY, PATH, SOMEBODY
from .worker import Worker
from .world import LEASE_SECONDS

if TYPE_CHECKING:
    from .simulation import Simulation

NEVER = float("inf")
FENCED_AFTER_SECONDS = 120.0


class Accidents:
    """`hard`: hosts, libvirtds and the guest may fail, too; else only processes of Godwit's die."""

    def __init__(self, simulation: "Simulation", *, hard: bool) -> None:
        self.simulation, self.chance = simulation, simulation.random
        self.world = simulation.world
        self.fate = Fate(self.world.libvirt, self.chance)
        self.hard = hard
        self.kills = 0
        self.orphaned = False
        """The agent that made the call died before it returned."""
        self.off: set[Role] = set()
        self.blind: set[Role] = set()
        """Their libvirtd does not come back."""
        self.happened: list[str] = []

    @property
    def lost(self) -> set[Role]:
        """Hosts that nobody can look at any more."""
        return self.off | self.blind

    def happen(self) -> None:
        accident = self.chance.choice(self._all())
        self.happened.append(f"{self.world.now:%T} {_named(accident)}")
        accident()

    def _all(self) -> list[Callable[[], None]]:
        kills: list[Callable[[], None]] = [partial(self.kill_agent, role) for role in Role]
        kills += [partial(self._kill_operator, operator) for operator in self.simulation.operators]
        api = self.world.api
        found = [*kills, *kills, api.delete_migration, api.cancel, api.cancel, self._stall]
        if self.hard:
            found += [partial(self._power_off, role) for role in Role]
            found += [partial(self._restart_libvirtd, role) for role in Role]
            found += [partial(self._stop_libvirtd, role) for role in Role]
            found += [self._end_guest, self._start_at_source]
            if self.simulation.copied:
                found += [self.world.files.drop_by_hand, self._put_image, self._bring_back, self._bring_back]
        return found

    def _kill_operator(self, operator: Worker) -> None:
        operator.kill()
        operator.start()

    def kill_agent(self, role: Role, away_seconds: float | None = None) -> None:
        agent, world = self.simulation.agents[role], self.world
        if agent.body is None:
            return
        self.kills += 1
        self.orphaned = self.orphaned or (role is Role.SOURCE and world.call_is_out)
        agent.kill()
        world.silent_since[role] = world.now
        seconds = self.chance.choice([0.0, 0.0, 10.0, 100.0]) if away_seconds is None else away_seconds
        world.after(LEASE_SECONDS, self.simulation.wake_operators)
        if seconds is not NEVER:
            world.after(seconds, partial(self._return_agent, role))

    def _return_agent(self, role: Role) -> None:
        agent = self.simulation.agents[role]
        if agent.body is not None or role in self.off:
            return
        self.world.silent_since[role] = None
        agent.start()
        self.simulation.wake_operators()

    def _stall(self) -> None:
        """Everybody hangs."""
        self.world.pass_time(self.chance.choice([3.0, 40.0, 400.0]))

    def _power_off(self, role: Role) -> None:
        if role in self.off:
            return
        self.kill_agent(role, NEVER)
        self.off.add(role)
        if role is Role.SOURCE:
            self.world.drop_call()
        self.fate.power_off(role)
        seconds = self.chance.choice([20.0, 100.0, 300.0, NEVER])
        if seconds is not NEVER:
            self.world.after(seconds, partial(self._boot, role))
        elif self.chance.random() < 0.7:
            self.world.after(FENCED_AFTER_SECONDS, partial(self._fence, role))

    def _boot(self, role: Role) -> None:
        self.off.discard(role)
        self.fate.boot(role)
        self._return_agent(role)

    def _fence(self, role: Role) -> None:
        self.world.fenced.add(role)
        self.simulation.wake_operators()

    def _restart_libvirtd(self, role: Role) -> None:
        if role in self.off:
            return
        agent = self.simulation.agents[role]
        if agent.body:
            agent.body.lose_libvirt()
            agent.wake()
        if role is Role.SOURCE and role not in self.world.libvirt.away:
            self.world.drop_call()
        self.fate.restart_libvirtd(role)

    def _stop_libvirtd(self, role: Role) -> None:
        if role in self.off or role in self.world.libvirt.away:
            return
        self._restart_libvirtd(role)
        self.world.libvirt.away.add(role)
        seconds = self.chance.choice([5.0, 25.0, 100.0, NEVER])
        if seconds is NEVER:
            self.blind.add(role)
        else:
            self.world.after(seconds, partial(self._start_libvirtd, role))

    def _start_libvirtd(self, role: Role) -> None:
        self.world.libvirt.away.discard(role)
        self.simulation.agents[role].wake()

    def _bring_back(self) -> None:
        """While no agent looks, or not; its user may have ended it again before anybody does."""
        if self.world.libvirt.source.state is not DomainState.SHUTOFF:
            return
        if self.chance.random() < 0.7:
            self.kill_agent(Role.SOURCE, self.chance.choice([5.0, 30.0]))
        self._start_at_source()
        if self.chance.random() < 0.7:
            self.world.after(self.chance.choice([1.0, 10.0]), self._stop_at_source)

    def _stop_at_source(self) -> None:
        source = self.world.libvirt.source
        if source.runs and source.job is Job.NONE:
            self.world.files.guest_writes(Role.SOURCE)
            source.become(DomainState.SHUTOFF, StateReason.SHUTDOWN, stop=StopDetail.SHUTDOWN)
            self.fate.guest_ended = True

    def _put_image(self) -> None:
        """Somebody is quicker than Godwit."""
        files = self.world.files
        if DIRECTORY in files.of[Role.DESTINATION] and PATH not in files.of[Role.DESTINATION]:
            files.put(Role.DESTINATION, PATH, SOMEBODY)

    def _end_guest(self) -> None:
        self.fate.end_guest()

    def _start_at_source(self) -> None:
        if Role.SOURCE not in self.off:
            self.fate.start_at_source(locked=not self.simulation.strict)
            self.world.acts.by_somebody = self.fate.started_by_user
            self.world.acts.is_brought_back = self.fate.brought_back
            if self.world.libvirt.source.runs:
                self.world.files.guest_writes(Role.SOURCE)


def _named(accident: Callable[[], None]) -> str:
    if isinstance(accident, partial):
        return f"{accident.func.__name__} {accident.args[0] if isinstance(accident.args[0], Role) else ''}"
    return accident.__name__
