"""Whatever is wrong in a world is named, with its host and a remedy, and nothing else is."""

import random
from itertools import combinations

import pytest

from godwit.domain.checks import chain
from godwit.domain.migration import Check, CheckResult

from .good import SEEDS, good
from .row import Row
from .world import World
from .wrong_guest import WRONG_GUEST
from .wrong_hosts import WRONG_HOSTS
from .wrong_needs import WRONG_NEEDS
from .wrong_networks import WRONG_NETWORKS
from .wrong_road import WRONG_ROAD
from .wrong_storage import WRONG_STORAGE

ROWS = (*WRONG_GUEST, *WRONG_NEEDS, *WRONG_HOSTS, *WRONG_ROAD, *WRONG_NETWORKS, *WRONG_STORAGE)
HOSTS = ("host1", "host2")
FINE = (CheckResult.PASS, CheckResult.NOT_APPLICABLE)
MIXED = range(60)


def told(world: World) -> list[Check]:
    """What does not pass."""
    return [verdict for verdict in chain.run(world) if verdict.result not in FINE]


def _text(verdicts: list[Check]) -> str:
    return "; ".join(f"{verdict.host}: {verdict.name}: {verdict.message}" for verdict in verdicts)


def names_exactly(world: World, rows: tuple[Row, ...], context: str) -> None:
    verdicts = told(world)
    text = _text(verdicts)
    names = {pair for row in rows for pair in row.names.items()}
    assert {(verdict.name, verdict.result) for verdict in verdicts} == names, f"{context}: {text}"
    for row in rows:
        own = _text([verdict for verdict in verdicts if verdict.name in row.names])
        assert [word for word in row.says if word not in own] == [], f"{context}, {row.name}: {own}"
    for verdict in verdicts:
        assert verdict.host in HOSTS, f"{context}: {verdict}"
        assert verdict.message, f"{context}: {verdict}"
        assert verdict.remedy, f"{context}: {verdict}"


def mixed(seed: int) -> tuple[World, tuple[Row, ...]]:
    """A good world in which two or three things are wrong."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice, no secret
    world, rows = good(seed), tuple(dice.sample(ROWS, dice.choice((2, 3))))
    while any(one.parts & other.parts for one, other in combinations(rows, 2)):
        rows = tuple(dice.sample(ROWS, len(rows)))
    for row in rows:
        world = row.spoil(world)
    return world, rows


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_named_in_a_good_world(seed: int) -> None:
    assert told(good(seed)) == []


def test_the_good_worlds_differ_and_every_check_has_something_to_judge_in_one() -> None:
    worlds = [good(seed) for seed in SEEDS]
    assert all(one != other for one, other in combinations(worlds, 2))
    for part in ("disks", "interfaces"):
        assert {bool(getattr(world.guest, part)) for world in worlds} == {True, False}, part
    passed = {each.name for world in worlds for each in chain.run(world) if each.result is CheckResult.PASS}
    only_ever_wrong = {"Devices", "Snapshots", "BlockJobs"}
    assert {rule.name for rule in chain.CHAIN} - passed == only_ever_wrong


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_wrong_is_named_and_nothing_else(row: Row) -> None:
    """In each of the good worlds."""
    for seed in SEEDS:
        names_exactly(row.spoil(good(seed)), (row,), f"seed {seed}")


@pytest.mark.parametrize("seed", MIXED)
def test_two_or_three_wrong_things_are_all_named(seed: int) -> None:
    world, rows = mixed(seed)
    names_exactly(world, rows, ", ".join(row.name for row in rows))


def test_every_check_has_a_row() -> None:
    missed = {rule.name for rule in chain.CHAIN} - {name for row in ROWS for name in row.names}
    assert missed == set()


def test_the_rows_are_many_and_each_has_a_name_of_its_own_and_asks_for_a_host() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert len(ROWS) >= 60
    for row in ROWS:
        assert any(host in words for host in HOSTS for words in row.says), row.name
