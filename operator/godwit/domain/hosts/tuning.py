"""The source's agent and the limits of its job: what is in force, and what follows when its time is over."""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.guest import DomainState, Job
from godwit.domain.hosts import copying
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.limits import Limits, OnTimeout
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Task, TaskStatus

LOOK_AGAIN_SECONDS = 1.0


def tune(view: HostView, status: TaskStatus) -> HostDecision | None:
    """Before the job and while it runs; None when what is asked for is in force, for each mirror, too."""
    wanted = view.task.spec.limits
    if not view.guest.active or (
        (wanted is None or wanted == status.limits) and not copying.out_of_balance(view)
    ):
        return None
    return HostDecision(status, HostAct.TUNE, LOOK_AGAIN_SECONDS)


def has_to_be_put_back(task: Task) -> bool:
    """The guest's former values, for whoever migrates it next: what was asked for may be in force."""
    return task.spec.limits is not None and task.status.limits != Limits()


def out_of_time(view: HostView, status: TaskStatus, now: datetime) -> HostDecision | None:
    """While the job runs; None as long as it has time, or stands still already."""
    limits = view.task.spec.limits
    if limits is None or limits.timeout_seconds is None or view.stats is None:
        return None
    if view.guest.job is not Job.MIGRATION_OUT:
        return None
    if view.stats.elapsed_milliseconds < 1000 * limits.timeout_seconds:
        return None
    if limits.on_timeout is OnTimeout.SUSPEND:
        return _hold(view, status, now)
    why = f"the job had run for tuning.timeout ({limits.timeout_seconds} s); the guest stays where it is"
    failed = replace(status, failure=status.failure or Failure(Reason.TIMEOUT, why))
    return HostDecision(failed, HostAct.ABORT, LOOK_AGAIN_SECONDS)


def _hold(view: HostView, status: TaskStatus, now: datetime) -> HostDecision | None:
    if view.guest.state is not DomainState.RUNNING:
        return None
    held = replace(status, held_at=status.held_at or now)
    return HostDecision(held, HostAct.SUSPEND, LOOK_AGAIN_SECONDS)
