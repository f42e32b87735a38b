"""The status in every phase: kstatus' conditions, progress that never goes back, figures of the end."""

import pytest
from msgspec.structs import replace

from godwit.domain.conditions import ConditionStatus
from godwit.domain.decision import Decision
from godwit.domain.guest import JobStats
from godwit.domain.migration import (
    FINAL_PHASES,
    Cleanup,
    Downtime,
    MigrationStatus,
    Phase,
    Progress,
    Transition,
)
from godwit.domain.observation import ClockSkew, Observation
from godwit.domain.progress import eta, progress
from godwit.domain.reasons import Reason
from godwit.domain.report import MOST_MESSAGE, MOST_TRANSITIONS, report
from godwit.domain.task import Goal, JobResult, TaskStatus

from .builders import BEGUN, NOON, destination, later, observation, source

STATS = JobStats(
    data_total_bytes=1000,
    data_processed_bytes=600,
    data_remaining_bytes=400,
    rate_bytes_per_second=20,
    iteration=2,
)
T, F, U = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN


def said(phase: Phase, journal: MigrationStatus = BEGUN, message: str = "so it is") -> Decision:
    return Decision(journal, phase, Reason.MIGRATING, message)


def sending(stats: JobStats | None, journal: MigrationStatus = BEGUN) -> Observation:
    return observation(journal, source(Goal.MIGRATED, TaskStatus(progress=stats)))


# conditions


@pytest.mark.parametrize("phase", list(Phase))
def test_the_conditions_of_every_phase_are_what_kstatus_reads(phase: Phase) -> None:
    conditions = {c.type: c.status for c in report(observation(BEGUN), said(phase), NOON).conditions}
    match phase:
        case Phase.SUCCEEDED:
            assert conditions == {"Succeeded": T, "Ready": T}
        case Phase.FAILED | Phase.CANCELLED:
            assert conditions == {"Succeeded": F, "Ready": F, "Stalled": T}
        case Phase.NEEDS_ATTENTION:
            assert conditions == {"Succeeded": U, "Ready": F, "Stalled": T}
        case _:
            assert conditions == {"Succeeded": U, "Ready": F, "Reconciling": T}


def test_every_condition_bears_reason_message_and_generation() -> None:
    observed = replace(observation(BEGUN), migration=replace(observation(BEGUN).migration, generation=3))
    status = report(observed, said(Phase.MIGRATING), NOON)
    assert status.observed_generation == 3
    assert {(c.reason, c.message, c.observed_generation) for c in status.conditions} == {
        ("Migrating", "so it is", 3)
    }


def test_a_condition_keeps_the_time_at_which_its_status_changed() -> None:
    first = report(observation(BEGUN), said(Phase.MIGRATING), NOON)
    second = report(observation(first), said(Phase.SUCCEEDED, first), later(9))
    third = report(observation(first), said(Phase.FINALIZING, first), later(9))
    assert {c.type: c.last_transition_time for c in second.conditions} == {
        "Succeeded": later(9),
        "Ready": later(9),
    }
    assert {c.last_transition_time for c in third.conditions} == {NOON}


def test_a_message_of_any_length_fits_the_crd() -> None:
    status = report(observation(BEGUN), said(Phase.FAILED, message="x" * 9999), NOON)
    assert len(status.conditions[0].message) == MOST_MESSAGE


def test_a_pass_that_changes_nothing_gives_the_stored_status() -> None:
    stored = report(sending(STATS), said(Phase.MIGRATING), NOON)
    assert report(sending(STATS, stored), said(Phase.MIGRATING, stored), later(9)) == stored


# phases


def test_each_phase_is_noted_once_when_it_begins() -> None:
    first = report(observation(BEGUN), said(Phase.MIGRATING), NOON)
    same = report(observation(first), said(Phase.MIGRATING, first), later(1))
    other = report(observation(same), said(Phase.FINALIZING, same), later(2))
    assert other.phase_transitions == (
        Transition(Phase.MIGRATING, NOON),
        Transition(Phase.FINALIZING, later(2)),
    )
    assert other.phase is Phase.FINALIZING


