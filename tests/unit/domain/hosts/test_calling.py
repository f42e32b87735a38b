"""Whom the source's agent calls."""

import pytest
from msgspec.structs import replace

from godwit.domain.contact import Arrival, ContactOrder, Offer, token_for
from godwit.domain.hosts.calling import awaits_call, order_to_call
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, Task, TaskStatus

from ..builders import CONTACT, DESTINATION_TASK, OFFER, destination, source

ORDER = ContactOrder(token_for(OFFER, DESTINATION_TASK), "address-of-host2")
OWN = source(Goal.INSPECTED, TaskStatus(reached=Goal.INSPECTED, offer=OFFER))
MISSED = TaskStatus(reached=Goal.INSPECTED, contact=replace(CONTACT, arrival=Arrival.MISSED))


def asked(goal: Goal = Goal.INSPECTED, status: TaskStatus | None = None, looks: int = 0) -> Task:
    task = destination(goal, status)
    return replace(task, spec=replace(task.spec, contact=ORDER, looks=looks))


def test_a_destination_that_has_not_looked_yet_is_called() -> None:
    assert order_to_call(asked(), OWN) == ORDER


def test_one_that_is_asked_to_listen_once_more_is_called_once_more() -> None:
    assert order_to_call(asked(status=MISSED, looks=1), OWN) == ORDER


@pytest.mark.parametrize(
    "task",
    [
        asked(status=MISSED),
        asked(status=TaskStatus(failure=Failure(Reason.LIBVIRT_ERROR, "disk on fire"))),
        asked(Goal.ROLLED_BACK),
        asked(Goal.PREPARED),
        asked(status=replace(MISSED, contact=replace(CONTACT, look=1)), looks=1),
        destination(Goal.INSPECTED),
        OWN,
    ],
    ids=[
        "has looked",
        "has failed",
        "rolls back",
        "goes on",
        "has looked again",
        "not told to",
        "the source",
    ],
)
def test_nobody_else_is(task: Task) -> None:
    assert not awaits_call(task)
    assert order_to_call(task, OWN) is None


@pytest.mark.parametrize(
    "own",
    [
        None,
        source(Goal.INSPECTED),
        replace(OWN, status=replace(OWN.status, offer=Offer("other"))),
        replace(OWN, spec=destination(Goal.INSPECTED).spec),
    ],
    ids=["unknown", "has offered nothing", "has offered another token", "no source"],
)
def test_without_the_very_task_that_offered_it_nothing_is_sent(own: Task | None) -> None:
    assert order_to_call(asked(), own) is None


def test_a_token_is_good_for_one_task() -> None:
    assert order_to_call(replace(asked(), name=f"{DESTINATION_TASK}-2"), OWN) is None
