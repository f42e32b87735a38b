"""The host that was chosen, and those that stand by: inspected at once, judged one after the other.

One that does not take the guest, or does not answer in time, is given up in the journal, by the very write
that names the next one. Once the checks have passed the destination stays, and nobody stands by any more.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from godwit.domain.choice import shortlist, telling
from godwit.domain.choice.ranking import names
from godwit.domain.choice.table import MOST_TEXT, Dismissed
from godwit.domain.decision import Act, Decision
from godwit.domain.image import READING_SECONDS
from godwit.domain.migration import (
    Check,
    HypervisorSelector,
    MigrationStatus,
    Outcome,
)
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.steps import preflight
from godwit.domain.steps.choose import choose
from godwit.domain.steps.words import (
    attempt_of,
    chooses,
    create,
    with_attempt,
    with_journal,
)
from godwit.domain.storage import read_whole
from godwit.domain.task import Role

INSPECTION_SECONDS = 30.0
"""How long a host that was chosen may take to look at itself, and `READING_SECONDS` more for each medium that
it has to read whole; a named one has `startTimeout`.
"""
SECOND_LOOK_SECONDS = 30.0
"""How much longer a chosen host may take where it has to listen once more."""


def inspect_destination(observation: Observation, row: Row, now: datetime) -> Decision:
    """As `preflight.inspect_destination`, with those that stand by; what comes to nothing is given up."""
    decision = preflight.inspect_destination(observation, row, now)
    choice = observation.migration.status.choice
    if not _may_give_up(observation) or choice is None or choice.at is None:
        return decision
    if why := _lost(observation):
        return _give_up(observation, why, (), row, now)
    if decision.journal.ending:
        return decision
    patience_seconds = _patience_seconds(observation)
    left = (choice.at + timedelta(seconds=patience_seconds) - now).total_seconds()
    if left <= 0 and observation.destination is None:  # nobody asked it: the operator was away
        return _name_anew(observation, row, now)
    if left <= 0:
        why = f"it did not look at itself within {patience_seconds:.0f} s: see its agent's pod"
        return _give_up(observation, why, (), row, now)
    asked = decision.again_after_seconds
    return replace(
        decision,
        acts=(*decision.acts, *_inspect_standby(observation)),
        again_after_seconds=left if asked is None else min(asked, left),
    )


def _name_anew(observation: Observation, row: Row, now: datetime) -> Decision:
    """Its time begins now, and so does that of those that stand by."""
    status = observation.migration.status
    if status.choice is None:
        raise ValueError("no host is chosen: the step Choose comes first")
    journal = replace(status, choice=replace(status.choice, at=now))
    return inspect_destination(with_journal(observation, journal), row, now)


def _patience_seconds(observation: Observation) -> float:
    guest = observation.source.status.facts if observation.source else None
    media = len(read_whole(guest)) if guest else 0
    return INSPECTION_SECONDS + media * READING_SECONDS


def _inspect_standby(observation: Observation) -> tuple[Act, ...]:
    """Their tasks, asked exactly as the destination's is."""
    status, attempt = observation.migration.status, attempt_of(observation)
    acts: list[Act] = []
    for standby in attempt.standby:
        if any(task.name == standby.task for task in observation.standby):
            continue
        instead = with_attempt(status, replace(attempt, destination_task=standby.task))
        named = with_journal(
            observation, replace(instead, destination=HypervisorSelector(standby.hypervisor))
        )
        acts.append(create(named, Role.DESTINATION, preflight.asked_of_destination(named)))
    return tuple(acts)


def validate(observation: Observation, row: Row, now: datetime) -> Decision:
    """As `preflight.validate`; but a chosen host that the checks refuse is given up."""
    may_give_up = _may_give_up(observation)
    if may_give_up and (why := _lost(observation)):
        return _give_up(observation, why, (), row, now)
    decision = preflight.validate(observation, row, now)
    left = _second_look_left(observation, now) if may_give_up else None
    if left is not None and left <= 0:
        why = "it did not listen once more in time: see its agent's pod, and libvirtd there"
        return _give_up(observation, why, (), row, now)
    if left is not None:
        return replace(decision, again_after_seconds=left)
    ending = decision.journal.ending
    if ending is None or ending.outcome is Outcome.SUCCEEDED:
        passed = decision.journal.switchover is not None
        return replace(decision, journal=_settled(decision.journal, now)) if passed else decision
    if not may_give_up:
        return decision
    if ending.reason is Reason.START_TIMEOUT:
        return decision
    stopping = tuple(check for check in decision.journal.checks if check.stops)
    why = "; ".join(check.told for check in stopping) or ending.message
    return _give_up(observation, why, decision.journal.checks, row, now)


def _second_look_left(observation: Observation, now: datetime) -> float | None:
    """How many seconds a host has that was asked to listen once more; None where it was not, or has."""
    task, choice = observation.destination, observation.migration.status.choice
    if task is None or choice is None or choice.at is None or task.status.contact is None:
        return None
    if task.spec.looks <= task.status.contact.look:
        return None
    patience = timedelta(seconds=_patience_seconds(observation) + SECOND_LOOK_SECONDS)
    return (choice.at + patience - now).total_seconds()


def _settled(journal: MigrationStatus, now: datetime) -> MigrationStatus:
    """It is this one: nobody else is needed, and its row of the matrix tells what its inspection found."""
    to = journal.destination.hypervisor if journal.destination else "?"
    attempt = shortlist.dismiss_standby(journal.attempts[-1], f"{to} takes the guest", now)
    choice = journal.choice and telling.inspected(journal.choice, journal.checks)
    return with_attempt(replace(journal, choice=choice), attempt)


def _may_give_up(observation: Observation) -> bool:
    """The destination was chosen, and it is not the source that stops the migration."""
    status, source = observation.migration.status, observation.source
    if not chooses(observation.migration.spec) or status.source is None or status.switchover is not None:
        return False
    return observation.ready(status.source.hypervisor) and not (source and source.status.failure)


def _lost(observation: Observation) -> str:
    """Why the chosen host can't be inspected; empty where it can."""
    host, task = observation.migration.status.destination, observation.destination
    if task and task.status.failure:
        return task.status.failure.message
    if host and not observation.ready(host.hypervisor):
        return "its agent fell silent during the inspection"
    return ""


def _give_up(
    observation: Observation, why: str, checks: tuple[Check, ...], row: Row, now: datetime
) -> Decision:
    """The journal names the task that may exist, and from now on another one for the next host."""
    status, attempt = observation.migration.status, attempt_of(observation)
    if status.destination is None:
        raise ValueError("no host is chosen: the step Choose comes first")
    failed = names(check for check in checks if check.stops)
    gone = Dismissed(
        hypervisor=status.destination.hypervisor,
        task=attempt.destination_task,
        why=why[:MOST_TEXT],
        at=now,
        failed=failed,
    )
    following = replace(
        attempt,
        dismissed=(*attempt.dismissed, gone),
        destination_task=shortlist.free_name(attempt),
    )
    journal = replace(
        with_attempt(status, following), destination=None, checks=checks or status.checks, disks=()
    )
    return choose(replace(with_journal(observation, journal), destination=None), row, now)
