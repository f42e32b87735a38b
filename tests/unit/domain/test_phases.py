"""The table of a migration's life, row by row: which step follows from what is written."""

import pytest
from msgspec.structs import replace

from godwit.domain.migration import Ending, MigrationStatus, Outcome
from godwit.domain.observation import Observation
from godwit.domain.phases import LIFE, Step, current, reached
from godwit.domain.reasons import Reason
from godwit.domain.task import GOAL_PATH, Goal, TaskStatus

from .builders import BEGUN, NOON, RESOLVED, STARTING, VALIDATED, destination, observation, source

INSPECTED = source(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED))
PREPARED = source(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED))
THERE = destination(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED))
THERE_PREPARED = destination(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED))
RUNNING = source(Goal.MIGRATED, TaskStatus(reached=Goal.PREPARED, starting=STARTING))
COMMITTED = replace(VALIDATED, committed_at=NOON)
ENDING = Ending(Outcome.FAILED, Reason.LIBVIRT_ERROR, "no", NOON)


@pytest.mark.parametrize(
    ("observed", "step"),
    [
        (observation(MigrationStatus()), Step.RESOLVE),
        (observation(RESOLVED), Step.CLAIM),
        (observation(BEGUN), Step.INSPECT_SOURCE),
        (observation(BEGUN, source(Goal.INSPECTED)), Step.INSPECT_SOURCE),
        (observation(BEGUN, INSPECTED), Step.INSPECT_DESTINATION),
        (observation(replace(BEGUN, destination=None), INSPECTED), Step.CHOOSE),
        (observation(BEGUN, INSPECTED, destination(Goal.INSPECTED)), Step.INSPECT_DESTINATION),
        (observation(BEGUN, INSPECTED, THERE), Step.VALIDATE),
        (observation(VALIDATED, INSPECTED, THERE), Step.PREPARE),
        (observation(VALIDATED, PREPARED, THERE), Step.PREPARE),
        (observation(VALIDATED, INSPECTED, THERE_PREPARED), Step.PREPARE),
        (observation(VALIDATED), Step.PREPARE),
        (observation(VALIDATED, PREPARED, THERE_PREPARED), Step.MIGRATE),
        (observation(VALIDATED, RUNNING, THERE_PREPARED), Step.MIGRATE),
        (observation(VALIDATED, RUNNING), Step.MIGRATE),
        (observation(COMMITTED, RUNNING, THERE_PREPARED), Step.FINISH),
        (observation(COMMITTED), Step.FINISH),
        (observation(replace(COMMITTED, finished_at=NOON)), Step.CLOSE),
        (observation(replace(VALIDATED, ending=ENDING), RUNNING, THERE_PREPARED), Step.ROLL_BACK),
        (observation(replace(BEGUN, ending=ENDING)), Step.ROLL_BACK),
        (observation(replace(VALIDATED, ending=ENDING, finished_at=NOON), RUNNING), Step.CLOSE),
    ],
)
def test_a_migration_stands_at_the_first_step_that_is_not_done(observed: Observation, step: Step) -> None:
    assert current(observed).step is step


def test_the_rows_are_in_the_order_of_a_life() -> None:
    assert [row.step for row in LIFE] == [step for step in Step if step is not Step.ROLL_BACK]


@pytest.mark.parametrize(
    ("observed", "done"),
    [
        (observation(MigrationStatus()), ()),
        (observation(replace(RESOLVED, destination=None)), (Step.RESOLVE,)),
        (
            observation(replace(COMMITTED, finished_at=NOON), PREPARED, THERE_PREPARED),
            tuple(row.step for row in LIFE[:-1]),
        ),
    ],
)
def test_a_row_is_done_by_what_is_written_alone(observed: Observation, done: tuple[Step, ...]) -> None:
    assert tuple(row.step for row in LIFE if row.done(observed)) == done


@pytest.mark.parametrize("goal", GOAL_PATH)
def test_a_goal_is_reached_with_all_before_it_and_none_after_it(goal: Goal) -> None:
    task = source(Goal.RELEASED, TaskStatus(reached=goal))
    assert [wanted for wanted in GOAL_PATH if reached(task, wanted)] == list(
        GOAL_PATH[: GOAL_PATH.index(goal) + 1]
    )


def test_no_task_nothing_reached_and_a_roll_back_are_no_way_forward() -> None:
    for task in (
        None,
        source(Goal.INSPECTED),
        source(Goal.ROLLED_BACK, TaskStatus(reached=Goal.ROLLED_BACK)),
    ):
        assert not reached(task, Goal.INSPECTED)
