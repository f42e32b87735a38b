"""Hosts that do not answer and pairs that fit no safe act: nothing is touched, and no haste."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.evidence import picture_name
from godwit.domain.guest import DomainState, GuestView, Marks, StateReason
from godwit.domain.migration import Ending, Outcome, Phase, Resolution
from godwit.domain.observation import Observation
from godwit.domain.plan import Switchover
from godwit.domain.reasons import Reason
from godwit.domain.steps.run import UNANSWERED_SECONDS, UNDECIDED_SECONDS
from godwit.domain.task import Goal, Task

from ..builders import (
    ABSENT,
    NOON,
    STRICT,
    arrived,
    evidence,
    guest,
    host,
    later,
    listed,
)
from .pairs import LEFT, RUNS_THERE, STOPPED, WAITS_THERE, answering, ended, pair

# hosts that do not answer


SILENT_DESTINATION = (host("host1", listed()), host("host2", ready=False))
SILENT_SOURCE = (host("host1", listed(), ready=False), host("host2"))


def test_a_silent_destination_does_not_hold_a_guest_that_stayed() -> None:
    observed = replace(pair(guest(), ABSENT, asked=False), hypervisors=SILENT_DESTINATION)
    assert ended(decide(answering(observed, NOON), NOON)) is Reason.JOB_LOST


def test_a_fenced_destination_counts_as_one_that_cannot_answer() -> None:
    observed = replace(pair(guest(), ABSENT), hypervisors=SILENT_DESTINATION, fenced=frozenset({"host2"}))
    decision = decide(answering(observed, NOON), NOON)
    assert decision.journal.ending is not None


def test_a_source_that_does_not_answer_is_never_decided_about_in_haste() -> None:
    observed = replace(pair(LEFT, RUNS_THERE, stopped=STOPPED), hypervisors=SILENT_SOURCE)
    decision = decide(observed, NOON)
    assert decision.journal.committed_at is None
    assert decision.journal.undecided_since == NOON


# hosts whose libvirtd does not answer


def test_a_blind_agent_counts_as_one_that_does_not_answer() -> None:
    seen = blinded(pair(guest(), ABSENT, asked=False), "destination")
    assert ended(decide(answering(seen, NOON), NOON)) is Reason.JOB_LOST


def test_what_a_blind_agent_last_told_is_no_evidence() -> None:
    """By its last word the guest could be committed."""
    seen = blinded(pair(LEFT, RUNS_THERE, stopped=STOPPED), "source")
    decision = decide(seen, NOON)
    assert decision.journal.committed_at is None
    standing = replace(answering(seen, NOON), migration=replace(seen.migration, status=decision.journal))
    asked = decide(standing, later(UNDECIDED_SECONDS))
    assert asked.phase is Phase.NEEDS_ATTENTION
    assert "host1 does not answer" in asked.message


def test_a_roll_back_whose_source_went_blind_asks_for_a_person() -> None:
    seen = blinded(pair(guest(), ABSENT), "source")
    ending = Ending(Outcome.CANCELLED, Reason.CANCELLED, "cancelled", NOON)
    task = seen.source
    assert task is not None
    told = replace(task, spec=replace(task.spec, goal=Goal.ROLLED_BACK))
    journal = replace(seen.migration.status, ending=ending)
    rolling = replace(seen, source=told, migration=replace(seen.migration, status=journal))
    first = decide(rolling, NOON)
    assert first.journal.undecided_since == NOON
    standing = replace(answering(rolling, NOON), migration=replace(seen.migration, status=first.journal))
    assert decide(standing, later(UNDECIDED_SECONDS)).phase is Phase.NEEDS_ATTENTION
    sees = replace(standing, source=replace(told, status=replace(told.status, blind=False)))
    again = decide(sees, later(UNDECIDED_SECONDS))
    assert (again.phase, again.journal.undecided_since) == (Phase.FINALIZING, None)


def blinded(seen: Observation, side: str) -> Observation:
    """libvirt does not answer that side's agent, which lives."""
    task: Task = getattr(seen, side)
    return replace(seen, **{side: replace(task, status=replace(task.status, blind=True))})


# what no act is safe for


NOBODY_KNOWS = pair(guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None), WAITS_THERE)


def test_a_pair_without_a_safe_act_must_stand_before_a_person_is_asked() -> None:
    first = decide(NOBODY_KNOWS, NOON)
    assert first.phase is Phase.SWITCHING_OVER
    assert first.again_after_seconds == UNDECIDED_SECONDS
    assert first.journal.undecided_since == NOON
    standing = replace(NOBODY_KNOWS, migration=replace(NOBODY_KNOWS.migration, status=first.journal))
    assert decide(standing, later(9)).phase is Phase.SWITCHING_OVER
    asked = decide(standing, later(UNDECIDED_SECONDS))
    assert (asked.phase, asked.reason) == (Phase.NEEDS_ATTENTION, Reason.EVIDENCE_UNDECIDED)
    assert "Nothing is touched" in asked.message
    assert asked.journal.undecided_since == NOON


