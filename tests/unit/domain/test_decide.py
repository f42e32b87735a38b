"""The whole mind: it covers every step, repeats itself, and starts nothing for what is over."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import WORK, decide
from godwit.domain.decision import CreateTask, WriteSpec
from godwit.domain.migration import Ending, MigrationStatus, Outcome
from godwit.domain.observation import Observation
from godwit.domain.phases import Step
from godwit.domain.reasons import Reason
from godwit.domain.steps.words import create, move
from godwit.domain.task import GOAL_PATH, LATER_GOALS, Goal, Role, TaskStatus

from .builders import BEGUN, FAST, NOON, RESOLVED, VALIDATED, destination, later, observation, source

LIVES = [
    observation(MigrationStatus()),
    observation(RESOLVED),
    observation(BEGUN),
    observation(VALIDATED, source(Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), FAST)),
    observation(replace(VALIDATED, committed_at=NOON), source(Goal.MIGRATED), destination(Goal.PREPARED)),
]


def test_every_step_has_its_work() -> None:
    assert set(WORK) == set(Step)


@pytest.mark.parametrize("observed", LIVES)
def test_the_same_question_gets_the_same_answer(observed: Observation) -> None:
    assert decide(observed, NOON) == decide(observed, NOON)


@pytest.mark.parametrize("generation", [1, 9])
def test_an_edit_of_a_finished_migration_starts_nothing(generation: int) -> None:
    ending = Ending(Outcome.FAILED, Reason.LIBVIRT_ERROR, "no", NOON)
    for status in (replace(VALIDATED, committed_at=NOON), replace(VALIDATED, ending=ending)):
        observed = observation(replace(status, finished_at=NOON))
        edited = replace(observed, migration=replace(observed.migration, generation=generation))
        for now in (NOON, later(10**6)):
            acts = decide(edited, now).acts
            assert not [act for act in acts if isinstance(act, CreateTask | WriteSpec)]


# goals only ever move forward


@pytest.mark.parametrize("now", list(Goal))
@pytest.mark.parametrize("wanted", list(Goal))
@pytest.mark.parametrize("too_late", [False, True])
def test_a_goal_moves_only_where_the_crd_lets_it(now: Goal, wanted: Goal, too_late: bool) -> None:
    acts = move(source(now, TaskStatus(too_late=too_late)), wanted)
    for act in acts:
        assert act.spec.goal is wanted
        assert wanted in LATER_GOALS[now] or GOAL_PATH.index(wanted) > GOAL_PATH.index(now)
    if now is Goal.ROLLED_BACK:
        assert bool(acts) == (wanted is Goal.RELEASED and too_late)
    if now in (wanted, Goal.RELEASED):
        assert acts == ()


def test_a_plan_that_is_written_is_never_replaced() -> None:
    [act] = move(source(Goal.PREPARED, plan=FAST), Goal.MIGRATED, replace(FAST, unsafe=True))
    assert act.spec.plan == FAST


def test_a_task_needs_a_vm_and_two_hosts() -> None:
    with pytest.raises(ValueError, match="Resolve and Choose come first"):
        create(observation(replace(BEGUN, vm=None)), Role.SOURCE)
