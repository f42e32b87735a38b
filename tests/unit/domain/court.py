"""Operator and agents in turn, from any pair of pictures until nothing changes: what they did, and when.

No dice here: everybody sees everything at once, and each act is done twice, as after a crash behind it. Tasks
stay when they are paid, for whoever reads the test.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import WriteSpec
from godwit.domain.guest import DomainState, GuestView, Job, Marks, StateReason
from godwit.domain.hosts import destination, source
from godwit.domain.hosts.view import ANSWERED_SECONDS, NO_JOB_SECONDS, Call, HostAct, HostDecision, HostView
from godwit.domain.migration import Migration, Resolution
from godwit.domain.observation import Observation
from godwit.domain.report import report
from godwit.domain.task import Goal, Role, Task

from .builders import ABSENT, NOON

if TYPE_CHECKING:
    from godwit.domain.vocabulary import (
        Outcome,
    )

SECONDS_PER_ROUND = 4.0
ROUNDS = 30
INTENTS = {
    HostAct.SUSPEND: "suspending_at",
    HostAct.DESTROY: "destroying_at",
    HostAct.START_ANEW: "starting_anew_at",
}


class Court:
    """`guests` is what libvirt has on either host; agents that are not Ready do nothing."""

    def __init__(self, observed: Observation, here: GuestView, there: GuestView) -> None:
        self.observed = observed
        self.guests = {Role.SOURCE: here, Role.DESTINATION: there}
        self.acts: list[tuple[Role, HostAct]] = []
        self.verdicts: list[Outcome] = []
        self.now = NOON
        self.forestalled: dict[Role, GuestView] = {}

    def forestall(self, role: Role, guest: GuestView) -> None:
        """Somebody makes that of the guest there between its being given up and its removal."""
        self.forestalled[role] = guest

    def settle(self) -> "Court":
        """Until nothing changes any more, however long one waits."""
        for _ in range(ROUNDS):
            before = (self.observed, dict(self.guests))
            self._operate()
            for role in Role:
                self._serve(role)
            self.now += timedelta(seconds=SECONDS_PER_ROUND)
            if before == (self.observed, self.guests) and self.now > NOON + timedelta(seconds=30):
                return self
        phases = [transition.phase for transition in self.migration.status.phase_transitions[-6:]]
        raise AssertionError(f"it never settles: {phases} {self.message}")

    def resolve(self, word: Resolution) -> "Court":
        """A person says which copy counts."""
        spec = replace(self.migration.spec, resolution=word)
        self.observed = replace(self.observed, migration=replace(self.migration, spec=spec))
        return self.settle()

    @property
    def migration(self) -> Migration:
        return self.observed.migration

    @property
    def message(self) -> str:
        return self.migration.status.conditions[0].message

    def did(self, role: Role) -> list[HostAct]:
        """What its agent did to the guest itself."""
        quiet = (HostAct.RESTORE, HostAct.SETTLE, HostAct.UNDEFINE)
        return [act for who, act in self.acts if who is role and act not in quiet]

    def _operate(self) -> None:
        for _ in range(5):
            decision = decide(self.observed, self.now)
            status = report(self.observed, decision, self.now)
            self.observed = replace(self.observed, migration=replace(self.migration, status=status))
            if status.verdict and status.verdict not in self.verdicts:
                self.verdicts.append(status.verdict)
            for act in decision.acts:
                if isinstance(act, WriteSpec):
                    self._put(replace(self._named(act.task), spec=act.spec))

    def _serve(self, role: Role) -> None:
        for _ in range(6):
            task = self._task(role)
            if task is None or not self.observed.ready(task.spec.node_name):
                return
            if task.spec.goal is Goal.ROLLED_BACK and role in self.forestalled:
                self.guests[role] = self.forestalled.pop(role)
            decision = self._decide(role, task)
            self._put(replace(task, status=decision.status))
            if decision.act is HostAct.NONE:
                return
            if decision.act in INTENTS:
                assert getattr(decision.status, INTENTS[decision.act]), f"{decision.act} without its intent"
            if (role, decision.act) not in self.acts:
                self.acts.append((role, decision.act))
            for _ in range(2):
                self.guests[role] = done(decision.act, self.guests[role], task)

    def _decide(self, role: Role, task: Task) -> HostDecision:
        view = HostView(
            task,
            self.guests[role],
            f"agent-{role}",
            call=Call.NONE,
            answered_seconds=ANSWERED_SECONDS,
            quiet_seconds=NO_JOB_SECONDS,
            peer=self.observed.source,
        )
        return source.decide(view, self.now) if role is Role.SOURCE else destination.decide(view, self.now)

    def _task(self, role: Role) -> Task | None:
        return self.observed.source if role is Role.SOURCE else self.observed.destination

    def _named(self, name: str) -> Task:
        for role in Role:
            if (task := self._task(role)) and task.name == name:
                return task
        raise AssertionError(f"nobody has a task {name}")

    def _put(self, task: Task) -> None:
        side = "source" if task.spec.role is Role.SOURCE else "destination"
        self.observed = replace(self.observed, **{side: task})


def done(act: HostAct, guest: GuestView, task: Task) -> GuestView:
    """The guest after one act on it."""
    match act:
        case HostAct.RESUME if guest.state is DomainState.PAUSED:
            return replace(guest, state=DomainState.RUNNING, reason=StateReason.UNPAUSED)
        case HostAct.SUSPEND if guest.state is DomainState.RUNNING:
            return replace(guest, state=DomainState.PAUSED, reason=StateReason.USER)
        case HostAct.START_ANEW if not guest.active:
            return replace(guest, state=DomainState.RUNNING, reason=StateReason.BOOTED, marks=Marks())
        case HostAct.DESTROY if guest.active:
            return off(guest)
        case HostAct.REMOVE | HostAct.UNDEFINE:
            assert act is HostAct.REMOVE or not guest.active
            return ABSENT
        case HostAct.RESTORE | HostAct.SETTLE:
            facts = task.status.facts
            autostart = facts.view.autostart if facts else bool(task.spec.plan and task.spec.plan.autostart)
            return replace(guest, autostart=autostart and guest.persistent, marks=Marks())
    return guest


def off(guest: GuestView) -> GuestView:
    """Destroyed; a transient one leaves nothing."""
    if not guest.persistent:
        return ABSENT
    kept = Marks(attempt=guest.marks.attempt)
    return replace(
        guest,
        state=DomainState.SHUTOFF,
        reason=StateReason.DESTROYED,
        job=Job.NONE,
        marks=kept,
        domain_id=None,
    )