def test_a_person_is_no_end_fresh_evidence_that_fits_goes_on() -> None:
    observed = pair(LEFT, RUNS_THERE, stopped=STOPPED)
    journal = replace(observed.migration.status, undecided_since=later(-99), phase=Phase.NEEDS_ATTENTION)
    settled = decide(replace(observed, migration=replace(observed.migration, status=journal)), NOON)
    assert settled.journal.committed_at == NOON
    assert settled.journal.undecided_since is None


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (guest(run=None), WAITS_THERE),
        (guest(DomainState.PAUSED, StateReason.MIGRATION), arrived(DomainState.SHUTOFF, StateReason.FAILED)),
        (guest(DomainState.PAUSED, StateReason.USER), arrived(DomainState.SHUTOFF, StateReason.FAILED)),
        (guest(DomainState.PM_SUSPENDED), ABSENT),
        (LEFT, arrived(DomainState.CRASHED)),
        (LEFT, arrived(DomainState.PAUSED, StateReason.IO_ERROR)),
        (LEFT, arrived(DomainState.PAUSED, StateReason.POSTCOPY_FAILED)),
        (LEFT, arrived(DomainState.PM_SUSPENDED)),
        (LEFT, replace(RUNS_THERE, marks=Marks(attempt="a namesake's"))),
    ],
)
def test_what_no_act_is_safe_for_touches_nothing(here: GuestView, there: GuestView) -> None:
    decision = decide(pair(here, there), NOON)
    assert decision.acts == ()
    assert decision.journal.ending is None
    assert decision.journal.committed_at is None
    assert decision.journal.undecided_since == NOON


def test_the_switchover_that_is_written_decides_not_what_the_task_says() -> None:
    observed = pair(LEFT, WAITS_THERE, stopped=STOPPED)
    assert observed.migration.status.switchover is not None
    assert observed.migration.status.switchover.mode is Switchover.FAST
    assert decide(observed, NOON).journal.undecided_since == NOON


def test_the_names_of_pictures_are_the_challenges() -> None:
    assert picture_name(evidence(LEFT, "here")) == "here.1"


# nobody is asked about what was so before a host fell silent


def unheard() -> Observation:
    """The guest has left, and the destination's agent, which still counts as alive, has not said a word."""
    seen = pair(LEFT, ABSENT, stopped=STOPPED, plan=STRICT)
    assert seen.destination is not None
    wordless = replace(seen.destination, status=replace(seen.destination.status, evidence=None))
    return since_noon(replace(seen, destination=wordless))


def since_noon(seen: Observation, resolution: Resolution | None = None) -> Observation:
    status = replace(seen.migration.status, undecided_since=NOON)
    spec = replace(seen.migration.spec, resolution=resolution)
    return replace(seen, migration=replace(seen.migration, status=status, spec=spec))


def test_a_destination_that_has_not_said_a_word_is_not_called_dead() -> None:
    decision = decide(unheard(), later(UNDECIDED_SECONDS))
    assert decision.phase is Phase.SWITCHING_OVER
    assert decision.message == "waiting for the answer of host1 and host2"
    assert decision.again_after_seconds == UNANSWERED_SECONDS - UNDECIDED_SECONDS


def test_it_is_called_unreachable_once_its_lease_says_so() -> None:
    silent = answering(replace(unheard(), hypervisors=SILENT_DESTINATION), NOON)
    decision = decide(silent, later(UNDECIDED_SECONDS))
    assert decision.phase is Phase.NEEDS_ATTENTION
    assert "destination: unreachable" in decision.message
    assert "host2 does not answer" in decision.message


@pytest.mark.parametrize("resolution", list(Resolution))
def test_no_resolution_is_carried_out_on_what_nobody_has_answered_for(resolution: Resolution) -> None:
    for seconds in (UNDECIDED_SECONDS, UNANSWERED_SECONDS, 9999):
        decision = decide(since_noon(unheard(), resolution), later(seconds))
        assert (decision.journal.ending, decision.journal.verdict) == (None, None)


def test_a_host_that_never_answers_though_it_lives_is_named_to_a_person() -> None:
    decision = decide(unheard(), later(UNANSWERED_SECONDS))
    assert decision.phase is Phase.NEEDS_ATTENTION
    assert "no answer comes from host1 and host2" in decision.message
    assert "spec.resolution" not in decision.message
