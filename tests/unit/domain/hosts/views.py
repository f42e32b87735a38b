"""What an agent sees, for the tests of its decisions."""

from datetime import datetime

from godwit.domain.guest import GuestView, JobStats
from godwit.domain.hosts.view import ANSWERED_SECONDS, Call, HostView
from godwit.domain.image import ImageFacts, Mirror
from godwit.domain.task import Failure, Stopped, Task

AGENT = "agent-1"


def view(
    task: Task,
    guest: GuestView,
    *,
    call: Call = Call.NONE,
    call_failure: Failure | None = None,
    answered_seconds: float = ANSWERED_SECONDS,
    quiet_seconds: float = 0.0,
    stopped: Stopped | None = None,
    suspended_at: datetime | None = None,
    resumed_at: datetime | None = None,
    claimed: bool | None = True,
    peer: Task | None = None,
    stats: JobStats | None = None,
    completed: JobStats | None = None,
    mirrors: tuple[Mirror, ...] = (),
    memory_bandwidth: int | None = None,
    stalled_seconds: float = 0.0,
    images: tuple[ImageFacts, ...] = (),
    missing_images: tuple[str, ...] = (),
) -> HostView:
    return HostView(
        task,
        guest,
        AGENT,
        call=call,
        call_failure=call_failure,
        answered_seconds=answered_seconds,
        quiet_seconds=quiet_seconds,
        stopped=stopped,
        suspended_at=suspended_at,
        resumed_at=resumed_at,
        claimed=claimed,
        peer=peer,
        stats=stats,
        completed=completed,
        mirrors=mirrors,
        memory_bandwidth=memory_bandwidth,
        stalled_seconds=stalled_seconds,
        images=images,
        missing_images=missing_images,
    )
