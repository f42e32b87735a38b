"""The host that was chosen and those that stand by: what is asked of them, and when they are let go."""

import pytest
from msgspec.structs import replace

from godwit.domain.choice.table import Candidate, Standing
from godwit.domain.contact import MIGRATION_PORT, Arrival, Contact
from godwit.domain.decide import decide
from godwit.domain.decision import CreateTask, DeleteTask, WriteSpec
from godwit.domain.image import READING_SECONDS
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.migration import CheckResult, MigrationStatus, Mode, Phase
from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.steps.chosen import INSPECTION_SECONDS, SECOND_LOOK_SECONDS
from godwit.domain.steps.words import start_deadline
from godwit.domain.task import Failure, Goal, Peer, TaskStatus

from ..builders import (
    CONTACT,
    DESTINATION_TASK,
    FACTS,
    NOON,
    SOURCE_TASK,
    later,
    source,
)
from .choosing import (
    ADDRESSES,
    INSPECTED,
    LOOKED_AT,
    MANY,
    REFUSING,
    TAKING,
    asked,
    choosing,
    created,
    following,
    named,
)


def given_up(status: TaskStatus, goal: Goal = Goal.INSPECTED) -> Observation:
    """host2 was, and host3 is named."""
    observed = choosing()
    chosen = following(observed, decide(observed, NOON))
    old = asked(chosen, status)
    refused = replace(chosen, destination=asked(chosen, REFUSING))
    now = following(refused, decide(refused, later(1)), 1)
    old = replace(old, spec=replace(old.spec, goal=goal))
    return replace(now, destination=asked(now), dismissed=(old,))


def test_hosts_that_stand_by_are_asked_as_the_destination_is() -> None:
    first, second, _ = decide(following(choosing(), decide(choosing(), NOON)), NOON).acts
    assert isinstance(first, CreateTask)
    assert isinstance(second, CreateTask)
    assert first.spec.peer == second.spec.peer == Peer("host1", SOURCE_TASK)
    assert replace(second.spec, node_name="host2", contact=first.spec.contact) == first.spec
    calls = [spec.contact for spec in (first.spec, second.spec) if spec.contact]
    assert [call.address for call in calls] == list(ADDRESSES[:2])
    assert len({call.token for call in calls}) == 2


@pytest.mark.parametrize(
    "lost", ["the task fails", "the agent falls silent", "the host is gone", "it never answers"]
)
def test_an_inspection_that_comes_to_nothing_gives_way_to_the_next_host(lost: str) -> None:
    observed = choosing()
    chosen = following(observed, decide(observed, NOON))
    now = later(1)
    if lost == "the task fails":
        failure = TaskStatus(failure=Failure(Reason.LIBVIRT_ERROR, "no such thing"))
        chosen = replace(chosen, destination=asked(chosen, failure))
    elif lost == "the agent falls silent":
        hosts = tuple(replace(each, ready=each.name != "host2") for each in MANY)
        chosen = replace(chosen, destination=asked(chosen), hypervisors=hosts)
    elif lost == "the host is gone":
        hosts = tuple(each for each in MANY if each.name != "host2")
        chosen = replace(chosen, destination=asked(chosen, TAKING), hypervisors=hosts)
    else:
        chosen = replace(chosen, destination=asked(chosen))
        waiting = decide(chosen, now)
        assert named(waiting) == "host2"
        assert waiting.again_after_seconds == INSPECTION_SECONDS - 1
        now = later(INSPECTION_SECONDS)
    assert named(decide(chosen, now)) == "host3"


def test_what_stops_the_migration_at_the_source_gives_no_host_up() -> None:
    observed = choosing()
    chosen = following(observed, decide(observed, NOON))
    silent = tuple(replace(each, ready=each.name != "host1") for each in MANY)
    ended = decide(replace(chosen, destination=asked(chosen), hypervisors=silent), later(1))
    assert ended.journal.ending is not None
    assert ended.journal.ending.reason is Reason.HYPERVISOR_NOT_READY
    attempt = ended.journal.attempts[-1]
    assert [gone.hypervisor for gone in attempt.dismissed] == ["host3", "host4"], "they only stood by"
    assert attempt.standby == ()


