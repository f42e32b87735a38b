"""How an agent turns a look at libvirt into evidence: only a picture that changed gets a new name."""

from datetime import datetime

from godwit.domain.guest import GuestView
from godwit.domain.hosts.view import ANSWERED_SECONDS, NO_JOB_SECONDS, Call, HostView
from godwit.domain.says import attempt_mark, destination_evidence_says, source_journal_says
from godwit.domain.task import Evidence, TaskStatus
from godwit.domain.vocabulary import (
    DestinationSays,
    SourceSays,
)


def may_still_begin(view: HostView) -> bool:
    """`Starting` is written, and nothing proves yet that the call can't begin a job any more."""
    if view.task.status.starting is None or view.call is Call.RETURNED:
        return False
    waits = view.answered_seconds < ANSWERED_SECONDS or view.quiet_seconds < NO_JOB_SECONDS
    return view.call is Call.RUNNING or waits


def of_source(view: HostView, status: TaskStatus, now: datetime) -> Evidence:
    """The source's evidence now; the stored one when it says the same and answers the same.

    `status` is what this look makes of the journal.
    """
    starting = may_still_begin(view)
    before = view.task.status.evidence
    look = Evidence(view.agent, 0, 0, now, view.guest, starting=starting)
    says = source_journal_says(look, status)
    same = before is not None and _alike(before.guest, view.guest)
    same = same and source_journal_says(before, view.task.status) is says if before else False
    if before and same and says is SourceSays.JOB and before.agent == view.agent:
        return before  # what the job becomes answers the challenge, and is told at once
    return _next(view, now, same=same, starting=starting)


def of_destination(view: HostView, status: TaskStatus, now: datetime) -> Evidence | None:
    """The destination's evidence now; None as long as there is nothing to tell and nobody asked."""
    mark = attempt_mark(view.task)
    resumed = status.resumed_at is not None
    before = view.task.status.evidence
    look = Evidence(view.agent, 0, 0, now, view.guest)
    says = destination_evidence_says(look, mark, resumed=resumed)
    asked = bool(view.task.spec.challenge)
    if says in (DestinationSays.NONE, DestinationSays.INCOMING) and not asked and before is None:
        return None
    was_resumed = view.task.status.resumed_at is not None
    same = (
        before is not None
        and _alike(before.guest, view.guest)
        and before.guest.persistent == view.guest.persistent
        and destination_evidence_says(before, mark, resumed=was_resumed) is says
    )
    return _next(view, now, same=same, starting=False)


def source_now(view: HostView, status: TaskStatus) -> SourceSays:
    """What the source says at this look."""
    look = Evidence(view.agent, 0, 0, _EPOCH, view.guest, starting=may_still_begin(view))
    return source_journal_says(look, status)


def destination_now(view: HostView, *, resumed: bool) -> DestinationSays:
    """What the destination says at this look."""
    look = Evidence(view.agent, 0, 0, _EPOCH, view.guest)
    return destination_evidence_says(look, attempt_mark(view.task), resumed=resumed)


_EPOCH = datetime.fromtimestamp(0).astimezone()


def _alike(one: GuestView, other: GuestView) -> bool:
    return (one.domain_id, one.marks) == (other.domain_id, other.marks)


def _next(view: HostView, now: datetime, *, same: bool, starting: bool) -> Evidence:
    before, challenge = view.task.status.evidence, view.task.spec.challenge
    own = before if before and before.agent == view.agent else None
    if own and same and own.challenge == challenge:
        return own
    counter = own.counter + 1 if own else 1
    changed = own.changed if own and same else counter
    return Evidence(view.agent, counter, changed, now, view.guest, challenge, starting)
