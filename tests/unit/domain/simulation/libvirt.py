"""Two libvirts, as simply as they can be told: domains, and the one job that moves a guest between them.

The job takes its steps whenever the scheduler lets it, whoever lives meanwhile. What Godwit does to a guest
passes through `acts.Acts`, and what fate does through `fate.Fate`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from godwit.domain.guest import DomainState, GuestView, Job, JobStats, Marks, StateReason
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Role, StopDetail

from ..builders import VM

Heard = Callable[[StopDetail | None, bool], None]
"""An agent hears that its host's guest has changed: how it stopped if it did, and whether it runs."""


@dataclass
class Domain:
    """The guest on one host."""

    state: DomainState = DomainState.ABSENT
    reason: StateReason = StateReason.OTHER
    job: Job = Job.NONE
    persistent: bool = False
    autostart: bool = False
    live: Marks = field(default_factory=Marks)
    defined: Marks = field(default_factory=Marks)
    starts: int = 0
    has_run: bool = False
    user_paused: bool = False
    """As its user left it."""
    hear: Heard = lambda _, __: None

    def become(
        self, state: DomainState, reason: StateReason, job: Job = Job.NONE, stop: StopDetail | None = None
    ) -> None:
        self.state, self.reason, self.job = state, reason, job
        self.has_run = self.has_run or self.runs
        if not self.active:
            self.live = Marks()
            if not self.persistent:
                self.state, self.autostart = DomainState.ABSENT, False
        self.hear(stop, self.runs)

    def start(self) -> None:
        """A QEMU from the definition."""
        self.starts += 1
        self.user_paused = False
        self.live = self.defined
        self.become(DomainState.RUNNING, StateReason.BOOTED)

    @property
    def active(self) -> bool:
        return self.state in (DomainState.RUNNING, DomainState.PAUSED)

    @property
    def runs(self) -> bool:
        return self.state is DomainState.RUNNING

    @property
    def whole(self) -> bool:
        """It runs, or could go on: not a copy whose memory is still on its way."""
        return self.active and self.job is not Job.MIGRATION_IN

    def view(self) -> GuestView:
        return GuestView(
            VM.name,
            VM.uuid,
            self.state,
            self.reason,
            domain_id=self.starts if self.active else None,
            job=self.job,
            persistent=self.persistent,
            autostart=self.autostart,
            marks=self.live if self.active else self.defined,
        )


class Course(Enum):
    """What becomes of the job."""

    MOVES = "moves"
    REFUSED = "refused before it begins"
    FAILS_EARLY = "fails while memory is sent"
    FAILS_LATE = "fails while the source is paused for the switchover"
    SOURCE_GOES_ON = "strict only: the source goes on although the copy had arrived"
    FREEZES = "the destination's libvirtd is frozen at the switchover for longer than the keepalive"


class Stage(Enum):
    """How far the job is."""

    NONE = "none"
    SENDING = "memory is sent"
    HANDING_OVER = "the source is paused, and the copy not yet whole"
    ARRIVED = "the copy is whole, and the source waits for the word"


KEEPALIVE_SECONDS, FROZEN_SECONDS = 30.0, 45.0


