"""Each row of the recovery table, from the pair of pictures to the end: orders, intents, acts, phase."""

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, GuestView, Job, Marks, StateReason
from godwit.domain.hosts.view import HostAct
from godwit.domain.migration import Cleanup, Ending, Phase, Resolution
from godwit.domain.migration import Outcome as End
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.recovery import (
    TABLE,
)
from godwit.domain.task import Goal, Role, StopDetail, Stopped
from godwit.domain.vocabulary import (
    Outcome,
)

from .builders import ABSENT, FACTS, FAST, NOON, STRICT, arrived, guest
from .court import Court, off
from .steps.ends import SILENT_DESTINATION, SILENT_SOURCE
from .steps.pairs import FAILURE, LEFT, RUNS_THERE, STOPPED, WAITS_THERE, pair

if TYPE_CHECKING:
    from godwit.domain.observation import Observation

RUNS = guest()
CANCELLED = guest(DomainState.RUNNING, StateReason.MIGRATION_CANCELED)
ANEW = guest(run=None)
WAITS = guest(DomainState.PAUSED, StateReason.MIGRATION)
API_ERROR = guest(DomainState.PAUSED, StateReason.API_ERROR)
BY_USER = guest(DomainState.PAUSED, StateReason.USER)
DIED = guest(DomainState.SHUTOFF, StateReason.UNKNOWN, run=None)
ENDED = guest(DomainState.SHUTOFF, StateReason.SHUTDOWN, run=None)
SHUT_DOWN = Stopped(StopDetail.SHUTDOWN, NOON)
REST = replace(arrived(DomainState.PAUSED, StateReason.MIGRATION), job=Job.MIGRATION_IN)
SHUT_DOWN_THERE = arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN)
LEFTOVER = arrived(DomainState.SHUTOFF, StateReason.FAILED)
PAUSED = replace(STRICT, paused_before=True, resume_when=None)
HERE, THERE = Role.SOURCE, Role.DESTINATION
RESUME, REMOVE, DESTROY = HostAct.RESUME, HostAct.REMOVE, HostAct.DESTROY
SUSPEND, START = HostAct.SUSPEND, HostAct.START_ANEW


def court(
    here: GuestView,
    there: GuestView,
    *,
    stopped: Stopped | None = None,
    plan: Plan = FAST,
    silent: Role | None = None,
    fenced: bool = False,
    ran: bool = False,
    destroying: bool = False,
    autostart: bool = True,
) -> Court:
    """Both hosts as their agents have told them, and as they are."""
    observed: Observation = pair(here, there, stopped=stopped, plan=plan, failure=FAILURE, asked=False)
    assert observed.source is not None
    assert observed.destination is not None
    facts = replace(FACTS, view=replace(FACTS.view, autostart=autostart))
    destroying_at = NOON if destroying else None
    ours = replace(observed.source.status, facts=facts, destroying_at=destroying_at)
    theirs = replace(observed.destination.status, resumed_at=NOON if ran else None)
    hosts = {HERE: SILENT_SOURCE, THERE: SILENT_DESTINATION}
    names = {HERE: "host1", THERE: "host2"}
    observed = replace(
        observed,
        source=replace(observed.source, status=ours),
        destination=replace(observed.destination, status=theirs),
        hypervisors=hosts[silent] if silent else observed.hypervisors,
        fenced=frozenset({names[silent]}) if silent and fenced else frozenset(),
    )
    return Court(observed, here, there)


def verdict(settled: Court) -> Outcome | None:
    return settled.migration.status.verdict


def reason(settled: Court) -> Reason | None:
    ending = settled.migration.status.ending
    return ending.reason if ending else None


# it ends at the source


