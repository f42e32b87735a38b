from datetime import UTC, datetime

from godwit.domain.evidence import fresh, picture_name
from godwit.domain.guest import DomainState, GuestView
from godwit.domain.task import Evidence

GUEST = GuestView(name="vm", uuid="u", state=DomainState.RUNNING)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def evidence(agent: str, changed: int, challenge: str = "") -> Evidence:
    return Evidence(agent=agent, counter=changed, changed=changed, at=NOON, guest=GUEST, challenge=challenge)


def test_two_sides_that_answer_each_other_are_fresh() -> None:
    assert fresh(evidence("a", 1, "b.2"), evidence("b", 2, "a.1"))


def test_one_answer_alone_is_not_enough() -> None:
    assert not fresh(evidence("a", 1, "b.2"), evidence("b", 2))


def test_a_change_after_the_answer_makes_it_stale() -> None:
    assert not fresh(evidence("a", 1, "b.2"), evidence("b", 3, "a.1"))


def test_a_restarted_agent_is_asked_again() -> None:
    assert picture_name(evidence("a", 1)) != picture_name(evidence("a2", 1))
    assert not fresh(evidence("a", 1, "b.2"), evidence("b2", 2, "a.1"))