class Libvirt:
    """Of both hosts."""

    def __init__(
        self,
        course: Course,
        after: Callable[[float, Callable[[], None]], None],
        *,
        persistent: bool,
        paused: bool,
        autostart: bool,
    ) -> None:
        state = DomainState.PAUSED if paused else DomainState.RUNNING
        reason = StateReason.USER if paused else StateReason.BOOTED
        self.source = Domain(
            state, reason, persistent=persistent, autostart=autostart, starts=1, user_paused=paused
        )
        self.destination = Domain()
        self.course = course
        self.stage = Stage.NONE
        self.refuses = False
        """The destination is off or does not answer: no job can begin."""
        self.overtaken = False
        """The source went on after the job: whatever arrived at the destination is older."""
        self.away: set[Role] = set()
        """Whose libvirtd is frozen."""
        self._after = after
        self._returned: Callable[[Failure | None], None] = lambda _: None
        self.calls = 0
        self.abort = False
        self.open_images: Callable[[], bool] = lambda: True
        """The destination's QEMU opens the images that disks are copied into; False when one is missing."""
        self.stats = JobStats()

    def migrate(self, plan: Plan, mark: str, returned: Callable[[Failure | None], None]) -> Iterator[None]:
        """The one call; each step is one step of libvirt's."""
        self.calls += 1
        assert self.calls == 1, "a second job was started"
        return self._job(plan, mark, returned)

    def of(self, role: Role) -> Domain:
        """That host's."""
        return self.source if role is Role.SOURCE else self.destination

    def _job(self, plan: Plan, mark: str, returned: Callable[[Failure | None], None]) -> Iterator[None]:
        here, there = self.source, self.destination
        no_image = bool(plan.copies) and not self.open_images()
        if self.course is Course.REFUSED or not here.active or self.refuses or self.away or no_image:
            return returned(self._failure)
        self._returned, self.stage = returned, Stage.SENDING
        there.starts += 1
        there.user_paused = here.user_paused
        there.live = Marks(run=plan.run_mark, attempt=mark)
        there.become(DomainState.PAUSED, StateReason.MIGRATION, Job.MIGRATION_IN)
        here.become(here.state, here.reason, Job.MIGRATION_OUT)
        for tick, done in enumerate((0, 30, 10, 60, 90)):  # the guest writes: remaining data grows, too
            self.stats = JobStats(
                elapsed_milliseconds=tick * 10_000, data_total_bytes=100, data_remaining_bytes=100 - done
            )
            yield
            if self.stage is Stage.NONE:
                return None
            if self.abort or (self.course is Course.FAILS_EARLY and done == 60):
                return self.fail()
        here.become(
            DomainState.PAUSED, here.reason if self.source.user_paused else StateReason.MIGRATION, here.job
        )
        self.stage = Stage.HANDING_OVER
        yield
        if self.stage is Stage.NONE:
            return None
        if self.course is Course.FAILS_LATE:
            return self.fail()
        if self.course is Course.FREEZES:
            return self._freeze(plan, mark)
        strict = plan.resume_when is not None
        self._arrive(plan, mark, waits=strict or self.source.user_paused)
        self.stage = Stage.ARRIVED
        yield
        if self.stage is Stage.NONE:
            return None
        self.stage = Stage.NONE
        if self.course is Course.SOURCE_GOES_ON and strict and not self.source.user_paused:
            self.overtaken = True
            here.become(DomainState.RUNNING, StateReason.MIGRATION_CANCELED)
            return returned(self._failure)
        here.become(DomainState.SHUTOFF, StateReason.MIGRATED, stop=StopDetail.MIGRATED)
        yield
        return returned(None)

    @property
    def _failure(self) -> Failure:
        return Failure(Reason.LIBVIRT_ERROR, self.course.value)

    def _arrive(self, plan: Plan, mark: str, *, waits: bool) -> None:
        there = self.destination
        there.persistent, there.defined = plan.persistent, Marks(attempt=mark)
        if waits:
            there.become(DomainState.PAUSED, StateReason.USER)
        else:
            there.become(DomainState.RUNNING, StateReason.MIGRATED)

    def _freeze(self, plan: Plan, mark: str) -> None:
        """The source gives up and goes on; the destination wakes later, and finishes what it had begun."""
        self.away.add(Role.DESTINATION)
        boots = self.destination.starts

        def wake() -> None:
            self.away.discard(Role.DESTINATION)
            there = self.destination
            if there.starts != boots or there.job is not Job.MIGRATION_IN:
                return
            if self.stage is not Stage.NONE:
                self.go_on_at_source()
            there.job = Job.NONE
            if plan.resume_when is not None or self.source.user_paused or not self.source.active:
                self._arrive(plan, mark, waits=plan.resume_when is not None or self.source.user_paused)
            else:  # QEMU gets no lock on the image: the source has it
                there.persistent, there.defined = plan.persistent, Marks(attempt=mark)
                there.become(DomainState.SHUTOFF, StateReason.FAILED, stop=StopDetail.FAILED)

        self._after(KEEPALIVE_SECONDS, self.go_on_at_source)
        self._after(FROZEN_SECONDS, wake)

    def go_on_at_source(self) -> None:
        """libvirt gives the job up: the source goes on as it was."""
        if self.stage is Stage.NONE:
            return
        self.stage, self.overtaken = Stage.NONE, True
        state = DomainState.PAUSED if self.source.user_paused else DomainState.RUNNING
        self.source.become(
            state, StateReason.USER if self.source.user_paused else StateReason.MIGRATION_CANCELED
        )
        self._returned(self._failure)

    def fail(self) -> None:
        """Before the copy is whole: it goes away."""
        self.drop_incoming()
        self.go_on_at_source()

    def drop_incoming(self) -> None:
        if self.destination.job is Job.MIGRATION_IN and Role.DESTINATION not in self.away:
            self.destination.become(DomainState.SHUTOFF, StateReason.FAILED, stop=StopDetail.FAILED)

    def give_up(self) -> None:
        """The copy is whole, and the source does not know: it stays paused, and no job is left."""
        self.stage = Stage.NONE
        self.source.become(self.source.state, self.source.reason)
        self._returned(self._failure)

    def check(self, *, allowed: bool) -> None:
        assert allowed or not (self.source.runs and self.destination.runs), "two copies run"