def test_no_more_phases_are_noted_than_the_crd_takes() -> None:
    many = replace(BEGUN, phase_transitions=(Transition(Phase.PENDING, NOON),) * MOST_TRANSITIONS)
    noted = report(observation(many), said(Phase.MIGRATING, many), later(1)).phase_transitions
    assert len(noted) == MOST_TRANSITIONS
    assert noted[-1] == Transition(Phase.MIGRATING, later(1))


# after the end


@pytest.mark.parametrize("phase", sorted(FINAL_PHASES))
def test_what_a_finished_migration_tells_never_changes_but_the_generation(phase: Phase) -> None:
    ended = report(sending(STATS), said(phase, replace(BEGUN, finished_at=NOON, cleanup=Cleanup.DONE)), NOON)
    seen = sending(replace(STATS, data_remaining_bytes=1), ended)
    edited = replace(seen, migration=replace(seen.migration, generation=7))
    again = report(edited, said(Phase.MIGRATING, ended, "something else"), later(99))
    assert again == replace(ended, observed_generation=7)


def test_a_debt_that_is_paid_after_the_end_is_told() -> None:
    ended = report(
        observation(BEGUN),
        said(Phase.FAILED, replace(BEGUN, finished_at=NOON, cleanup=Cleanup.PENDING)),
        NOON,
    )
    paid = report(
        observation(ended), said(Phase.FAILED, replace(ended, cleanup=Cleanup.DONE), "paid"), later(9)
    )
    assert paid.cleanup is Cleanup.DONE
    assert paid.conditions[0].message == "paid"
    assert paid.conditions[0].last_transition_time == NOON
    assert paid.phase_transitions == ended.phase_transitions


# progress


def test_progress_is_what_libvirt_counts() -> None:
    status = report(sending(replace(STATS, dirty_rate_bytes_per_second=10)), said(Phase.MIGRATING), NOON)
    assert status.progress == Progress(
        percent=60,
        data_total=1000,
        data_processed=600,
        data_remaining=400,
        rate=20,
        dirty_rate=10,
        iteration=2,
        eta="40s",
    )


def test_percent_never_goes_back() -> None:
    before = replace(BEGUN, progress=Progress(percent=80))
    after = report(sending(STATS, before), said(Phase.MIGRATING, before), NOON).progress
    assert after is not None
    assert (after.percent, after.data_remaining) == (80, 400)


@pytest.mark.parametrize(
    ("total", "remaining", "percent"), [(1000, 0, 99), (0, 0, 0), (100, 300, 0), (3, 1, 66)]
)
def test_percent_stays_between_nothing_and_nearly_all(total: int, remaining: int, percent: int) -> None:
    stats = replace(STATS, data_total_bytes=total, data_remaining_bytes=remaining)
    assert progress(stats).percent == percent


def test_a_hundred_percent_is_success_alone() -> None:
    before = replace(BEGUN, progress=Progress(percent=60, data_remaining=400, rate=20, eta="20s"))
    ended = report(sending(STATS, before), said(Phase.SUCCEEDED, before), NOON).progress
    assert ended == Progress(percent=100)
    unseen = report(observation(BEGUN), said(Phase.SUCCEEDED), NOON).progress
    assert unseen == Progress(percent=100)


def test_progress_that_is_not_known_stays_as_it_was() -> None:
    before = replace(BEGUN, progress=Progress(percent=60))
    for observed in (observation(before), sending(None, before)):
        assert report(observed, said(Phase.FINALIZING, before), NOON).progress == Progress(percent=60)
    assert report(observation(BEGUN), said(Phase.VALIDATING), NOON).progress is None


