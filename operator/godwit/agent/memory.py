"""What an agent knows of a task beyond what is written: seen events, its own call, statistics.

None of it survives the process, and nothing depends on that it does: an agent that was killed decides from
the status and from libvirt, and where an event is lost the recovery table knows what is missing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from godwit.domain.guest import JobStats
from godwit.domain.hosts.view import Call
from godwit.domain.task import Failure, Stopped
from godwit.hypervisor.ports import Event, EventKind


@dataclass
class Memory:
    """Of one task."""

    call: Call = Call.NONE
    call_failure: Failure | None = None
    quiet_since: float | None = None
    """Monotonic; None while libvirt shows a job or does not answer."""
    unanswered_since: float | None = None
    """Monotonic; None while libvirt answers."""
    stopped: Stopped | None = None
    suspended_at: datetime | None = None
    resumed_at: datetime | None = None
    stats: JobStats | None = None
    completed: JobStats | None = None
    monotonic: Callable[[], float] = time.monotonic

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
        self.suspended_at = self.stats = self.completed = None

    def see_job(self, *, job: bool) -> None:
        """A look at libvirt has shown a job, or none."""
        self.unanswered_since = None
        if job:
            self.quiet_since = None
        elif self.quiet_since is None:
            self.quiet_since = self.monotonic()

    def lose_sight(self) -> None:
        """libvirt did not answer: whatever was quiet may not have been."""
        self.quiet_since = None
        if self.unanswered_since is None:
            self.unanswered_since = self.monotonic()

    @property
    def unanswered_seconds(self) -> float:
        """How long libvirt has not answered."""
        return 0.0 if self.unanswered_since is None else self.monotonic() - self.unanswered_since

    @property
    def quiet_seconds(self) -> float:
        """How long there was no job, without a gap."""
        return 0.0 if self.quiet_since is None else self.monotonic() - self.quiet_since
