"""Thousands of lives of one migration: the promises must hold in every one, whoever dies in it, and when."""

import pytest

from godwit.domain.migration import Phase
from godwit.domain.task import Role
from godwit.domain.vocabulary import (
    Outcome,
)

from . import verdict
from .files import PATH
from .simulation import Simulation

SEEDS = range(1000)
SEEDS_OF_TWO_OPERATORS = range(300)
SEEDS_OF_HARD_TIMES = range(1500)
REACHED_BY_DICE = {
    Outcome.COMMIT,
    Outcome.ROLL_BACK,
    Outcome.ROLL_BACK_DESTINATION_FIRST,
    Outcome.FAIL_CLEANUP_OWED,
    Outcome.GUEST_ENDED,
    Outcome.SOURCE_LOST,
    Outcome.KEEP_SOURCE,
}


@pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])
def test_whatever_dies_one_copy_of_the_guest_is_left_and_the_phase_matches_it(strict: bool) -> None:
    ends = set()
    for seed in SEEDS:
        settled = _settled(seed, strict=strict)
        ends.add((verdict.phase(settled), settled.accidents.orphaned))
    # That the dice reached what they are thrown for: also jobs that outlived the agent that began them.
    assert ends >= {(end, orphaned) for end in (Phase.SUCCEEDED, Phase.FAILED) for orphaned in (False, True)}


@pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])
def test_hosts_libvirtds_and_guests_may_fail_too_and_nothing_is_lost_by_godwits_own_hand(
    strict: bool,
) -> None:
    verdicts: set[Outcome] = set()
    asked = 0
    for seed in SEEDS_OF_HARD_TIMES:
        settled = _settled(seed, strict=strict, hard=True)
        verdicts |= settled.verdicts
        asked += Phase.NEEDS_ATTENTION in settled.phases
    # That the dice brought about what they are thrown for.
    assert verdicts >= REACHED_BY_DICE
    assert 0 < asked < len(SEEDS_OF_HARD_TIMES) / 5


@pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])
def test_two_operators_at_work_start_no_second_job_and_lose_no_guest(strict: bool) -> None:
    for seed in SEEDS_OF_TWO_OPERATORS:
        _settled(seed, strict=strict, operators=2)


@pytest.mark.parametrize(
    ("hard", "seeds"), [(False, SEEDS), (True, SEEDS_OF_HARD_TIMES)], ids=["easy", "hard"]
)
def test_images_of_copied_disks_are_where_the_guest_needs_them_and_no_other_is_touched(
    hard: bool, seeds: range
) -> None:
    ends, removed, told = set(), 0, 0
    for seed in seeds:
        settled = _settled(seed, strict=True, hard=hard, copied=True)
        ends.add(verdict.phase(settled))
        removed += PATH not in settled.world.files.of[Role.SOURCE]
        told += bool(settled.world.files.told)
    assert ends >= {Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED}
    assert removed > len(seeds) / 20
    assert told > 0 or not hard


def _settled(
    seed: int, *, strict: bool, operators: int = 1, hard: bool = False, copied: bool = False
) -> Simulation:
    simulation = Simulation(seed, strict=strict, operators=operators, hard=hard, copied=copied)
    try:
        simulation.run()
        verdict.the_guest_is_where_the_phase_says(simulation)
        if operators == 1:
            verdict.nothing_is_left_behind(simulation)
        if copied:
            verdict.images_are_where_the_guest_needs_them(simulation)
    except AssertionError as broken:
        broken.add_note(f"seed {seed}, strict={strict}, operators={operators}, hard={hard}, copied={copied}")
        broken.add_note("; ".join(simulation.accidents.happened))
        raise
    return simulation