@pytest.mark.parametrize(
    ("rate", "dirty", "text"), [(20, 0, "20s"), (20, 10, "40s"), (20, 20, ""), (5, 20, "")]
)
def test_the_time_left_is_said_only_while_the_rate_gains_on_the_guest(
    rate: int, dirty: int, text: str
) -> None:
    assert eta(replace(STATS, rate_bytes_per_second=rate, dirty_rate_bytes_per_second=dirty)) == text


# result


ENDED = replace(BEGUN, finished_at=later(42))
RESULT = JobResult(replace(STATS, downtime_milliseconds=35), suspended_at=later(30))


def finished(skew: ClockSkew | None, resumed_after_seconds: float | None = 0.5) -> Observation:
    resumed = None if resumed_after_seconds is None else later(30 + resumed_after_seconds)
    observed = observation(
        BEGUN,
        source(Goal.RELEASED, TaskStatus(result=RESULT)),
        destination(Goal.RELEASED, TaskStatus(resumed_at=resumed)),
    )
    return replace(observed, clock_skew=skew)


def downtime(observed: Observation, phase: Phase = Phase.SUCCEEDED) -> Downtime:
    result = report(observed, said(phase, ENDED), later(42)).result
    assert result is not None
    return result.downtime


def test_the_figures_of_the_end_are_told_once() -> None:
    result = report(finished(ClockSkew(0.0, 0.01)), said(Phase.SUCCEEDED, ENDED), later(42)).result
    assert result is not None
    assert (result.duration_milliseconds, result.bytes, result.iterations) == (42_000, 600, 2)
    assert result.downtime == Downtime(35, 500)
    kept = replace(ENDED, result=result)
    assert report(observation(kept), said(Phase.SUCCEEDED, kept), later(99)).result is result


def test_there_is_no_result_before_the_end_or_without_a_beginning() -> None:
    assert report(finished(None), said(Phase.FINALIZING), NOON).result is None
    unbegun = MigrationStatus(finished_at=NOON)
    assert report(observation(unbegun), said(Phase.FAILED, unbegun), NOON).result is None


def test_a_migration_that_failed_claims_no_downtime_of_a_job() -> None:
    assert downtime(finished(ClockSkew(0.0, 0.01)), Phase.FAILED).reported_milliseconds is None


def test_a_migration_that_no_job_was_seen_of_still_has_its_duration() -> None:
    result = report(observation(BEGUN), said(Phase.FAILED, ENDED), later(42)).result
    assert result is not None
    assert (result.duration_milliseconds, result.bytes) == (42_000, 0)


@pytest.mark.parametrize(
    ("skew", "milliseconds"),
    [
        (ClockSkew(0.2, 0.01), 300),
        (ClockSkew(-0.2, 0.01), 700),
        (ClockSkew(0.0, 0.6), None),
        (ClockSkew(0.6, 0.01), None),
        (None, None),
    ],
)
def test_the_observed_downtime_is_corrected_by_the_skew_or_not_said(
    skew: ClockSkew | None, milliseconds: int | None
) -> None:
    assert downtime(finished(skew)).observed_milliseconds == milliseconds


def test_the_observed_downtime_needs_both_ends() -> None:
    skew = ClockSkew(0.0, 0.01)
    assert downtime(finished(skew, None)).observed_milliseconds is None
    assert downtime(replace(finished(skew), destination=None)).observed_milliseconds is None
    assert downtime(replace(finished(skew), source=None)).observed_milliseconds is None
    unseen = source(Goal.RELEASED, TaskStatus(result=replace(RESULT, suspended_at=None)))
    assert downtime(replace(finished(skew), source=unseen)).observed_milliseconds is None


def test_an_ended_migration_has_no_time_left() -> None:
    moving = Progress(percent=40, rate=1 << 20, eta="44s")
    observed = observation(replace(BEGUN, progress=moving))
    for phase in FINAL_PHASES - {Phase.SUCCEEDED}:
        decision = Decision(observed.migration.status, phase, Reason.CANCELLED, "")
        told = report(observed, decision, NOON).progress
        assert told is not None
        assert (told.percent, told.rate, told.eta) == (40, 0, "")
