"""What follows from each verdict: which host is told what, in which order, and what people are told.

An order is part of a task's spec. Its agent carries it out when what it sees fits, writes its own intent
first, and may do so again after any crash.
"""

from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.recovery import (
    Row,
)
from godwit.domain.remedies import remedy
from godwit.domain.steps import advice
from godwit.domain.steps.asking import Orders, Says
from godwit.domain.steps.images import gone_with_the_copy, gone_with_the_source
from godwit.domain.task import ORDERS_TAKING_BACK, Goal, Order, StopDetail, Task
from godwit.domain.vocabulary import (
    Circumstances,
    DestinationSays,
    Outcome,
    SourceSays,
)

ENDINGS = frozenset(
    {
        Outcome.ROLL_BACK,
        Outcome.ROLL_BACK_DESTINATION_FIRST,
        Outcome.FAIL_CLEANUP_OWED,
        Outcome.GUEST_ENDED,
        Outcome.SOURCE_LOST,
        Outcome.RESUME_SOURCE,
        Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
    }
)
"""Verdicts that end the migration: both hosts are rolled back."""

DESTINATION_FIRST = frozenset(
    {
        Outcome.ROLL_BACK_DESTINATION_FIRST,
        Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
        Outcome.KEEP_SOURCE,
    }
)
"""The destination's copy may hold the image locks, so it goes before the source goes on."""

SOURCE_ORDERS: dict[Outcome, Order] = {
    Outcome.ROLL_BACK: Order.STAY,
    Outcome.RESUME_SOURCE: Order.RESUME,
    Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE: Order.RESUME,
    Outcome.SOURCE_LOST: Order.START_IF_AUTOSTART,
    Outcome.GUEST_ENDED: Order.START_IF_AUTOSTART,
    Outcome.KEEP_SOURCE: Order.RESUME_OR_START,
}
"""What the source's roll-back needs besides. A guest that ended by itself is not started, but put back."""

TAKES_BACK = frozenset(verdict for verdict, order in SOURCE_ORDERS.items() if order in ORDERS_TAKING_BACK)
"""Decided in the knowledge that the guest may have left the source before."""

RELEASE_ORDERS: dict[Outcome, Order] = {
    Outcome.KEEP_DESTINATION: Order.DESTROY,
    Outcome.COMMIT_CLEANUP_OWED: Order.DESTROY_WAITING,
    Outcome.RESUME_DESTINATION_CLEANUP_OWED: Order.DESTROY_WAITING,
}
"""What a source that did not answer owes besides, when the destination's copy is the guest."""

DESTINATION_ORDERS: dict[Outcome, Order] = {Outcome.KEEP_SOURCE: Order.DESTROY}
"""What the destination's roll-back needs besides."""

_SILENT_SOURCE = frozenset({SourceSays.UNREACHABLE, SourceSays.FENCED})
_KEEPABLE = frozenset({DestinationSays.RUNNING, DestinationSays.PAUSED_FINISHED})
_DEAD_SOURCE = frozenset(
    {
        SourceSays.OFF_MIGRATED,
        SourceSays.OFF_ENDED,
        SourceSays.OFF_UNKNOWN,
        SourceSays.OFF_UNRECORDED,
        SourceSays.FENCED,
    }
)

_ENDED: dict[StopDetail, Reason] = {
    StopDetail.SHUTDOWN: Reason.GUEST_SHUT_DOWN,
    StopDetail.DESTROYED: Reason.GUEST_DESTROYED,
    StopDetail.CRASHED: Reason.GUEST_CRASHED,
}


def orders(verdict: Outcome, circumstances: Circumstances) -> Orders:
    """For a verdict that doesn't end the migration."""
    match verdict:
        case Outcome.DESTROY_SOURCE_AND_COMMIT:
            return (Order.DESTROY_WAITING, None)
        case Outcome.RESUME_DESTINATION_AND_COMMIT if circumstances.destroyed_source:
            return (None, Order.RESUME)
        case Outcome.RESUME_DESTINATION_CLEANUP_OWED:
            return (None, Order.RESUME)
        case Outcome.TWO_RUN if circumstances.same_qemu:
            return (None, Order.SUSPEND)
        case Outcome.TWO_RUN:
            return (Order.SUSPEND, None)
    return (None, None)


def why_ended(observation: Observation, row: Row) -> tuple[Reason, str]:
    """For an ending that no earlier one explains."""
    source = observation.source
    status = source.status if source else None
    if row.then is Outcome.SOURCE_LOST:
        return Reason.SOURCE_LOST, f"{row.why}, while it was being migrated"
    if row.then is Outcome.GUEST_ENDED and status and status.stopped:
        reason = _ENDED.get(status.stopped.detail, Reason.GUEST_DESTROYED)
        detail = status.stopped.detail.lower()
        return (
            reason,
            f"the guest itself ended while it was being migrated ({detail}); nothing was lost by Godwit",
        )
    # What the destination saw of its images explains what libvirt then said at the source.
    for task in (observation.destination, source):
        if task and task.status.failure:
            failure = task.status.failure
            return failure.reason, f"{task.spec.node_name}: {failure.message}{remedy(failure.reason)}"
    host = source.spec.node_name if source else "the source"
    why = "its agent or its libvirtd was gone when the job would have begun or ended"
    lost = f"{host}: libvirt shows no job, and the guest has not moved: {why}{remedy(Reason.JOB_LOST)}"
    return Reason.JOB_LOST, lost


def can_keep_source(source: Task, says: Says) -> bool:
    """There is a QEMU to go on, or a definition to start it from.

    Of a guest without a definition a host that is silent may have nothing: its other copy may be the last.
    """
    if source.spec.plan and source.spec.plan.persistent:
        return True
    return says[0] not in _DEAD_SOURCE and says[0] is not SourceSays.UNREACHABLE


def can_keep_destination(destination: Task, says: Says) -> bool:
    """Its copy is there, and its host was not told to remove it."""
    return says[1] in _KEEPABLE and destination.spec.goal is not Goal.ROLLED_BACK


def choices(source: Task, destination: Task, says: Says) -> str:
    """What `spec.resolution` would do, and the fence, for a person who has to decide."""
    here, there = source.spec.node_name, destination.spec.node_name
    told = []
    if can_keep_source(source, says):
        goes_on = "is started from its definition" if says[0] in _DEAD_SOURCE else "goes on"
        images = gone_with_the_copy(destination)
        goes_on += " once it answers" if says[0] in _SILENT_SOURCE else ""
        told.append(f"KeepSource: the copy on {there} is destroyed{images}, the one on {here} {goes_on}")
        told.append(advice.lost_with_the_destination(source, destination, says))
    elif says[0] is SourceSays.UNREACHABLE:
        told.append(f"KeepSource only once {here} answers: the guest has no definition to start it from")
    if can_keep_destination(destination, says):
        theirs = gone_with_the_source(source)
        told.append(f"KeepDestination: the copy on {here} is destroyed{theirs}, the one on {there} goes on")
        told.append(advice.lost_with_the_source(source, destination, says))
    told = [f"spec.resolution {told[0]}", *told[1:]] if told else []
    told = [*advice.way_out(source, destination, says), *told]
    silent = [here] if says[0] is SourceSays.UNREACHABLE else []
    if says[1] is DestinationSays.UNREACHABLE:
        silent.append(there)
    if silent:
        told.append(
            f"{' and '.join(silent)} {'do' if len(silent) > 1 else 'does'} not answer: unless off (taint "
            "node.kubernetes.io/out-of-service), two copies may run until what is owed there is done"
        )
    return ". ".join(one for one in told if one)