@pytest.mark.parametrize(
    ("case", "expected", "here", "there"),
    [
        (court(RUNS, ABSENT), Outcome.ROLL_BACK, [], []),
        (court(RUNS, REST), Outcome.ROLL_BACK, [], [REMOVE]),
        (court(RUNS, WAITS_THERE, plan=STRICT), Outcome.ROLL_BACK_DESTINATION_FIRST, [], [REMOVE]),
        (court(RUNS, LEFTOVER), Outcome.ROLL_BACK_DESTINATION_FIRST, [], [REMOVE]),
        (court(BY_USER, WAITS_THERE, plan=PAUSED), Outcome.ROLL_BACK_DESTINATION_FIRST, [], [REMOVE]),
        (court(BY_USER, ABSENT, plan=PAUSED), Outcome.ROLL_BACK_DESTINATION_FIRST, [], []),
        (
            court(WAITS, WAITS_THERE, plan=STRICT),
            Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
            [RESUME],
            [REMOVE],
        ),
        (
            court(API_ERROR, WAITS_THERE, plan=STRICT),
            Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
            [RESUME],
            [REMOVE],
        ),
        (court(WAITS, ABSENT), Outcome.RESUME_SOURCE, [RESUME], []),
        (court(API_ERROR, ABSENT), Outcome.RESUME_SOURCE, [RESUME], []),
        (court(BY_USER, ABSENT), Outcome.ROLL_BACK, [], []),
        (court(ENDED, ABSENT, stopped=SHUT_DOWN), Outcome.GUEST_ENDED, [], []),
        (court(DIED, ABSENT), Outcome.SOURCE_LOST, [START], []),
        (court(DIED, ABSENT, autostart=False), Outcome.SOURCE_LOST, [], []),
    ],
    ids=lambda value: value.value if isinstance(value, Outcome) else None,
)
def test_what_ends_at_the_source_is_put_back_there_and_removed_there(
    case: Court, expected: Outcome, here: list[HostAct], there: list[HostAct]
) -> None:
    settled = case.settle()
    assert (verdict(settled), settled.migration.status.phase) == (expected, Phase.FAILED)
    assert (settled.did(HERE), settled.did(THERE)) == (here, there)
    assert settled.migration.status.cleanup is Cleanup.DONE
    assert settled.guests[THERE] == ABSENT
    assert settled.guests[HERE].marks.run is None


def test_the_destinations_copy_goes_before_the_source_goes_on() -> None:
    settled = court(WAITS, WAITS_THERE, plan=STRICT).settle()
    assert [act for act in settled.acts if act[1] in (RESUME, REMOVE)] == [(THERE, REMOVE), (HERE, RESUME)]


@pytest.mark.parametrize("fenced", [False, True], ids=["silent", "fenced"])
def test_a_destination_that_does_not_answer_owes_and_the_guest_runs_on(fenced: bool) -> None:
    settled = court(RUNS, WAITS_THERE, plan=STRICT, silent=THERE, fenced=fenced).settle()
    status = settled.migration.status
    assert (verdict(settled), status.phase) == (Outcome.FAIL_CLEANUP_OWED, Phase.FAILED)
    assert status.cleanup is Cleanup.PENDING
    assert settled.observed.destination is not None
    assert settled.observed.destination.spec.goal is Goal.ROLLED_BACK


def test_a_source_that_only_waits_goes_on_when_the_destinations_host_is_fenced() -> None:
    settled = court(WAITS, WAITS_THERE, plan=STRICT, silent=THERE, fenced=True).settle()
    assert (verdict(settled), settled.did(HERE)) == (Outcome.RESUME_SOURCE, [RESUME])
    assert settled.migration.status.cleanup is Cleanup.PENDING


def test_a_source_that_waits_is_left_to_a_person_where_libvirt_itself_lets_the_fenced_copy_go_on() -> None:
    """The guest may have run there, and written to the disks that both hosts share."""
    settled = court(WAITS, RUNS_THERE, silent=THERE, fenced=True).settle()
    assert (settled.migration.status.phase, settled.did(HERE)) == (Phase.NEEDS_ATTENTION, [])
    assert "may have run at the destination" in settled.migration.status.conditions[0].message


