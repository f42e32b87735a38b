"""What a seed picks."""

from collections import Counter

import pytest

from faultkit.acts import FAULTS
from faultkit.plan import COPIES, At, Kind, Plan, pick

PICKED = {name: fault.picked for name, fault in FAULTS.items()}


def plans(count: int = 2000) -> list[Plan]:
    return [pick(7, number, PICKED) for number in range(1, count + 1)]


def test_the_same_seed_and_number_pick_the_same_run_whatever_ran_before() -> None:
    assert plans(20)[9] == pick(7, 10, PICKED)
    assert pick(7, 10, PICKED) != pick(8, 10, PICKED)


def test_every_fault_every_guest_and_every_kind_of_moment_is_picked() -> None:
    picked = plans()
    strikes = [strike for plan in picked for strike in plan.strikes]
    assert {strike.fault for strike in strikes} == set(FAULTS)
    assert {strike.moment.at for strike in strikes} == set(At)
    assert {plan.kind for plan in picked} == set(Kind)
    for mark in ("paused", "transient", "autostart", "deletes", "must_exist"):
        assert {getattr(plan, mark) for plan in picked} == {True, False}


def test_heavier_faults_are_picked_more_often() -> None:
    first = Counter(plan.strikes[0].fault for plan in plans())
    assert first["operator-killed"] > 2 * first["source-off"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_strikes_only_at_its_moments_and_its_guests(name: str) -> None:
    for number in range(1, 200):
        plan = pick(7, number, PICKED, only=name)
        first = plan.strikes[0]
        assert first.fault == name
        assert first.moment.at in PICKED[name].moments
        assert plan.kind in PICKED[name].guests
        least, most = PICKED[name].lasts_seconds
        assert least <= first.lasts_seconds <= most


def test_a_guest_without_a_definition_has_no_autostart() -> None:
    assert not any(plan.transient and plan.autostart for plan in plans())


def test_a_paused_guest_is_not_waited_for_until_it_stops() -> None:
    assert not any(plan.paused and plan.strikes[0].moment.at is At.SWITCHOVER for plan in plans())


def test_the_link_is_narrow_exactly_where_a_share_of_the_job_is_waited_for() -> None:
    assert all(
        plan.slow == any(strike.moment.at in (At.SHARE, At.COPY) for strike in plan.strikes)
        for plan in plans(200)
    )


def test_only_a_guest_whose_disks_are_copied_is_struck_in_the_copy_or_says_what_becomes_of_images() -> None:
    moments = {At.INTENT, At.CREATED, At.COPY}
    struck = [plan for plan in plans() if plan.strikes[0].moment.at in moments]
    assert {plan.strikes[0].moment.at for plan in struck} == moments
    assert {plan.kind for plan in struck} == COPIES
    assert {plan.kind for plan in plans() if plan.deletes or plan.must_exist or plan.spec} == COPIES


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_of_guest_that_is_asked_for_is_taken_with_faults_that_strike_it(kind: Kind) -> None:
    for number in range(1, 200):
        plan = pick(7, number, PICKED, guest=kind)
        assert plan.kind is kind
        assert all(kind in PICKED[strike.fault].guests for strike in plan.strikes)


def test_a_fault_that_would_harm_an_arrived_guest_follows_no_other() -> None:
    followers = {strike.fault for plan in plans() for strike in plan.strikes[1:]}
    assert followers == {name for name, odds in PICKED.items() if odds.follows}


def test_a_run_says_what_it_does() -> None:
    plan = next(plan for plan in plans() if plan.strikes[0].moment.at is At.SHARE and len(plan.strikes) == 2)
    first, second = plan.strikes
    said = str(plan)
    assert f"{first.fault}" in said
    assert f"at {first.moment.value} % of the job, then {second.fault}" in said
    assert f"{second.moment.value} ms after the fault before" in said
