"""From the request to the claim: nothing on any host is touched, and the intent is written first."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import Decision, SetFinalizer, TakeClaim
from godwit.domain.guest import DomainState
from godwit.domain.migration import (
    Cleanup,
    HypervisorSelector,
    Migration,
    MigrationStatus,
    Outcome,
    Phase,
    VMSelector,
)
from godwit.domain.observation import Holder, Observation
from godwit.domain.phases import LIFE
from godwit.domain.reasons import Reason
from godwit.domain.steps.begin import SETTLE_SECONDS, claim
from godwit.domain.task import Failure, Goal, TaskStatus

from ..builders import (
    DESTINATION_TASK,
    HOSTS,
    NOON,
    SOURCE_TASK,
    UID,
    UUID,
    VM,
    destination,
    host,
    later,
    listed,
    migration,
    source,
)

NEW = migration()
KNOWN = migration(MigrationStatus(vm=VM))
OURS = Holder(UID, "team/move")
OTHERS = Holder("another-uid", "team/first")


def look(what: Migration, **more: object) -> Observation:
    return replace(Observation(what, HOSTS), **more)


def ended(decision: Decision) -> tuple[Phase, Reason]:
    assert decision.journal.finished_at is not None
    assert decision.journal.cleanup is Cleanup.DONE
    assert decision.acts == ()
    return decision.phase, decision.reason


# which VM


def test_the_vm_is_written_before_anything_is_done_for_it() -> None:
    decision = decide(look(NEW), NOON)
    assert decision.journal.vm == VM
    assert decision.acts == ()
    assert decision.again_after_seconds == 0


def test_a_vm_that_is_nowhere_ends_the_migration_when_the_hosts_have_had_time_to_tell() -> None:
    nowhere = look(NEW, hypervisors=(host("host1"), host("host2")))
    first = decide(nowhere, later(1))
    assert (first.phase, first.reason, first.again_after_seconds) == (
        Phase.PENDING,
        Reason.VM_NOT_FOUND,
        SETTLE_SECONDS - 1,
    )
    assert first.journal == NEW.status
    assert ended(decide(nowhere, later(SETTLE_SECONDS))) == (Phase.FAILED, Reason.VM_NOT_FOUND)


def test_a_vm_that_both_hosts_list_for_a_moment_after_its_move_is_waited_for() -> None:
    both = look(NEW, hypervisors=(host("host1", listed()), host("host2", listed())))
    decision = decide(both, later(1))
    assert decision.phase is Phase.PENDING
    assert decision.journal.finished_at is None


def test_a_vm_last_seen_on_a_silent_host_is_waited_for_until_start_timeout() -> None:
    silent = look(NEW, hypervisors=(host("host1", listed(), ready=False), host("host2")))
    waiting = decide(silent, later(100))
    assert (waiting.phase, waiting.reason) == (Phase.PENDING, Reason.VM_UNKNOWN)
    assert "host1" in waiting.message
    assert waiting.again_after_seconds == 200
    over = decide(silent, later(300))
    assert ended(over) == (Phase.FAILED, Reason.START_TIMEOUT)
    assert "host1" in over.message
    assert "5m" in over.message


@pytest.mark.parametrize("what", [NEW, KNOWN], ids=["new", "known"])
def test_a_migration_deleted_before_it_began_is_cancelled(what: Migration) -> None:
    decision = decide(look(replace(what, deleting=True), holder=OURS), NOON)
    assert ended(decision) == (Phase.CANCELLED, Reason.CANCELLED)
    assert decision.journal.ending is not None
    assert decision.journal.ending.outcome is Outcome.CANCELLED


# the claim


def test_the_finalizer_comes_before_the_claim_and_the_claim_before_the_attempt() -> None:
    bare = decide(look(replace(KNOWN, finalizer=False)), NOON)
    assert bare.acts == (SetFinalizer(present=True),)
    unclaimed = decide(look(KNOWN), NOON)
    assert unclaimed.acts == (TakeClaim(UUID),)
    assert not unclaimed.journal.attempts
    claimed = decide(look(KNOWN, holder=OURS), NOON)
    assert claimed.acts == ()
    assert claimed.journal.attempts


def test_an_object_without_our_finalizer_begins_nothing_though_it_holds_the_claim() -> None:
    decision = decide(look(replace(KNOWN, finalizer=False), holder=OURS), NOON)
    assert decision.acts == (SetFinalizer(present=True),)
    assert not decision.journal.attempts


def test_hosts_and_names_of_the_tasks_are_written_before_the_first_task_exists() -> None:
    decision = decide(look(KNOWN, holder=OURS), NOON)
    [attempt] = decision.journal.attempts
    assert (attempt.number, attempt.source_task, attempt.destination_task) == (
        1,
        SOURCE_TASK,
        DESTINATION_TASK,
    )
    assert decision.journal.source == HypervisorSelector("host1")
    assert decision.journal.destination == HypervisorSelector("host2")
    assert decision.journal.unqueued_at == NOON
    assert decision.phase is Phase.VALIDATING


def test_names_of_tasks_stay_valid_for_the_longest_migration_name() -> None:
    long = replace(KNOWN, name="a" * 39 + "-" + "b" * 200)
    [attempt] = decide(look(long, holder=OURS), NOON).journal.attempts
    assert len(attempt.destination_task) <= 63
    assert "--" not in attempt.destination_task


def test_a_vm_that_another_migration_moves_is_queued_naming_it() -> None:
    decision = decide(look(KNOWN, holder=OTHERS), later(9999))
    assert decision.phase is Phase.QUEUED
    assert "team/first" in decision.message
    assert decision.acts == ()
    assert decision.journal.unqueued_at is None


def test_start_timeout_counts_from_leaving_the_queue() -> None:
    no_host2 = (host("host1", listed()), host("host2", ready=False))
    free = decide(look(KNOWN, hypervisors=no_host2), later(9999))
    assert free.phase is Phase.PENDING
    assert free.reason is Reason.HYPERVISOR_NOT_READY
    assert free.journal.unqueued_at == later(9999)
    still = look(replace(KNOWN, status=free.journal), hypervisors=no_host2)
    assert decide(still, later(9999 + 299)).journal.finished_at is None
    assert ended(decide(still, later(9999 + 300))) == (Phase.FAILED, Reason.START_TIMEOUT)


@pytest.mark.parametrize(
    "owing",
    [
        source(Goal.ROLLED_BACK),
        destination(Goal.ROLLED_BACK, TaskStatus(owed=Failure(Reason.DESTINATION_RUNS, "it runs here"))),
    ],
    ids=["source", "destination"],
)
def test_what_a_host_still_owes_comes_first_and_is_named(owing: object) -> None:
    decision = decide(look(KNOWN, holder=None, debts=(owing,)), NOON)
    assert decision.phase is Phase.QUEUED
    assert "team/move" in decision.message
    assert decision.acts == ()


def test_the_reason_of_a_debt_is_told() -> None:
    owing = destination(Goal.ROLLED_BACK, TaskStatus(owed=Failure(Reason.DESTINATION_RUNS, "it runs here")))
    assert "it runs here" in decide(look(KNOWN, debts=(owing,)), NOON).message


def test_a_debt_of_a_host_that_takes_no_part_is_in_nobodys_way() -> None:
    elsewhere = source(Goal.RELEASED)
    elsewhere = replace(elsewhere, spec=replace(elsewhere.spec, node_name="host3"))
    assert decide(look(KNOWN, debts=(elsewhere,)), NOON).acts == (TakeClaim(UUID),)


def test_a_second_copy_that_runs_on_a_third_host_is_in_the_way() -> None:
    runs = destination(Goal.ROLLED_BACK, TaskStatus(owed=Failure(Reason.DESTINATION_RUNS, "it runs here")))
    runs = replace(runs, spec=replace(runs.spec, node_name="host3"))
    assert decide(look(KNOWN, debts=(runs,)), NOON).phase is Phase.QUEUED


# from where to where


def test_a_destination_that_has_the_vm_already_is_refused_once_both_hosts_have_had_time_to_tell() -> None:
    there = look(KNOWN, hypervisors=(host("host1"), host("host2", listed())))
    first = decide(there, NOON)
    assert (first.phase, first.reason) == (Phase.PENDING, Reason.SAME_HYPERVISOR)
    again = replace(there, migration=replace(KNOWN, status=replace(first.journal, unqueued_at=NOON)))
    assert ended(decide(again, later(SETTLE_SECONDS))) == (Phase.FAILED, Reason.SAME_HYPERVISOR)


def test_an_unknown_destination_is_refused_and_the_known_ones_are_named() -> None:
    spec = replace(KNOWN.spec, destination=HypervisorSelector("mars"))
    decision = decide(look(replace(KNOWN, spec=spec)), NOON)
    assert ended(decision) == (Phase.FAILED, Reason.HYPERVISOR_NOT_FOUND)
    assert "mars" in decision.message
    assert "host1, host2" in decision.message


def test_a_vm_that_is_written_is_looked_up_by_its_uuid() -> None:
    renamed = look(
        KNOWN, hypervisors=(host("host1", listed("new-name")), host("host2"), host("host3", listed(uuid="x")))
    )
    assert decide(replace(renamed, holder=OURS), NOON).journal.source == HypervisorSelector("host1")


def test_a_vm_that_has_just_moved_may_take_a_moment_to_be_listed() -> None:
    nowhere = look(KNOWN, hypervisors=(host("host1"), host("host2")))
    first = decide(nowhere, NOON)
    assert (first.phase, first.reason, first.again_after_seconds) == (
        Phase.PENDING,
        Reason.VM_NOT_FOUND,
        SETTLE_SECONDS,
    )
    again = replace(nowhere, migration=replace(KNOWN, status=first.journal))
    assert decide(again, later(SETTLE_SECONDS - 1)).phase is Phase.PENDING
    assert ended(decide(again, later(SETTLE_SECONDS))) == (Phase.FAILED, Reason.VM_NOT_FOUND)


def test_a_vm_that_stays_on_two_hosts_is_refused() -> None:
    twins = look(
        KNOWN, hypervisors=(host("host1", listed()), host("host2", listed(state=DomainState.RUNNING)))
    )
    freed = replace(twins, migration=migration(replace(KNOWN.status, unqueued_at=NOON)))
    assert ended(decide(freed, later(SETTLE_SECONDS))) == (Phase.FAILED, Reason.VM_AMBIGUOUS)


def test_the_claim_needs_a_vm() -> None:
    with pytest.raises(ValueError, match="Resolve comes first"):
        claim(look(NEW), LIFE[1], NOON)


def test_a_uuid_names_a_vm_too() -> None:
    by_uuid = replace(NEW, spec=replace(NEW.spec, vm=VMSelector(uuid=UUID)))
    assert decide(look(by_uuid), NOON).journal.vm == VM
