"""An agent's obedience: the operator decided from the evidence of both hosts, and the agent looks once more.

Each order fits only what it was given for; where what is seen no longer fits, nothing is done. The intent is
written first, so what happens afterwards is known to be our own doing.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.guest import DomainState
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.recovery import DestinationSays, SourceSays
from godwit.domain.task import Order, TaskStatus

WAITING = frozenset({SourceSays.PAUSED_MIGRATION, SourceSays.PAUSED_API_ERROR})
PAUSED = WAITING | {SourceSays.PAUSED_USER}
OFF = frozenset(
    {SourceSays.OFF_MIGRATED, SourceSays.OFF_ENDED, SourceSays.OFF_UNKNOWN, SourceSays.OFF_UNRECORDED}
)
LOOK_AGAIN_SECONDS = 1.0


def at_source(view: HostView, status: TaskStatus, says: SourceSays, now: datetime) -> HostDecision | None:
    """While the migration goes on; None when there is nothing (more) to do."""
    match view.task.spec.order:
        case Order.DESTROY_WAITING if says in WAITING and _is_the_very_one(view):
            return _destroy(status, now)
        case Order.DESTROY if view.guest.active and says is not SourceSays.JOB:
            return _destroy(status, now)
        case Order.SUSPEND if says is SourceSays.RUNNING:
            return _suspend(status, now)
    return None


def at_source_rolling_back(
    view: HostView, status: TaskStatus, says: SourceSays, now: datetime
) -> HostDecision | None:
    """Before the rest of the roll-back; None when there is nothing (more) to do."""
    order, guest = view.task.spec.order, view.guest
    if order is Order.DESTROY_WAITING and says in WAITING and _is_the_very_one(view):
        return _destroy(status, now)
    if order in (Order.RESUME, Order.RESUME_OR_START) and says in PAUSED and not _paused_before(view):
        return HostDecision(status, HostAct.RESUME, LOOK_AGAIN_SECONDS)
    autostart = bool(status.facts and status.facts.view.autostart)
    starts = order is Order.RESUME_OR_START or (order is Order.START_IF_AUTOSTART and autostart)
    if starts and says in OFF and guest.state is not DomainState.ABSENT and guest.persistent:
        started = replace(status, starting_anew_at=status.starting_anew_at or now)
        return HostDecision(started, HostAct.START_ANEW, LOOK_AGAIN_SECONDS)
    return None


def at_destination(
    view: HostView, status: TaskStatus, says: DestinationSays, now: datetime
) -> HostDecision | None:
    """None when there is nothing (more) to do."""
    match view.task.spec.order:
        case Order.RESUME if says is DestinationSays.PAUSED_FINISHED:
            resuming = replace(status, resuming_at=status.resuming_at or now)
            return HostDecision(resuming, HostAct.RESUME, LOOK_AGAIN_SECONDS)
        case Order.SUSPEND if says is DestinationSays.RUNNING:
            return _suspend(status, now)
    return None


def _destroy(status: TaskStatus, now: datetime) -> HostDecision:
    destroying = replace(status, destroying_at=status.destroying_at or now)
    return HostDecision(destroying, HostAct.DESTROY, LOOK_AGAIN_SECONDS)


def _suspend(status: TaskStatus, now: datetime) -> HostDecision:
    suspending = replace(status, suspending_at=status.suspending_at or now)
    return HostDecision(suspending, HostAct.SUSPEND, LOOK_AGAIN_SECONDS)


def _is_the_very_one(view: HostView) -> bool:
    return view.guest.marks.run == view.task.status.run_mark


def _paused_before(view: HostView) -> bool:
    plan = view.task.spec.plan
    return plan is not None and plan.paused_before
