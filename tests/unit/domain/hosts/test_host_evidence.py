"""How evidence gets its name: a picture that changed is renamed, and one that is asked for answers."""

from msgspec.structs import replace

from godwit.domain.evidence import picture_name
from godwit.domain.guest import DomainState, GuestView, Job, StateReason
from godwit.domain.hosts.evidence import may_still_begin, of_destination, of_source
from godwit.domain.hosts.view import ANSWERED_SECONDS, NO_JOB_SECONDS, Call
from godwit.domain.task import Evidence, Goal, StopDetail, Stopped, Task, TaskStatus

from ..builders import ABSENT, FAST, NOON, STARTING, arrived, destination, guest, later, source
from .views import AGENT, view

BEGUN = TaskStatus(reached=Goal.PREPARED, starting=STARTING)
RUNS = arrived(DomainState.RUNNING)


def seen_at_source(before: Evidence | None, now: GuestView, challenge: str = "") -> Evidence:
    task = source(Goal.MIGRATED, replace(BEGUN, evidence=before), FAST)
    asked = replace(task, spec=replace(task.spec, challenge=challenge))
    return of_source(view(asked, now, quiet_seconds=NO_JOB_SECONDS), asked.status, later(9))


def at_destination(before: Evidence | None = None, challenge: str = "") -> Task:
    task = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED, evidence=before), FAST)
    return replace(task, spec=replace(task.spec, challenge=challenge))


def seen_at_destination(before: Evidence | None, now: GuestView, challenge: str = "") -> Evidence | None:
    task = at_destination(before, challenge)
    return of_destination(view(task, now), task.status, later(9))


FIRST = Evidence(AGENT, 4, 2, NOON, guest())


def test_a_picture_that_stayed_is_kept_as_it_is_and_costs_no_write() -> None:
    assert seen_at_source(FIRST, guest()) is FIRST


def test_another_challenge_is_answered_under_the_same_name() -> None:
    answer = seen_at_source(FIRST, guest(), challenge="them.1")
    assert answer.challenge == "them.1"
    assert picture_name(answer) == picture_name(FIRST)
    assert (answer.counter, answer.at) == (5, later(9))


def test_a_state_that_says_something_else_renames_the_picture() -> None:
    paused = seen_at_source(FIRST, guest(DomainState.PAUSED, StateReason.MIGRATION))
    assert paused.changed == paused.counter == 5


def test_a_state_that_says_the_same_in_other_words_renames_nothing() -> None:
    assert seen_at_source(FIRST, guest(DomainState.BLOCKED)) is FIRST


def test_another_qemu_renames_the_picture_though_it_runs_as_before() -> None:
    for other in (replace(guest(), domain_id=2), guest(run=None)):
        assert seen_at_source(FIRST, other).changed == 5


def test_a_restarted_agent_names_anew_from_the_beginning() -> None:
    anew = seen_at_source(replace(FIRST, agent="former"), guest())
    assert (anew.agent, anew.counter, anew.changed) == (AGENT, 1, 1)


def test_the_first_picture_is_number_one() -> None:
    first = seen_at_source(None, guest(job=Job.MIGRATION_OUT))
    assert (first.counter, first.changed) == (1, 1)


def test_a_stop_that_is_recorded_renames_the_picture_of_a_guest_that_was_off_already() -> None:
    off = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)
    before = Evidence(AGENT, 4, 2, NOON, off)
    task = source(Goal.MIGRATED, replace(BEGUN, evidence=before), FAST)
    looked = view(task, off, quiet_seconds=NO_JOB_SECONDS)
    assert of_source(looked, looked.task.status, NOON).changed == 2
    stopped = replace(looked.task.status, stopped=Stopped(StopDetail.MIGRATED, NOON))
    assert of_source(looked, stopped, NOON).changed == 5


def test_the_destination_tells_nothing_until_there_is_something_or_somebody_asks() -> None:
    incoming = arrived(DomainState.PAUSED, StateReason.MIGRATION)
    assert seen_at_destination(None, ABSENT) is None
    assert seen_at_destination(None, incoming) is None
    assert seen_at_destination(None, ABSENT, challenge="them.1") is not None
    assert seen_at_destination(None, RUNS) is not None


def test_the_destination_goes_on_telling_once_it_has_begun() -> None:
    gone = seen_at_destination(Evidence(AGENT, 4, 2, NOON, RUNS), ABSENT)
    assert gone is not None
    assert gone.changed == 5


def test_a_picture_of_the_destination_that_stayed_is_kept() -> None:
    before = Evidence(AGENT, 4, 2, NOON, RUNS)
    assert seen_at_destination(before, RUNS) is before


def test_a_guest_that_ended_after_it_ran_is_another_picture_than_one_that_never_ran() -> None:
    off = arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN)
    task = at_destination(Evidence(AGENT, 4, 2, NOON, off))
    ran = replace(task.status, resumed_at=NOON)
    seen = of_destination(view(task, off), ran, NOON)
    assert seen is not None
    assert seen.changed == 5


def test_a_call_may_begin_a_job_until_it_returned_or_libvirt_answered_long_enough_and_shows_none() -> None:
    task = source(Goal.MIGRATED, BEGUN, FAST)
    assert not may_still_begin(view(source(Goal.MIGRATED), guest(), call=Call.RUNNING))
    assert not may_still_begin(view(task, guest(), call=Call.RETURNED))
    assert may_still_begin(view(task, guest(), call=Call.RUNNING, quiet_seconds=NO_JOB_SECONDS * 9))
    assert may_still_begin(view(task, guest(), quiet_seconds=NO_JOB_SECONDS - 0.1))
    just_back = ANSWERED_SECONDS - 0.1
    assert may_still_begin(view(task, guest(), answered_seconds=just_back, quiet_seconds=just_back))
    assert not may_still_begin(view(task, guest(), quiet_seconds=NO_JOB_SECONDS))


def test_what_is_asked_for_outlasts_libvirts_wait_for_a_lock() -> None:
    libvirt_waits_seconds = 30.0
    assert libvirt_waits_seconds < ANSWERED_SECONDS < libvirt_waits_seconds * 1.5