def test_once_the_checks_have_passed_the_host_stays() -> None:
    observed = choosing()
    chosen = following(observed, decide(observed, NOON))
    ready = replace(chosen, destination=asked(chosen, TAKING))
    passed = following(ready, decide(ready, NOON))
    silent = tuple(replace(each, ready=each.name != "host2") for each in MANY)
    ended = decide(replace(passed, hypervisors=silent), later(1))
    assert named(ended) == "host2"
    assert ended.journal.ending is not None
    assert "host2" not in [gone.hypervisor for gone in ended.journal.attempts[-1].dismissed]


def test_hosts_that_stand_by_are_let_go_in_the_write_that_says_that_the_checks_have_passed() -> None:
    observed = choosing()
    chosen = following(observed, decide(observed, NOON))
    passed = decide(replace(chosen, destination=asked(chosen, TAKING)), NOON)
    attempt = passed.journal.attempts[-1]
    assert passed.journal.switchover is not None
    assert attempt.standby == ()
    assert [(gone.hypervisor, gone.why) for gone in attempt.dismissed] == [
        ("host3", "host2 takes the guest"),
        ("host4", "host2 takes the guest"),
    ]


@pytest.mark.parametrize("mode", Mode)
def test_the_row_of_the_host_that_takes_the_guest_tells_what_its_inspection_found(mode: Mode) -> None:
    observed = choosing()
    spec = replace(observed.migration.spec, mode=mode)
    observed = replace(observed, migration=replace(observed.migration, spec=spec))
    chosen = following(observed, decide(observed, NOON))
    assert row_of_chosen(chosen.migration.status).not_run
    task = asked(chosen, replace(TAKING, contact=replace(CONTACT, arrival=Arrival.NOT_TRIED)))
    passed = decide(replace(chosen, destination=task), NOON)
    assert passed.journal.switchover is not None
    row = row_of_chosen(passed.journal)
    warned = [each.name for each in passed.journal.checks if each.result is CheckResult.WARN]
    assert "MigrationPort" in warned
    assert (row.hypervisor, row.not_run, list(row.warned)) == ("host2", (), list(dict.fromkeys(warned)))


def row_of_chosen(status: MigrationStatus) -> Candidate:
    assert status.choice is not None
    [row] = [each for each in status.choice.candidates if each.standing is Standing.CHOSEN]
    return row


def test_the_time_of_an_inspection_counts_from_its_begin_for_those_that_stand_by_too() -> None:
    observed = choosing()
    first = following(observed, decide(observed, NOON))
    gave_up = decide(replace(first, destination=asked(first)), later(INSPECTION_SECONDS))
    assert named(gave_up) == "host3"
    second = following(first, gave_up, INSPECTION_SECONDS)
    assert named(decide(replace(second, destination=asked(second)), later(INSPECTION_SECONDS))) == "host4"


def test_a_host_that_has_media_to_read_has_the_time_for_them() -> None:
    medium = replace(FACTS.disks[0], target="sda", path="/media/install.iso", read_only=True)
    guest = replace(FACTS, disks=(*FACTS.disks, medium))
    task = replace(INSPECTED, status=replace(LOOKED_AT, facts=guest))
    observed = choosing(source=task)
    first = following(observed, decide(observed, NOON))
    waiting = decide(replace(first, destination=asked(first)), later(INSPECTION_SECONDS))
    assert named(waiting) == "host2"
    assert waiting.again_after_seconds == READING_SECONDS


def test_hosts_that_nobody_has_asked_yet_are_not_late() -> None:
    """The operator died between the choice and the tasks, and was away."""
    observed = choosing()
    first = following(observed, decide(observed, NOON))
    back = decide(first, later(INSPECTION_SECONDS + 5))
    assert named(back) == "host2"
    assert len(created(back)) == 3
    assert back.journal.choice is not None
    assert back.journal.choice.at == later(INSPECTION_SECONDS + 5)


def test_a_host_that_does_not_listen_once_more_in_time_is_given_up() -> None:
    observed = choosing()
    first = following(observed, decide(observed, NOON))
    missed = replace(TAKING, contact=Contact(MIGRATION_PORT, Arrival.MISSED))
    task = asked(first, missed)
    again = replace(first, destination=replace(task, spec=replace(task.spec, looks=1)))
    waiting = decide(again, later(1))
    assert named(waiting) == "host2"
    assert waiting.again_after_seconds == INSPECTION_SECONDS + SECOND_LOOK_SECONDS - 1
    late = decide(again, later(INSPECTION_SECONDS + SECOND_LOOK_SECONDS))
    assert named(late) == "host3"