def test_a_guest_that_died_with_its_host_says_so_and_has_its_autostart_again() -> None:
    settled = court(DIED, ABSENT).settle()
    assert reason(settled) is Reason.SOURCE_LOST
    assert settled.guests[HERE].autostart
    assert settled.guests[HERE].state is DomainState.RUNNING


def test_a_guest_that_ended_by_itself_is_never_started() -> None:
    settled = court(ENDED, ABSENT, stopped=SHUT_DOWN).settle()
    assert reason(settled) is Reason.GUEST_SHUT_DOWN
    assert settled.guests[HERE].state is DomainState.SHUTOFF


def test_a_guest_that_left_was_brought_back_and_ended_comes_to_an_end_though_it_was_cancelled() -> None:
    case = court(ENDED, ABSENT, stopped=STOPPED)
    source = case.observed.source
    assert source is not None
    told = replace(source, spec=replace(source.spec, goal=Goal.ROLLED_BACK))
    cancelled = Ending(End.CANCELLED, Reason.CANCELLED, "cancelled by spec.cancel", NOON)
    journal = replace(case.migration.status, ending=cancelled)
    case.observed = replace(case.observed, source=told, migration=replace(case.migration, status=journal))
    settled = case.settle()
    assert (settled.migration.status.phase, settled.did(HERE)) == (Phase.FAILED, [])


# it ends at the destination


@pytest.mark.parametrize(
    ("case", "expected", "here", "there"),
    [
        (court(LEFT, RUNS_THERE, stopped=STOPPED), Outcome.COMMIT, [], []),
        (court(DIED, RUNS_THERE), Outcome.COMMIT, [], []),
        (court(LEFT, WAITS_THERE, stopped=STOPPED, plan=PAUSED), Outcome.COMMIT, [], []),
        (court(LEFT, WAITS_THERE, stopped=STOPPED, ran=True), Outcome.COMMIT, [], []),
        (court(WAITS, RUNS_THERE), Outcome.COMMIT, [DESTROY], []),
        (court(LEFT, WAITS_THERE, stopped=STOPPED, plan=STRICT), Outcome.COMMIT, [], [RESUME]),
        (
            court(LEFT, SHUT_DOWN_THERE, stopped=STOPPED, ran=True),
            Outcome.COMMIT_ENDED,
            [],
            [],
        ),
    ],
)
def test_what_ends_at_the_destination_is_released_on_both_hosts(
    case: Court, expected: Outcome, here: list[HostAct], there: list[HostAct]
) -> None:
    settled = case.settle()
    assert (verdict(settled), settled.migration.status.phase) == (expected, Phase.SUCCEEDED)
    assert (settled.did(HERE), settled.did(THERE)) == (here, there)
    assert settled.guests[HERE] == ABSENT
    assert settled.guests[THERE].marks.attempt is None


def test_a_copy_that_waits_goes_on_when_we_ended_the_source_that_only_waited_too() -> None:
    settled = court(off(WAITS), WAITS_THERE, destroying=True).settle()
    assert settled.did(THERE) == [RESUME]
    assert Outcome.RESUME_DESTINATION_AND_COMMIT in settled.verdicts
    assert settled.migration.status.phase is Phase.SUCCEEDED


def test_a_fenced_source_does_not_hold_up_a_guest_that_runs_over_there() -> None:
    settled = court(WAITS, RUNS_THERE, silent=HERE, fenced=True).settle()
    status = settled.migration.status
    assert (verdict(settled), status.phase) == (Outcome.COMMIT_CLEANUP_OWED, Phase.SUCCEEDED)
    assert status.cleanup is Cleanup.PENDING


def test_a_copy_whose_source_left_and_was_fenced_is_let_go_on() -> None:
    settled = court(LEFT, WAITS_THERE, stopped=STOPPED, plan=STRICT, silent=HERE, fenced=True).settle()
    assert settled.did(THERE) == [RESUME]
    assert settled.migration.status.phase is Phase.SUCCEEDED


