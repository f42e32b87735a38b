"""Tasks whose migration is gone: each is ended as far as one side's word allows it, and no further."""

from msgspec.structs import replace

from godwit.domain.decision import Act, DeleteTask, WriteSpec
from godwit.domain.orphans import settle
from godwit.domain.task import Goal, Task, TaskStatus

from .builders import FAST, NOON, STARTING, destination, source

PREPARED = TaskStatus(reached=Goal.PREPARED)
BACK = TaskStatus(reached=Goal.ROLLED_BACK)
BEGUN = TaskStatus(reached=Goal.PREPARED, starting=STARTING)
LEFT = replace(BEGUN, too_late=True)


def goals(acts: tuple[Act, ...]) -> dict[str, Goal]:
    return {act.task: act.spec.goal for act in acts if isinstance(act, WriteSpec)}


def deleted(acts: tuple[Act, ...]) -> set[str]:
    return {act.task for act in acts if isinstance(act, DeleteTask)}


def rolling(status: TaskStatus) -> Task:
    return source(Goal.ROLLED_BACK, status, FAST)


HERE, THERE = source(Goal.PREPARED, PREPARED, FAST), destination(Goal.PREPARED, PREPARED, FAST)


def test_the_source_is_rolled_back_first() -> None:
    assert goals(settle(HERE, THERE)) == {HERE.name: Goal.ROLLED_BACK}


def test_the_destination_follows_a_source_that_has_not_begun() -> None:
    assert goals(settle(rolling(PREPARED), THERE)) == {THERE.name: Goal.ROLLED_BACK}


def test_the_destination_waits_for_a_source_that_may_have_begun() -> None:
    assert settle(rolling(BEGUN), THERE) == ()
    assert goals(settle(rolling(replace(BACK, starting=STARTING)), THERE)) == {THERE.name: Goal.ROLLED_BACK}


def test_both_go_when_both_are_clean() -> None:
    there = destination(Goal.ROLLED_BACK, BACK, FAST)
    assert deleted(settle(rolling(BACK), there)) == {HERE.name, THERE.name}
    assert deleted(settle(rolling(BACK), None)) == {HERE.name}


def test_one_that_is_clean_stays_until_the_other_is() -> None:
    there = destination(Goal.ROLLED_BACK, PREPARED, FAST)
    assert settle(rolling(BACK), there) == ()


def test_a_guest_that_has_left_stays_where_it_is_seen_running() -> None:
    there = destination(Goal.PREPARED, replace(PREPARED, resumed_at=NOON), FAST)
    assert deleted(settle(rolling(LEFT), there)) == {HERE.name, THERE.name}


def test_a_guest_that_has_left_and_was_not_seen_since_is_not_touched() -> None:
    assert settle(rolling(LEFT), THERE) == ()


def test_a_destination_whose_source_nobody_looks_at_keeps_its_copy() -> None:
    assert settle(None, THERE) == ()


def test_a_destination_that_was_only_inspected_goes_at_once() -> None:
    inspected = destination(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED))
    assert deleted(settle(None, inspected)) == {inspected.name}
