"""After the commit: both hosts are released at once, and one that does not answer owes it."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import WriteSpec
from godwit.domain.guest import DomainState, GuestView, StateReason
from godwit.domain.migration import Cleanup, Phase
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.steps.finish import LIBVIRT_AWAY_SECONDS
from godwit.domain.task import Failure, Goal, Order, TaskStatus

from ..builders import (
    DESTINATION_TASK,
    FAST,
    NOON,
    SOURCE_TASK,
    arrived,
    destination,
    evidence,
    later,
    observation,
    source,
)
from .ends import (
    COMMITTED,
    LIBVIRT_AWAY,
    OWED,
    PREPARED,
    RELEASED,
    SILENT_SOURCE,
    STARTED,
    goals,
)


def releasing(source_: TaskStatus, destination_: TaskStatus, goal: Goal = Goal.RELEASED) -> Observation:
    return observation(COMMITTED, source(goal, source_, FAST), destination(goal, destination_, FAST))


def test_both_hosts_are_released_at_once() -> None:
    observed = observation(
        COMMITTED, source(Goal.MIGRATED, STARTED, FAST), destination(Goal.PREPARED, PREPARED, FAST)
    )
    decision = decide(observed, NOON)
    assert goals(decision) == {SOURCE_TASK: Goal.RELEASED, DESTINATION_TASK: Goal.RELEASED}
    assert decision.phase is Phase.FINALIZING
    assert decision.journal.finished_at is None


def test_a_source_that_answered_too_late_is_released_from_its_roll_back() -> None:
    late = source(Goal.ROLLED_BACK, replace(STARTED, too_late=True), FAST)
    decision = decide(observation(COMMITTED, late, destination(Goal.RELEASED, RELEASED, FAST)), NOON)
    assert goals(decision) == {SOURCE_TASK: Goal.RELEASED}


def test_a_source_in_a_roll_back_that_is_not_too_late_is_told_that_the_other_copy_counts() -> None:
    back = source(Goal.ROLLED_BACK, STARTED, FAST)
    decision = decide(observation(COMMITTED, back, destination(Goal.RELEASED, RELEASED, FAST)), NOON)
    assert goals(decision) == {SOURCE_TASK: Goal.ROLLED_BACK}
    [told] = decision.acts
    assert isinstance(told, WriteSpec)
    assert told.spec.order is Order.DESTROY_WAITING
    done = source(Goal.ROLLED_BACK, replace(STARTED, reached=Goal.ROLLED_BACK), FAST)
    paid = replace(done, spec=told.spec)
    ended = decide(observation(COMMITTED, paid, destination(Goal.RELEASED, RELEASED, FAST)), NOON)
    assert (ended.acts, ended.journal.cleanup) == ((), Cleanup.DONE)


def test_an_end_is_waited_for_from_each_host_that_answers() -> None:
    for here, there in ((PREPARED, RELEASED), (RELEASED, PREPARED)):
        decision = decide(releasing(here, there), NOON)
        assert decision.journal.finished_at is None
        assert decision.acts == ()


def test_what_holds_up_the_end_is_told() -> None:
    waits = replace(PREPARED, waiting=Failure(Reason.LIBVIRT_UNREACHABLE, "libvirtd is away"))
    assert "host1: libvirtd is away" in decide(releasing(waits, RELEASED), NOON).message


def test_the_end_is_written_when_both_are_released() -> None:
    decision = decide(releasing(RELEASED, RELEASED), NOON)
    assert (decision.phase, decision.reason) == (Phase.SUCCEEDED, Reason.SUCCEEDED)
    assert decision.message == "the guest runs on host2"
    assert (decision.journal.finished_at, decision.journal.cleanup) == (NOON, Cleanup.DONE)


@pytest.mark.parametrize(
    ("plan", "there", "words"),
    [
        (replace(FAST, paused_before=True), arrived(DomainState.PAUSED), "paused as it was before"),
        (FAST, arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), "rebooted by ACPI"),
        (FAST, arrived(DomainState.SHUTOFF, StateReason.SHUTDOWN), "`virsh start vm1` on host2"),
        (FAST, arrived(DomainState.SHUTOFF, StateReason.DESTROYED), "ended there (GuestDestroyed)"),
    ],
)
def test_a_guest_that_does_not_run_is_not_said_to_run(plan: Plan, there: GuestView, words: str) -> None:
    seen = replace(RELEASED, evidence=evidence(there, "there"))
    observed = observation(
        COMMITTED, source(Goal.RELEASED, RELEASED, plan), destination(Goal.RELEASED, seen, plan)
    )
    decision = decide(observed, NOON)
    assert words in decision.message
    assert "runs" not in decision.message


def test_a_silent_source_does_not_hold_a_committed_migration_open() -> None:
    decision = decide(replace(releasing(PREPARED, RELEASED), hypervisors=SILENT_SOURCE), NOON)
    assert (decision.phase, decision.journal.cleanup) == (Phase.SUCCEEDED, Cleanup.PENDING)
    assert "owed by host1" in decision.message


def test_a_host_that_says_what_it_owes_is_not_waited_for() -> None:
    decision = decide(releasing(replace(PREPARED, owed=OWED), RELEASED), NOON)
    assert decision.journal.cleanup is Cleanup.PENDING
    assert "host1 (VM vm1 runs here)" in decision.message


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_libvirt_that_is_away_is_waited_for_and_then_owes(side: str) -> None:
    states = (LIBVIRT_AWAY, RELEASED) if side == "source" else (RELEASED, LIBVIRT_AWAY)
    waiting = decide(releasing(*states), later(4))
    assert waiting.journal.finished_at is None
    assert waiting.again_after_seconds == LIBVIRT_AWAY_SECONDS - 4
    over = decide(releasing(*states), later(LIBVIRT_AWAY_SECONDS))
    assert (over.phase, over.journal.cleanup) == (Phase.SUCCEEDED, Cleanup.PENDING)


def test_a_host_that_only_takes_long_is_waited_for_however_long() -> None:
    assert decide(releasing(PREPARED, RELEASED), later(9999)).journal.finished_at is None
