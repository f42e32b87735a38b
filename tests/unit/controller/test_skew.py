"""The skew of two hosts' clocks, bounded by a round trip of our own."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from godwit.controller.skew import MOST_CHALLENGES, SkewMeter
from godwit.domain.guest import DomainState, GuestView
from godwit.domain.road import Inspection
from godwit.domain.task import (
    Evidence,
    Goal,
    MigrationRef,
    Peer,
    Role,
    Task,
    TaskSpec,
    TaskStatus,
    VMIdentity,
)
from godwit.runtime.clock import Clock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GUEST = GuestView("vm1", "uuid", DomainState.RUNNING)


class Wall:
    """Our own clock, as far as the test has moved it."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def go(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def task(name: str, challenge: str, at: datetime) -> Task:
    spec = TaskSpec(
        node_name="host",
        role=Role.SOURCE,
        attempt=1,
        migration_ref=MigrationRef("team", "move", "uid"),
        vm=VMIdentity("vm1", "uuid"),
        peer=Peer("other", "peer"),
        goal=Goal.MIGRATED,
        challenge=challenge,
    )
    return Task(name, spec, status=TaskStatus(evidence=Evidence("agent", 1, 1, at, GUEST, challenge)))


def ask(meter: SkewMeter, wall: Wall, name: str, *, ahead_seconds: float, trip_seconds: float = 1.0) -> Task:
    """A challenge whose answer is stamped in the middle of its way."""
    meter.asked(name, "c1")
    wall.go(trip_seconds / 2)
    answer = task(name, "c1", wall.at + timedelta(seconds=ahead_seconds))
    wall.go(trip_seconds / 2)
    meter.answered(answer)
    return answer


def test_the_skew_lies_between_question_and_answer() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    source = ask(meter, wall, "source", ahead_seconds=10, trip_seconds=1)
    destination = ask(meter, wall, "destination", ahead_seconds=13, trip_seconds=3)
    skew = meter.between(source, destination)
    assert skew is not None
    assert abs(skew.destination_ahead_seconds - 3) < 0.001
    assert abs(skew.uncertainty_seconds - 2) < 0.001


def test_nobody_knows_the_skew_until_both_have_answered() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    source = ask(meter, wall, "source", ahead_seconds=0)
    silent = task("destination", "c1", NOON)
    assert meter.between(source, silent) is None
    assert meter.between(silent, source) is None
    assert meter.between(source, None) is None
    assert meter.between(None, source) is None


def test_an_answer_to_an_older_question_measures_nothing() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    meter.asked("source", "c2")
    meter.answered(task("source", "c1", NOON))
    other = ask(meter, wall, "destination", ahead_seconds=0)
    assert meter.between(task("source", "c1", NOON), other) is None


def test_an_answer_that_is_seen_twice_counts_when_it_was_first_seen() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    source = ask(meter, wall, "source", ahead_seconds=0)
    destination = ask(meter, wall, "destination", ahead_seconds=0)
    wall.go(100)
    meter.answered(source)
    skew = meter.between(source, destination)
    assert skew is not None
    assert skew.uncertainty_seconds <= 1.001


def inspected(name: str, began: datetime, ended: datetime) -> Task:
    seen = task(name, "", NOON)
    return replace(seen, status=TaskStatus(inspection=Inspection(began, ended)))


def inspect(meter: SkewMeter, wall: Wall, name: str, *, ahead_seconds: float, takes_seconds: float) -> Task:
    """A task that reaches its agent after 0.1 s, and whose answer takes as long."""
    ahead = timedelta(seconds=ahead_seconds)
    meter.creating(name)
    wall.go(0.1)
    began = wall.at + ahead
    wall.go(takes_seconds)
    answer = inspected(name, began, wall.at + ahead)
    wall.go(0.1)
    meter.answered(answer)
    return answer


def test_how_long_an_inspection_takes_makes_the_skew_no_less_certain() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    source = inspect(meter, wall, "source", ahead_seconds=10, takes_seconds=0.5)
    destination = inspect(meter, wall, "destination", ahead_seconds=100, takes_seconds=20)
    skew = meter.between(source, destination)
    assert skew is not None
    assert abs(skew.destination_ahead_seconds - 90) < 0.001
    assert abs(skew.uncertainty_seconds - 0.2) < 0.001


def test_a_task_that_somebody_else_has_created_measures_nothing() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    source = inspect(meter, wall, "source", ahead_seconds=0, takes_seconds=1)
    meter.creating("destination")
    meter.not_created("destination")
    theirs = inspected("destination", wall.at, wall.at)
    meter.answered(theirs)
    assert meter.between(source, theirs) is None
    unseen = inspected("older", wall.at, wall.at)
    meter.answered(unseen)
    assert meter.between(source, unseen) is None


def test_an_inspection_counts_when_it_was_first_seen() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    source = inspect(meter, wall, "source", ahead_seconds=0, takes_seconds=1)
    destination = inspect(meter, wall, "destination", ahead_seconds=0, takes_seconds=1)
    before = meter.between(source, destination)
    wall.go(100)
    meter.answered(source)
    assert meter.between(source, destination) == before


def test_only_the_newest_thousand_are_remembered() -> None:
    wall = Wall()
    meter = SkewMeter(Clock(now=wall))
    first = ask(meter, wall, "first", ahead_seconds=0)
    second = ask(meter, wall, "second", ahead_seconds=0)
    assert meter.between(first, second) is not None
    for number in range(MOST_CHALLENGES + 1):
        ask(meter, wall, f"task{number}", ahead_seconds=0)
    assert meter.between(first, second) is None