def test_nothing_is_asked_of_those_that_stand_by_once_the_migration_ends() -> None:
    observed = choosing()
    first = following(observed, decide(observed, NOON))
    over = decide(first, start_deadline(first))
    assert over.journal.ending is not None
    assert over.acts == ()


def test_a_host_that_stands_by_and_is_no_candidate_any_more_is_passed_over() -> None:
    observed = choosing()
    first = following(observed, decide(observed, NOON))
    silent = tuple(replace(each, ready=each.name != "host3") for each in MANY)
    seen = replace(first, destination=asked(first, REFUSING), hypervisors=silent)
    passed_over = decide(seen, later(1))
    assert named(passed_over) == "host4"
    assert [gone.hypervisor for gone in passed_over.journal.attempts[-1].dismissed] == ["host2", "host3"]


def test_the_task_of_a_host_that_was_given_up_goes_at_once_since_it_only_looked() -> None:
    gone = DeleteTask(DESTINATION_TASK)
    assert decide(given_up(REFUSING), later(2)).acts[0] == gone
    assert gone not in decide(given_up(REFUSING, Goal.ROLLED_BACK), later(2)).acts
    back = given_up(TaskStatus(reached=Goal.ROLLED_BACK), Goal.ROLLED_BACK)
    assert gone in decide(back, later(2)).acts


def test_a_former_look_at_the_source_is_rolled_back_before_it_goes() -> None:
    token = CreatedResource("ProbeFile", "/images/.godwit-1", ResourceState.CREATED)
    old = source(Goal.INSPECTED, replace(LOOKED_AT, created_resources=(token,)))
    old = replace(old, name=f"{SOURCE_TASK}-old")
    first, *_ = decide(choosing(dismissed=(old,)), NOON).acts
    assert isinstance(first, WriteSpec)
    assert (first.task, first.spec.goal, first.spec.plan) == (old.name, Goal.ROLLED_BACK, None)


def test_it_goes_too_when_the_migration_is_stopped() -> None:
    observed = given_up(REFUSING)
    stopped = replace(observed, migration=replace(observed.migration, deleting=True))
    assert decide(stopped, later(2)).acts == (DeleteTask(DESTINATION_TASK),)


def test_a_migration_is_not_over_while_it_is_being_rolled_back_and_owes_it_where_nobody_answers() -> None:
    back = TaskStatus(reached=Goal.ROLLED_BACK)
    observed = given_up(REFUSING, Goal.ROLLED_BACK)
    stopped = replace(observed, migration=replace(observed.migration, deleting=True))
    ended = following(stopped, decide(stopped, later(2)), 2)
    others = replace(
        ended,
        source=source(Goal.ROLLED_BACK, back),
        destination=replace(asked(ended, back), spec=replace(asked(ended).spec, goal=Goal.ROLLED_BACK)),
    )
    waiting = decide(others, later(5))
    assert waiting.journal.finished_at is None
    assert "waiting for host2" in waiting.message
    silent = tuple(replace(each, ready=each.name != "host2") for each in MANY)
    owed = decide(replace(others, hypervisors=silent), later(3))
    assert owed.journal.finished_at is not None
    assert (owed.phase, owed.journal.cleanup) == (Phase.CANCELLED, "Pending")
    assert "owed by host2" in owed.message


def test_after_the_commit_it_is_waited_for_too() -> None:
    moved = given_up(REFUSING, Goal.ROLLED_BACK)
    status = replace(moved.migration.status, committed_at=later(1))
    released = TaskStatus(reached=Goal.RELEASED)
    here, there = source(Goal.RELEASED, released), asked(moved, released)
    there = replace(there, spec=replace(there.spec, goal=Goal.RELEASED))
    committed = replace(
        moved, migration=replace(moved.migration, status=status), source=here, destination=there
    )
    assert decide(committed, later(2)).journal.finished_at is None
    silent = tuple(replace(each, ready=each.name != "host2") for each in MANY)
    owed = decide(replace(committed, hypervisors=silent), later(2))
    assert (owed.phase, owed.journal.cleanup) == (Phase.SUCCEEDED, "Pending")
