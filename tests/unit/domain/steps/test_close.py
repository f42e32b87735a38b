"""After the end: what is paid goes, what is owed stays, and nothing is started any more."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import DeleteTask, ReleaseClaim, SetFinalizer
from godwit.domain.migration import Cleanup, Ending, Phase
from godwit.domain.observation import Holder, Observation
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Task

from ..builders import (
    DESTINATION_TASK,
    FAST,
    NOON,
    SOURCE_TASK,
    UID,
    UUID,
    destination,
    later,
    observation,
    source,
)
from .ends import COMMITTED, ENDING, FINISHED, PREPARED, RELEASED, ROLLED_BACK, STARTED, goals

OURS = Holder(UID, "team/move")


def closing(source_: Task | None, destination_: Task | None) -> Observation:
    return replace(observation(FINISHED, source_, destination_), holder=OURS)


def test_paid_tasks_go_then_the_claim_then_the_finalizer() -> None:
    observed = closing(source(Goal.ROLLED_BACK, ROLLED_BACK), destination(Goal.ROLLED_BACK, ROLLED_BACK))
    decision = decide(observed, later(60))
    assert decision.acts == (
        DeleteTask(SOURCE_TASK),
        DeleteTask(DESTINATION_TASK),
        ReleaseClaim(UUID),
        SetFinalizer(present=False),
    )
    assert decision.journal == FINISHED


def test_a_debt_keeps_its_task_and_the_finalizer_and_gives_the_claim_back() -> None:
    observed = closing(source(Goal.ROLLED_BACK, ROLLED_BACK), destination(Goal.ROLLED_BACK, PREPARED))
    decision = decide(observed, NOON)
    assert decision.acts == (DeleteTask(SOURCE_TASK), ReleaseClaim(UUID))
    assert decision.journal.cleanup is Cleanup.PENDING
    assert "owed by host2" in decision.message


def test_a_destination_that_lost_an_image_stays_until_the_source_has_read_it() -> None:
    lost = replace(RELEASED, failure=Failure(Reason.IMAGE_MISSING, "gone"))
    over = replace(COMMITTED, finished_at=NOON, cleanup=Cleanup.PENDING, phase=Phase.SUCCEEDED)
    observed = replace(
        observation(over, source(Goal.RELEASED, STARTED, FAST), destination(Goal.RELEASED, lost)), holder=OURS
    )
    assert decide(observed, NOON).acts == (ReleaseClaim(UUID),)
    paid = replace(observed, source=source(Goal.RELEASED, RELEASED, FAST))
    assert DeleteTask(DESTINATION_TASK) in decide(paid, NOON).acts


@pytest.mark.parametrize("holder", [None, Holder("another-uid", "team/next")])
def test_a_debt_that_nothing_is_new_about_costs_nothing(holder: Holder | None) -> None:
    observed = replace(closing(None, destination(Goal.ROLLED_BACK, PREPARED)), holder=holder)
    decision = decide(observed, NOON)
    assert decision.acts == ()
    assert decision.again_after_seconds is None


def test_a_debt_that_is_paid_later_closes_the_books() -> None:
    decision = decide(closing(None, destination(Goal.ROLLED_BACK, ROLLED_BACK)), NOON)
    assert SetFinalizer(present=False) in decision.acts
    assert decision.journal.cleanup is Cleanup.DONE


@pytest.mark.parametrize(("ending", "goal"), [(ENDING, Goal.ROLLED_BACK), (None, Goal.RELEASED)])
def test_a_task_that_appears_after_the_end_is_brought_to_its_end(ending: Ending | None, goal: Goal) -> None:
    late = replace(closing(source(Goal.MIGRATED, STARTED, FAST), None))
    journal = replace(late.migration.status, ending=ending)
    decision = decide(replace(late, migration=replace(late.migration, status=journal)), NOON)
    assert goals(decision) == {SOURCE_TASK: goal}
    assert SetFinalizer(present=False) not in decision.acts


def test_a_closed_migration_does_nothing_whatever_its_tasks_say() -> None:
    observed = closing(source(Goal.MIGRATED, STARTED), destination(Goal.PREPARED))
    closed = replace(observed, migration=replace(observed.migration, finalizer=False))
    assert decide(closed, NOON).acts == ()


def test_a_success_is_closed_as_one() -> None:
    succeeded = replace(COMMITTED, finished_at=NOON, cleanup=Cleanup.DONE)
    decision = decide(observation(succeeded), NOON)
    assert (decision.phase, decision.reason) == (Phase.SUCCEEDED, Reason.SUCCEEDED)
    assert decision.message == "the guest is on host2"


def test_a_migration_that_ended_without_a_vm_has_no_claim_to_give_back() -> None:
    bare = replace(FINISHED, vm=None, attempts=())
    assert decide(observation(bare), NOON).acts == (SetFinalizer(present=False),)
