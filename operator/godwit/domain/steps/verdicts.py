"""What follows from each verdict: which host is told what, in which order, and what people are told.

An order is part of a task's spec. Its agent carries it out when what it sees fits, writes its own intent
first, and may do so again after any crash.
"""

from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.recovery import Circumstances, DestinationSays, Outcome, SourceSays
from godwit.domain.remedies import remedy
from godwit.domain.task import Order, StopDetail

Orders = tuple[Order | None, Order | None]
"""To the source, to the destination."""
Says = tuple[SourceSays, DestinationSays]

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
    Outcome.RESUME_SOURCE: Order.RESUME,
    Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE: Order.RESUME,
    Outcome.SOURCE_LOST: Order.START_IF_AUTOSTART,
    Outcome.KEEP_SOURCE: Order.RESUME_OR_START,
}
"""What the source's roll-back needs besides."""

DESTINATION_ORDERS: dict[Outcome, Order] = {Outcome.KEEP_SOURCE: Order.DESTROY}
"""What the destination's roll-back needs besides."""

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


def why_ended(observation: Observation, verdict: Outcome) -> tuple[Reason, str]:
    """For an ending that no earlier one explains."""
    source = observation.source
    status = source.status if source else None
    if verdict is Outcome.SOURCE_LOST:
        return Reason.SOURCE_LOST, "the guest died with its host while it was being migrated"
    if verdict is Outcome.GUEST_ENDED and status and status.stopped:
        reason = _ENDED.get(status.stopped.detail, Reason.GUEST_DESTROYED)
        detail = status.stopped.detail.lower()
        return (
            reason,
            f"the guest itself ended while it was being migrated ({detail}); nothing was lost by Godwit",
        )
    if source and status and status.failure:
        failure = status.failure
        return failure.reason, f"{source.spec.node_name}: {failure.message}{remedy(failure.reason)}"
    return Reason.LIBVIRT_ERROR, "libvirt's job ended without moving the guest, and said no reason"


def choices(observation: Observation, says: Says) -> str:
    """Both outcomes of `spec.resolution`, and the fence, for a person who has to decide."""
    status = observation.migration.status
    source = status.source.hypervisor if status.source else "the source"
    destination = status.destination.hypervisor if status.destination else "the destination"
    told = [
        f"spec.resolution KeepSource: the copy on {destination} is destroyed, the one on {source} goes on",
        f"KeepDestination: the copy on {source} is destroyed, the one on {destination} goes on",
    ]
    silent = [source] if says[0] is SourceSays.UNREACHABLE else []
    if says[1] is DestinationSays.UNREACHABLE:
        silent.append(destination)
    if silent:
        host = " and ".join(silent)
        told.append(
            f"{host} does not answer: unless it is off (taint node.kubernetes.io/out-of-service), two copies "
            "may run until it has done what it owes"
        )
    return ". ".join(told)
