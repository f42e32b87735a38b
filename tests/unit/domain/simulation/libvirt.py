"""Two libvirts, as simply as they can be told: domains, and the one job that moves a guest between them.

The job takes its steps whenever the scheduler lets it, whoever lives meanwhile. Whatever is done to a guest
passes through here, and what must never happen fails at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from godwit.domain.guest import DomainState, GuestView, Job, JobStats, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Plan, StopDetail

from ..builders import VM

Heard = Callable[[StopDetail | None], None]
"""An agent hears that its host's guest has changed, and how it stopped if it did."""


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
    hear: Heard = lambda _: None

    def become(
        self, state: DomainState, reason: StateReason, job: Job = Job.NONE, stop: StopDetail | None = None
    ) -> None:
        self.state, self.reason, self.job = state, reason, job
        if not self.active:
            self.live = Marks()
            if not self.persistent:
                self.state, self.autostart = DomainState.ABSENT, False
        self.hear(stop)

    @property
    def active(self) -> bool:
        return self.state in (DomainState.RUNNING, DomainState.PAUSED)

    @property
    def runs(self) -> bool:
        return self.state is DomainState.RUNNING

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


class Libvirt:
    """Of both hosts."""

    def __init__(self, course: Course, *, persistent: bool, paused: bool, autostart: bool) -> None:
        state = DomainState.PAUSED if paused else DomainState.RUNNING
        reason = StateReason.USER if paused else StateReason.BOOTED
        self.source = Domain(state, reason, persistent=persistent, autostart=autostart, starts=1)
        self.destination = Domain()
        self.course = course
        self.paused = paused
        self.calls = 0
        self.abort = False
        self.stats = JobStats()

    def migrate(self, plan: Plan, mark: str, returned: Callable[[Failure | None], None]) -> Iterator[None]:
        """The one call; each step is one step of libvirt's."""
        self.calls += 1
        assert self.calls == 1, "a second job was started"
        assert self.source.active, "a job was started for a guest that is off"
        return self._job(plan, mark, returned)

    def _job(self, plan: Plan, mark: str, returned: Callable[[Failure | None], None]) -> Iterator[None]:
        here, there = self.source, self.destination
        failure = Failure(Reason.LIBVIRT_ERROR, self.course.value)
        if self.course is Course.REFUSED or not here.active:
            return returned(failure)
        there.starts += 1
        there.live = Marks(run=plan.run_mark, attempt=mark)
        there.become(DomainState.PAUSED, StateReason.MIGRATION, Job.MIGRATION_IN)
        here.become(here.state, here.reason, Job.MIGRATION_OUT)
        for tick, done in enumerate((0, 30, 10, 60, 90)):  # the guest writes: remaining data grows, too
            self.stats = JobStats(
                elapsed_milliseconds=tick * 10_000, data_total_bytes=100, data_remaining_bytes=100 - done
            )
            yield
            if self.abort or (self.course is Course.FAILS_EARLY and done == 60):
                return self._fail(returned, failure)
        here.become(DomainState.PAUSED, here.reason if self.paused else StateReason.MIGRATION, here.job)
        yield
        if self.course is Course.FAILS_LATE:
            return self._fail(returned, failure)
        strict = plan.resume_when is not None
        self._arrive(plan, mark, waits=strict or self.paused)
        yield
        if self.course is Course.SOURCE_GOES_ON and strict:
            here.become(DomainState.RUNNING, StateReason.MIGRATION_CANCELED)
            return returned(failure)
        here.become(DomainState.SHUTOFF, StateReason.MIGRATED, stop=StopDetail.MIGRATED)
        yield
        return returned(None)

    def _arrive(self, plan: Plan, mark: str, *, waits: bool) -> None:
        there = self.destination
        there.persistent, there.defined = plan.persistent, Marks(attempt=mark)
        if waits:
            there.become(DomainState.PAUSED, StateReason.USER)
        else:
            there.become(DomainState.RUNNING, StateReason.MIGRATED)

    def _fail(self, returned: Callable[[Failure | None], None], failure: Failure) -> None:
        self.destination.become(DomainState.SHUTOFF, StateReason.FAILED)
        state = DomainState.PAUSED if self.paused else DomainState.RUNNING
        self.source.become(state, StateReason.USER if self.paused else StateReason.MIGRATION_CANCELED)
        returned(failure)

    def resume(self) -> None:
        """At the destination: the strict switchover's second half."""
        assert not self.source.active, "the destination was resumed while the source had the guest"
        if self.destination.state is DomainState.PAUSED:
            self.destination.become(DomainState.RUNNING, StateReason.UNPAUSED)

    def remove(self, mark: str) -> None:
        """At the destination."""
        there = self.destination
        if there.view().marks.attempt != mark:
            return
        assert not there.runs, "a guest that runs was destroyed"
        assert self.source.active, "the last copy of the guest was destroyed"
        there.persistent = False
        there.become(DomainState.SHUTOFF, StateReason.DESTROYED, stop=StopDetail.DESTROYED)

    def undefine(self, *, committed: bool) -> None:
        """At the source."""
        assert committed, "the source's definition went before the commit was written"
        assert not self.source.active, "an active guest was undefined"
        self.source.persistent = False
        self.source.become(DomainState.ABSENT, StateReason.OTHER)

    def check(self) -> None:
        assert not (self.source.runs and self.destination.runs), "two copies run"
