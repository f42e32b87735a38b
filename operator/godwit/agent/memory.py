"""What an agent knows of a task beyond what is written: seen events, its own call, statistics.

None of it survives the process, and nothing depends on that it does: an agent that was killed decides from
the status and from libvirt, and where an event is lost the recovery table knows what is missing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from godwit.domain.guest import JobStats
from godwit.domain.hosts.view import Call
from godwit.domain.image import Mirror
from godwit.domain.storage import Look, with_look
from godwit.domain.task import Failure, Stopped
from godwit.hypervisor.ports import Event, EventKind

GAP_SECONDS = 10.0
"""Without any figure: libvirt was held up, and a job that needs it stood still with it."""


@dataclass
class Movement:
    """Since when figures are the same.

    Those that are the same after a gap did not move in it, either: nothing counts back. But what stood still
    because libvirt did is given time to go on: as long as a gap may be, nothing counts as a stall.
    """

    figures: object = None
    moved: float = 0.0
    watched: float = 0.0
    """Since when without a gap."""
    seen: float = 0.0

    def see(self, figures: object, now: float) -> None:
        """`now` is monotonic."""
        if figures != self.figures:
            self.figures, self.moved = figures, now
        if now - self.seen > GAP_SECONDS:
            self.watched = now
        self.seen = now

    @property
    def stalled_seconds(self) -> float:
        """How long they have been the same; 0 right after a gap."""
        began_before = self.moved < self.watched
        if began_before and self.seen - self.watched < GAP_SECONDS:
            return 0.0
        return self.seen - self.moved


@dataclass
class Memory:
    """Of one task."""

    call: Call = Call.NONE
    call_failure: Failure | None = None
    answered_since: float | None = None
    """Monotonic; None while libvirt does not answer."""
    quiet_since: float | None = None
    """Monotonic; None while libvirt shows a job or does not answer."""
    unanswered_since: float | None = None
    """Monotonic; None while libvirt answers."""
    stopped: Stopped | None = None
    suspended_at: datetime | None = None
    resumed_at: datetime | None = None
    stats: JobStats | None = None
    completed: JobStats | None = None
    mirrors: tuple[Mirror, ...] = ()
    """As they were shown last."""
    looks: tuple[Look, ...] = ()
    """At those mirrors, lately."""
    were_complete: frozenset[str] = frozenset()
    synchronous: frozenset[str] = frozenset()
    """Targets whose mirrors were made so."""
    memory_bandwidth: int | None = None
    """What was allowed the job's memory last, in MiB/s."""
    missing_images: tuple[str, ...] = ()
    monotonic: Callable[[], float] = time.monotonic
    _movement: Movement = field(default_factory=Movement)
    _images_looked_at: float | None = None

    def see(self, event: Event) -> None:
        """Keep what an event of the task's guest tells."""
        match event.kind:
            case EventKind.STOPPED if event.stop is not None:
                self.stopped = Stopped(event.stop, event.at)
            case EventKind.STARTED:
                self.stopped = None
            case EventKind.SUSPENDED if event.migrated:
                self.suspended_at = event.at
            case EventKind.RESUMED:
                self.resumed_at = event.at
            case EventKind.JOB_COMPLETED:
                self.completed = event.stats

    def begin_call(self) -> None:
        """What was seen before belongs to another job, or to none."""
        self.call, self.call_failure = Call.RUNNING, None
        self.suspended_at = self.completed = None
        self.forget_figures()

    def see_figures(self, stats: JobStats, mirrors: tuple[Mirror, ...]) -> None:
        """libvirt gave figures of a job that runs, and of its mirrors."""
        self.stats, self.mirrors = stats, mirrors
        moved = tuple((mirror.target, mirror.copied_bytes) for mirror in mirrors)
        figures = stats.data_processed_bytes, stats.memory_processed_bytes, stats.disk_processed_bytes, moved
        now = self.monotonic()
        self._movement.see(figures, now)
        self.looks = with_look(self.looks, Look(now, mirrors))
        self.were_complete |= {mirror.target for mirror in mirrors if mirror.ready}

    def forget_figures(self) -> None:
        """There is no job."""
        self.stats, self.mirrors, self.memory_bandwidth, self._movement = None, (), None, Movement()
        self.looks, self.were_complete, self.synchronous = (), frozenset(), frozenset()

    def set_speed(self, target: str, bytes_per_second: int) -> None:
        """Of a mirror: until it is looked at again."""
        self.mirrors = tuple(
            replace(mirror, bandwidth_bytes_per_second=bytes_per_second)
            if mirror.target == target
            else mirror
            for mirror in self.mirrors
        )

    def is_time_to_look_at_images(self, every_seconds: float) -> bool:
        """True at most so often; whoever asks looks."""
        now, last = self.monotonic(), self._images_looked_at
        if last is not None and now - last < every_seconds:
            return False
        self._images_looked_at = now
        return True

    def see_job(self, *, job: bool) -> None:
        """A look at libvirt has shown a job, or none."""
        self.unanswered_since = None
        if self.answered_since is None:
            self.answered_since = self.monotonic()
        if job:
            self.quiet_since = None
        elif self.quiet_since is None:
            self.quiet_since = self.monotonic()

    def lose_sight(self) -> None:
        """libvirt did not answer: whatever was quiet may not have been."""
        self.answered_since = self.quiet_since = None
        if self.unanswered_since is None:
            self.unanswered_since = self.monotonic()

    @property
    def unanswered_seconds(self) -> float:
        """How long libvirt has not answered."""
        return 0.0 if self.unanswered_since is None else self.monotonic() - self.unanswered_since

    @property
    def answered_seconds(self) -> float:
        """How long libvirt has answered, without a gap."""
        return 0.0 if self.answered_since is None else self.monotonic() - self.answered_since

    @property
    def quiet_seconds(self) -> float:
        """How long there was no job, without a gap."""
        return 0.0 if self.quiet_since is None else self.monotonic() - self.quiet_since

    @property
    def stalled_seconds(self) -> float:
        """How long the job's figures have been the same."""
        return self._movement.stalled_seconds
