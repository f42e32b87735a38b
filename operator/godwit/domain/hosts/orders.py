"""An agent's obedience: the operator decided from the evidence of both hosts, and the agent looks once more.

Each order fits only what it was given for; where what is seen no longer fits, nothing is done. The intent is
written first, so what happens afterwards is known to be our own doing.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.evidence import picture_name
from godwit.domain.guest import DomainState, GuestView
from godwit.domain.hosts.view import HostAct, HostDecision, HostView
from godwit.domain.task import Order, TaskStatus
from godwit.domain.vocabulary import (
    DestinationSays,
    SourceSays,
)

WAITING = frozenset({SourceSays.PAUSED_MIGRATION, SourceSays.PAUSED_API_ERROR})
PAUSED = WAITING | {SourceSays.PAUSED_USER}
OFF = frozenset(
    {SourceSays.OFF_MIGRATED, SourceSays.OFF_ENDED, SourceSays.OFF_UNKNOWN, SourceSays.OFF_UNRECORDED}
)
GIVING_UP = frozenset({Order.DESTROY_WAITING, Order.DESTROY})
"""The destination's copy is the guest: once the source's is off, it has left."""
_STARTS_WHAT_ITS_HOST_LOST = frozenset({Order.START_IF_AUTOSTART, Order.RESUME})
LOOK_AGAIN_SECONDS = 1.0


def at_source(view: HostView, status: TaskStatus, says: SourceSays, now: datetime) -> HostDecision | None:
    """While the migration goes on; None when there is nothing (more) to do."""
    if not _fits(view, status):
        return None
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
    if order in GIVING_UP:
        return at_source(view, status, says, now)
    if not _paused_before(view) and _may_resume(order, says, guest):
        return HostDecision(status, HostAct.RESUME, LOOK_AGAIN_SECONDS)
    autostart = bool(status.facts and status.facts.view.autostart)
    lost = says is SourceSays.OFF_UNKNOWN and order in _STARTS_WHAT_ITS_HOST_LOST
    starts = (order is Order.RESUME_OR_START and says in OFF) or (lost and autostart)
    startable = guest.state is not DomainState.ABSENT and guest.persistent
    if starts and startable and not _ended_again(view, status):
        started = replace(status, starting_anew_at=status.starting_anew_at or now)
        return HostDecision(started, HostAct.START_ANEW, LOOK_AGAIN_SECONDS)
    return None


def _ended_again(view: HostView, status: TaskStatus) -> bool:
    """After we had started it: then somebody wants it off."""
    started_at, stopped = status.starting_anew_at, view.stopped
    return started_at is not None and stopped is not None and stopped.at > started_at


def stays_paused(view: HostView, says: SourceSays) -> bool:
    """Nobody lets a guest go on that its user had paused."""
    return _paused_before(view) and says in PAUSED


def at_destination(
    view: HostView, status: TaskStatus, says: DestinationSays, now: datetime
) -> HostDecision | None:
    """None when there is nothing (more) to do."""
    if not _fits(view, status):
        return None
    match view.task.spec.order:
        case Order.RESUME if says is DestinationSays.PAUSED_FINISHED:
            resuming = replace(status, resuming_at=status.resuming_at or now)
            return HostDecision(resuming, HostAct.RESUME, LOOK_AGAIN_SECONDS)
        case Order.SUSPEND if says is DestinationSays.RUNNING:
            return _suspend(status, now)
    return None


def _fits(view: HostView, status: TaskStatus) -> bool:
    """The order was decided from just what is seen now, or is owed whatever is seen."""
    wanted, evidence = view.task.spec.order_evidence, status.evidence
    return not wanted or (evidence is not None and picture_name(evidence) == wanted)


def _may_resume(order: Order | None, says: SourceSays, guest: GuestView) -> bool:
    if order is Order.RESUME_OR_START:
        return guest.state is DomainState.PAUSED and says is not SourceSays.JOB
    return order is Order.RESUME and says in PAUSED


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
