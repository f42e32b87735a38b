"""What may be changed while the job runs reaches the source's agent, and nobody else."""

import pytest
from msgspec.structs import replace

from godwit.domain.decision import Decision, WriteSpec
from godwit.domain.limits import Limits, Tuning
from godwit.domain.migration import Phase
from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.steps.live import with_limits
from godwit.domain.task import Goal, TaskStatus

from ..builders import FAST, NOON, VALIDATED, destination, observation, source

DOWNTIME = Limits(max_downtime_milliseconds=500)


def observed(goal: Goal, tuning: Tuning, limits: Limits | None = None) -> Observation:
    task = source(goal, TaskStatus(), FAST)
    seen = observation(
        VALIDATED, replace(task, spec=replace(task.spec, limits=limits)), destination(Goal.PREPARED)
    )
    spec = replace(seen.migration.spec, tuning=tuning)
    return replace(seen, migration=replace(seen.migration, spec=spec))


def decided(seen: Observation, *acts: WriteSpec) -> Decision:
    return Decision(seen.migration.status, Phase.MIGRATING, Reason.MIGRATING, "it goes on", acts)


@pytest.mark.parametrize("goal", [Goal.PREPARED, Goal.MIGRATED])
def test_a_changed_limit_is_written_at_once(goal: Goal) -> None:
    seen = observed(goal, Tuning(max_downtime="500ms"))
    [act] = with_limits(seen, decided(seen)).acts
    assert isinstance(act, WriteSpec)
    assert seen.source is not None
    assert act.spec == replace(seen.source.spec, limits=DOWNTIME)


def test_it_goes_with_what_is_written_anyway() -> None:
    seen = observed(Goal.INSPECTED, Tuning(max_downtime="500ms"))
    assert seen.source is not None
    move = WriteSpec(seen.source.name, replace(seen.source.spec, goal=Goal.PREPARED))
    [act] = with_limits(seen, decided(seen, move)).acts
    assert isinstance(act, WriteSpec)
    assert (act.spec.goal, act.spec.limits) == (Goal.PREPARED, DOWNTIME)


def test_what_is_as_asked_is_not_written_again() -> None:
    seen = observed(Goal.MIGRATED, Tuning(max_downtime="500ms"), DOWNTIME)
    assert with_limits(seen, decided(seen)).acts == ()


def test_a_limit_that_is_no_longer_asked_for_is_taken_back() -> None:
    seen = observed(Goal.MIGRATED, Tuning(), DOWNTIME)
    [act] = with_limits(seen, decided(seen)).acts
    assert isinstance(act, WriteSpec)
    assert act.spec.limits == Limits()


@pytest.mark.parametrize("goal", [Goal.RELEASED, Goal.ROLLED_BACK])
def test_a_source_that_is_done_has_no_limits(goal: Goal) -> None:
    seen = observed(goal, Tuning(max_downtime="500ms"))
    assert with_limits(seen, decided(seen)).acts == ()


def test_a_committed_migration_has_no_limits() -> None:
    seen = observed(Goal.MIGRATED, Tuning(max_downtime="500ms"))
    decision = decided(seen)
    committed = replace(decision, journal=replace(decision.journal, committed_at=NOON))
    assert with_limits(seen, committed) == committed