@pytest.mark.parametrize("here", [WAITS, DIED, LEFT], ids=["waits after all", "died", "left"])
def test_a_fenced_source_that_comes_back_pays_before_anything_else(here: GuestView) -> None:
    case = court(WAITS, RUNS_THERE, silent=HERE, fenced=True).settle()
    case.guests[HERE] = here
    case.observed = replace(case.observed, hypervisors=pair(RUNS, ABSENT).hypervisors, fenced=frozenset())
    settled = case.settle()
    assert settled.guests[HERE] == ABSENT
    assert settled.migration.status.cleanup is Cleanup.DONE


# a copy that somebody let go on


def test_a_copy_that_ran_and_was_paused_is_not_destroyed_for_the_source_that_runs() -> None:
    settled = court(RUNS, WAITS_THERE, plan=STRICT, ran=True).settle()
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert (settled.did(HERE), settled.did(THERE)) == ([], [])
    assert settled.guests == {HERE: RUNS, THERE: WAITS_THERE}
    settled.resolve(Resolution.KEEP_SOURCE)
    assert (settled.migration.status.phase, settled.did(THERE)) == (Phase.FAILED, [REMOVE])


@pytest.mark.parametrize("here", [RUNS, WAITS], ids=["the source runs", "the source waits"])
def test_a_copy_that_goes_on_while_it_is_to_be_removed_is_a_persons_to_end(here: GuestView) -> None:
    case = court(here, WAITS_THERE, plan=STRICT)
    case.forestall(THERE, RUNS_THERE)
    settled = case.settle()
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert settled.migration.status.committed_at is None
    settled.guests[THERE] = WAITS_THERE
    settled.settle()
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert settled.guests == {HERE: here, THERE: WAITS_THERE}
    assert "runs or has run here" in settled.message
    assert "spec.resolution KeepSource" in settled.message
    settled.resolve(Resolution.KEEP_SOURCE)
    assert (settled.migration.status.phase, settled.guests[THERE]) == (Phase.FAILED, ABSENT)
    assert settled.guests[HERE].state is DomainState.RUNNING


# a definition that did not come along

UNDEFINED_THERE = replace(RUNS_THERE, persistent=False)
NO_DEFINITION_THERE = {
    "it runs there": court(LEFT, UNDEFINED_THERE, stopped=STOPPED),
    "it died here": court(DIED, UNDEFINED_THERE),
    "it only waited here": court(WAITS, UNDEFINED_THERE),
    "its user has paused it": court(
        LEFT, replace(WAITS_THERE, persistent=False), stopped=STOPPED, plan=PAUSED
    ),
    "it waits for the word": court(
        LEFT, replace(WAITS_THERE, persistent=False), stopped=STOPPED, plan=STRICT
    ),
    "its host is fenced": court(LEFT, UNDEFINED_THERE, stopped=STOPPED, silent=HERE, fenced=True),
}


@pytest.mark.parametrize("case", NO_DEFINITION_THERE.values(), ids=NO_DEFINITION_THERE)
def test_the_only_definition_is_never_dropped_and_once_there_is_another_it_goes_on(case: Court) -> None:
    settled = case.settle()
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION
    assert settled.migration.status.committed_at is None
    assert settled.guests[HERE].persistent
    assert settled.guests[THERE].active
    assert "Define it on host2 (`virsh dumpxml --inactive vm1 | virsh define /dev/stdin`)" in settled.message
    settled.guests[THERE] = replace(settled.guests[THERE], persistent=True)
    defined = settled.settle()
    assert defined.migration.status.phase is Phase.SUCCEEDED


def test_a_guest_without_a_definition_needs_none_at_its_destination() -> None:
    transient = replace(FAST, persistent=False)
    settled = court(ABSENT, UNDEFINED_THERE, stopped=STOPPED, plan=transient).settle()
    assert settled.migration.status.phase is Phase.SUCCEEDED


