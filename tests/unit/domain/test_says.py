"""How a look at libvirt becomes the recovery table's words, state by state."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.says import (
    circumstances,
    destination_evidence_says,
    destination_says,
    source_evidence_says,
    source_journal_says,
    source_says,
)
from godwit.domain.task import Goal, StopDetail, Stopped, TaskStatus
from godwit.domain.vocabulary import (
    Circumstances,
    DestinationSays,
    SourceSays,
)

from .builders import (
    ABSENT,
    MARK,
    NOON,
    RUN_MARK,
    STRICT,
    VALIDATED,
    arrived,
    destination,
    evidence,
    guest,
    host,
    later,
    listed,
    observation,
    source,
)

S, D = SourceSays, DestinationSays
OFF = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (guest(), S.RUNNING),
        (guest(DomainState.BLOCKED), S.RUNNING),
        (guest(job=Job.MIGRATION_OUT), S.JOB),
        (guest(DomainState.PAUSED, StateReason.MIGRATION, Job.MIGRATION_OUT), S.JOB),
        (guest(job=Job.OTHER), S.RUNNING),
        (guest(DomainState.PAUSED, StateReason.MIGRATION), S.PAUSED_MIGRATION),
        (guest(DomainState.PAUSED, StateReason.API_ERROR), S.PAUSED_API_ERROR),
        (guest(DomainState.PAUSED, StateReason.USER), S.PAUSED_USER),
        (guest(DomainState.PAUSED, StateReason.POSTCOPY_FAILED), S.PAUSED_POSTCOPY_FAILED),
        (guest(DomainState.PAUSED, StateReason.IO_ERROR), S.OTHER),
        (guest(DomainState.PM_SUSPENDED), S.OTHER),
        (guest(DomainState.CRASHED), S.OTHER),
        (ABSENT, S.OFF_UNRECORDED),
        (guest(DomainState.SHUTOFF, StateReason.MIGRATED), S.OFF_UNRECORDED),
        (OFF, S.OFF_UNKNOWN),
        (guest(DomainState.SHUTOFF, StateReason.SHUTDOWN), S.OFF_UNKNOWN),
    ],
)
def test_a_look_at_the_source_says_one_word(seen: GuestView, says: SourceSays) -> None:
    assert source_evidence_says(evidence(seen, "a"), None) is says


def test_a_guest_whose_call_may_still_begin_counts_as_a_job_while_it_is_active() -> None:
    assert source_evidence_says(evidence(guest(), "a", starting=True), None) is S.JOB
    assert source_evidence_says(evidence(OFF, "a", starting=True), None) is S.OFF_UNKNOWN


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        (StopDetail.MIGRATED, S.OFF_MIGRATED),
        (StopDetail.SHUTDOWN, S.OFF_ENDED),
        (StopDetail.DESTROYED, S.OFF_ENDED),
        (StopDetail.CRASHED, S.OFF_ENDED),
        (StopDetail.SAVED, S.OFF_UNKNOWN),
    ],
)
def test_a_recorded_stop_says_how_a_guest_that_is_off_ended(detail: StopDetail, says: SourceSays) -> None:
    assert source_evidence_says(evidence(OFF, "a"), Stopped(detail, NOON)) is says


@pytest.mark.parametrize(
    ("seen", "resumed", "says"),
    [
        (ABSENT, False, D.NONE),
        (arrived(DomainState.RUNNING, mark="another/1"), False, D.NONE),
        (arrived(DomainState.RUNNING), False, D.RUNNING),
        (arrived(DomainState.BLOCKED), False, D.RUNNING),
        (arrived(DomainState.PAUSED, StateReason.MIGRATION), False, D.INCOMING),
        (arrived(DomainState.PAUSED, StateReason.STARTING_UP), False, D.INCOMING),
        (replace(arrived(DomainState.PAUSED, StateReason.USER), job=Job.MIGRATION_IN), False, D.INCOMING),
        (arrived(DomainState.PAUSED, StateReason.USER), False, D.PAUSED_FINISHED),
        (arrived(DomainState.PAUSED, StateReason.POSTCOPY_FAILED), False, D.PAUSED_POSTCOPY_FAILED),
        (arrived(DomainState.PAUSED, StateReason.IO_ERROR), False, D.OTHER),
        (arrived(DomainState.CRASHED), False, D.CRASHED),
        (arrived(DomainState.SHUTOFF, StateReason.CRASHED), False, D.CRASHED),
        (arrived(DomainState.PM_SUSPENDED), False, D.OTHER),
        (arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), True, D.OFF_BY_USER),
        (arrived(DomainState.SHUTOFF, StateReason.DESTROYED), True, D.OFF_BY_USER),
        (arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), False, D.OFF),
        (arrived(DomainState.SHUTOFF, StateReason.FAILED), True, D.OFF),
    ],
)
def test_a_look_at_the_destination_says_one_word(
    seen: GuestView, resumed: bool, says: DestinationSays
) -> None:
    assert destination_evidence_says(evidence(seen, "a"), MARK, resumed=resumed) is says


def test_evidence_of_a_host_that_does_not_answer_is_none_whatever_it_said_last() -> None:
    here = source(Goal.MIGRATED, TaskStatus(evidence=evidence(guest(), "a")))
    there = destination(Goal.PREPARED, TaskStatus(evidence=evidence(arrived(DomainState.RUNNING), "b")))
    silent = (host("host1", listed(), ready=False), host("host2", ready=False))
    unreachable = replace(observation(VALIDATED, here, there), hypervisors=silent)
    assert (source_says(unreachable), destination_says(unreachable)) == (S.UNREACHABLE, D.UNREACHABLE)
    fenced = replace(unreachable, fenced=frozenset({"host1", "host2"}))
    assert (source_says(fenced), destination_says(fenced)) == (S.FENCED, D.FENCED)
    unknown = replace(unreachable, hypervisors=())
    assert source_says(unknown) is S.UNREACHABLE


def test_without_a_task_nothing_fits() -> None:
    nobody = observation(VALIDATED)
    assert (source_says(nobody), destination_says(nobody)) == (S.OTHER, D.OTHER)
    assert circumstances(nobody) == Circumstances(same_qemu=False)


def test_the_journals_add_the_circumstances() -> None:
    plan = replace(STRICT, paused_before=True)
    status = TaskStatus(
        run_mark=RUN_MARK, evidence=evidence(guest(), "a"), stopped=Stopped(StopDetail.MIGRATED, NOON)
    )
    told = circumstances(
        observation(replace(VALIDATED, committed_at=NOON), source(Goal.MIGRATED, status, plan))
    )
    assert told == Circumstances(
        strict=False, paused_before=True, same_qemu=True, committed=True, left_source=True
    )


def test_what_the_hosts_have_done_by_our_word_is_a_circumstance() -> None:
    cancelled = guest(reason=StateReason.MIGRATION_CANCELED)
    ours = TaskStatus(run_mark=RUN_MARK, evidence=evidence(cancelled, "a"), destroying_at=NOON)
    theirs = TaskStatus(suspending_at=NOON, resumed_at=NOON)
    told = circumstances(
        observation(VALIDATED, source(Goal.MIGRATED, ours), destination(Goal.PREPARED, theirs))
    )
    assert told == Circumstances(
        destroyed_source=True, suspended_newcomer=True, cancelled_at_source=True, ran_there=True
    )


def test_a_source_that_we_ended_has_left() -> None:
    off = evidence(guest(DomainState.SHUTOFF, StateReason.DESTROYED, run=None), "a")
    assert source_evidence_says(off, None, destroyed=True) is SourceSays.OFF_MIGRATED


def test_a_qemu_without_the_run_mark_is_another() -> None:
    for seen in (guest(run=None), guest(run="another")):
        status = TaskStatus(run_mark=RUN_MARK, evidence=evidence(seen, "a"))
        assert not circumstances(observation(VALIDATED, source(Goal.MIGRATED, status))).same_qemu


def test_a_guest_that_was_brought_back_and_ended_has_run_on_here() -> None:
    off = evidence(guest(DomainState.SHUTOFF, StateReason.SHUTDOWN), "source")
    left = TaskStatus(stopped=Stopped(StopDetail.MIGRATED, NOON))
    assert source_journal_says(off, left) is SourceSays.OFF_MIGRATED
    back = replace(left, brought_back_at=later(1))
    assert source_journal_says(off, back) is SourceSays.OFF_ENDED
    assert source_journal_says(off, replace(back, destroying_at=NOON)) is SourceSays.OFF_ENDED
    ended_by_us = replace(back, destroying_at=later(2))
    assert source_journal_says(off, ended_by_us) is SourceSays.OFF_MIGRATED
