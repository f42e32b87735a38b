"""Thousands of lives of one migration: the promises must hold in every one, whoever dies in it, and when."""

import pytest

from godwit.domain.migration import Phase

from . import verdict
from .simulation import Simulation

SEEDS = range(1000)
SEEDS_OF_TWO_OPERATORS = range(300)


@pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])
def test_whatever_dies_one_copy_of_the_guest_is_left_and_the_phase_matches_it(strict: bool) -> None:
    ends = set()
    for seed in SEEDS:
        settled = _settled(seed, strict=strict)
        ends.add((verdict.phase(settled), settled.orphaned))
    # That the dice reached what they are thrown for: also jobs that outlived the agent that began them.
    assert ends >= {(end, orphaned) for end in (Phase.SUCCEEDED, Phase.FAILED) for orphaned in (False, True)}


@pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])
def test_two_operators_at_work_start_no_second_job_and_lose_no_guest(strict: bool) -> None:
    for seed in SEEDS_OF_TWO_OPERATORS:
        _settled(seed, strict=strict, operators=2)


def _settled(seed: int, *, strict: bool, operators: int = 1) -> Simulation:
    simulation = Simulation(seed, strict=strict, operators=operators)
    try:
        simulation.run()
        verdict.one_copy_is_left(simulation)
        verdict.the_phase_matches(simulation)
        if operators == 1:
            verdict.nothing_is_left_behind(simulation)
    except AssertionError as broken:
        broken.add_note(f"seed {seed}, strict={strict}, operators={operators}")
        raise
    return simulation
