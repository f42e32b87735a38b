"""The destination's copy goes first: what happens when its host falls silent before it has done so."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import WriteSpec
from godwit.domain.guest import DomainState, GuestView, StateReason
from godwit.domain.migration import Phase
from godwit.domain.observation import Observation
from godwit.domain.task import Goal, Order
from godwit.domain.vocabulary import (
    Outcome,
)

from ..builders import ABSENT, DESTINATION_TASK, NOON, SOURCE_TASK, STRICT, guest, later
from .ends import ENDING, OWED, SILENT_DESTINATION, UNDECIDED, goals
from .pairs import WAITS_THERE, answering, pair

RUNS, WAITS = guest(), guest(DomainState.PAUSED, StateReason.MIGRATION)
FIRST = {WAITS: Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE, RUNS: Outcome.ROLL_BACK_DESTINATION_FIRST}


def told_to_go(here: GuestView, there: GuestView = WAITS_THERE) -> Observation:
    """The verdict is written, and the destination's host was told."""
    seen = pair(here, there, plan=STRICT)
    assert seen.destination is not None
    status = replace(seen.migration.status, ending=ENDING, verdict=FIRST[here])
    going = replace(seen.destination, spec=replace(seen.destination.spec, goal=Goal.ROLLED_BACK))
    return replace(seen, migration=replace(seen.migration, status=status), destination=going)


@pytest.mark.parametrize("here", [WAITS, RUNS], ids=["waits", "runs"])
def test_the_source_is_told_nothing_until_the_copy_is_gone(here: GuestView) -> None:
    assert goals(decide(told_to_go(here), NOON)) == {}
    assert "waiting for host2" in decide(told_to_go(here), NOON).message


def test_a_source_that_only_waits_waits_on_while_the_copy_is_out_of_sight() -> None:
    silent = replace(told_to_go(WAITS), hypervisors=SILENT_DESTINATION)
    first = decide(silent, NOON)
    standing = replace(silent, migration=replace(silent.migration, status=first.journal))
    for decision in (first, decide(standing, later(60))):
        assert Goal.ROLLED_BACK not in [goals(decision).get(SOURCE_TASK)]
        assert decision.journal.ending == ENDING
    assert decide(standing, later(60)).phase is Phase.NEEDS_ATTENTION


def test_a_source_that_runs_does_not_wait_for_a_host_that_owes() -> None:
    silent = answering(replace(told_to_go(RUNS), hypervisors=SILENT_DESTINATION), NOON)
    decision = decide(silent, NOON)
    assert decision.journal.verdict is Outcome.FAIL_CLEANUP_OWED
    ending = replace(silent, migration=replace(silent.migration, status=decision.journal))
    assert goals(decide(ending, NOON)) == {SOURCE_TASK: Goal.ROLLED_BACK}


@pytest.mark.parametrize("here", [WAITS, RUNS], ids=["waits", "runs"])
def test_a_persons_word_is_given_once_and_not_taken_back(here: GuestView) -> None:
    """The host that owes says so until it has obeyed."""
    owing = told_to_go(here)
    assert owing.destination is not None
    status = replace(owing.migration.status, verdict=Outcome.KEEP_SOURCE)
    seen = replace(owing, migration=replace(owing.migration, status=status))
    task = replace(owing.destination, status=replace(owing.destination.status, owed=OWED))
    [order] = decide(replace(seen, destination=task), NOON).acts
    assert isinstance(order, WriteSpec)
    assert order.spec.order is Order.DESTROY
    told = replace(seen, destination=replace(task, spec=order.spec))
    assert decide(told, NOON).acts == ()
    assert decide(told, later(60)).acts == ()


def test_a_fence_lets_a_source_that_only_waits_go_on() -> None:
    fenced = replace(told_to_go(WAITS), hypervisors=SILENT_DESTINATION, fenced=frozenset({"host2"}))
    assert decide(answering(fenced, NOON), NOON).journal.verdict is Outcome.RESUME_SOURCE


def test_a_copy_that_its_host_was_told_to_remove_can_not_be_kept_any_more() -> None:
    silent = answering(replace(told_to_go(WAITS), hypervisors=SILENT_DESTINATION), NOON)
    status = replace(silent.migration.status, undecided_since=later(-60))
    message = decide(replace(silent, migration=replace(silent.migration, status=status)), NOON).message
    assert "KeepSource" in message
    assert "KeepDestination" not in message


def test_a_host_that_has_not_looked_yet_is_waited_for_without_haste() -> None:
    """What it said before it was told must not be decided about again and again."""
    seen = pair(WAITS, ABSENT)
    assert seen.source is not None
    spec = replace(seen.source.spec, goal=Goal.ROLLED_BACK, order=Order.RESUME)
    told = replace(seen.source, spec=spec, status=replace(seen.source.status, waiting=UNDECIDED))
    status = replace(seen.migration.status, ending=ENDING, verdict=Outcome.RESUME_SOURCE)
    decision = decide(replace(seen, source=told, migration=replace(seen.migration, status=status)), NOON)
    assert (decision.phase, decision.acts) == (Phase.FINALIZING, ())
    assert decision.again_after_seconds is None
    assert DESTINATION_TASK not in goals(decision)