def test_a_person_who_gives_the_only_definition_up_is_told_so_before() -> None:
    settled = court(LEFT, UNDEFINED_THERE, stopped=STOPPED).settle()
    assert "The only definition, the one on host1, is dropped" in settled.message
    settled.resolve(Resolution.KEEP_DESTINATION)
    assert settled.migration.status.phase is Phase.SUCCEEDED
    assert settled.guests == {HERE: ABSENT, THERE: replace(UNDEFINED_THERE, marks=Marks())}


# two copies


def test_of_two_copies_the_newcomer_is_suspended_and_then_removed() -> None:
    settled = court(CANCELLED, RUNS_THERE).settle()
    assert settled.did(THERE) == [SUSPEND, REMOVE]
    assert settled.did(HERE) == []
    assert settled.migration.status.phase is Phase.FAILED


def test_of_two_copies_that_nothing_tells_apart_one_is_suspended_and_none_destroyed() -> None:
    settled = court(RUNS, RUNS_THERE).settle()
    assert (settled.did(HERE), settled.did(THERE)) == ([], [SUSPEND])
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION


def test_a_source_that_was_started_anew_is_the_newcomer() -> None:
    settled = court(ANEW, RUNS_THERE).settle()
    assert (settled.did(HERE), settled.did(THERE)) == ([SUSPEND], [])
    assert settled.migration.status.phase is Phase.NEEDS_ATTENTION


@pytest.mark.parametrize("word", list(Resolution))
def test_a_person_lets_one_of_two_copies_go_on(word: Resolution) -> None:
    settled = court(ANEW, RUNS_THERE).settle().resolve(word)
    if word is Resolution.KEEP_SOURCE:
        assert settled.guests[HERE].state is DomainState.RUNNING
        assert settled.guests[THERE] == ABSENT
        assert (settled.migration.status.phase, reason(settled)) == (Phase.FAILED, Reason.RESOLVED)
    else:
        assert settled.guests[THERE].state is DomainState.RUNNING
        assert settled.guests[HERE] == ABSENT
        assert settled.migration.status.phase is Phase.SUCCEEDED


# every row

PATHS = {
    Outcome.ROLL_BACK: court(RUNS, ABSENT),
    Outcome.ROLL_BACK_DESTINATION_FIRST: court(RUNS, LEFTOVER),
    Outcome.FAIL_CLEANUP_OWED: court(RUNS, ABSENT, silent=THERE),
    Outcome.TWO_RUN: court(RUNS, RUNS_THERE),
    Outcome.DESTROY_SOURCE_AND_COMMIT: court(WAITS, RUNS_THERE),
    Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE: court(WAITS, WAITS_THERE, plan=STRICT),
    Outcome.RESUME_SOURCE: court(WAITS, ABSENT),
    Outcome.COMMIT: court(LEFT, RUNS_THERE, stopped=STOPPED),
    Outcome.RESUME_DESTINATION_AND_COMMIT: court(off(WAITS), WAITS_THERE, destroying=True),
    Outcome.COMMIT_ENDED: court(LEFT, SHUT_DOWN_THERE, stopped=STOPPED, ran=True),
    Outcome.GUEST_ENDED: court(ENDED, ABSENT, stopped=SHUT_DOWN),
    Outcome.SOURCE_LOST: court(DIED, ABSENT),
    Outcome.COMMIT_CLEANUP_OWED: court(LEFT, RUNS_THERE, silent=HERE, fenced=True),
    Outcome.RESUME_DESTINATION_CLEANUP_OWED: court(
        LEFT, WAITS_THERE, stopped=STOPPED, silent=HERE, fenced=True
    ),
}
TOUCH_NOTHING = {Outcome.GO_ON, Outcome.NEEDS_ATTENTION, Outcome.RESUME_POSTCOPY}
"""The last of them until there is a post-copy."""


@pytest.mark.parametrize("expected", list(PATHS))
def test_a_verdict_is_in_the_journal_before_anything_follows_from_it(expected: Outcome) -> None:
    assert expected in PATHS[expected].settle().verdicts


def test_every_outcome_of_the_table_is_followed_to_its_end() -> None:
    assert {row.then for row in TABLE} - TOUCH_NOTHING == set(PATHS)
