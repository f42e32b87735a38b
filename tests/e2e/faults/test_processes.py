"""Whoever of Godwit dies while libvirt's job runs: it is adopted, and stays the only one."""

import pytest

from faultkit.plan import At, Kind, Moment

from .trial import Trials

pytestmark = pytest.mark.e2e

AWAY_SECONDS = 20.0
ALONE = (("operator-killed",), ("source-agent-killed",), ("destination-agent-killed",), ("apiserver-away",))
TOGETHER = ("all-killed", "apiserver-away")
SHARES = (20, 50, 80)


def goes_on(trials: Trials, who: tuple[str, ...], share: int) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        with trial.fault(*who, at=Moment(At.SHARE, share)):
            if "apiserver-away" in who:
                trial.lasts(AWAY_SECONDS)
        trial.hurry()
        trial.ended("Succeeded")
        assert (trial.jobs_begun(), trial.jobs_heard()) == (1, 1)


def test_all_of_them_die_at_once_in_the_middle_of_a_job_and_it_stays_the_only_one(trials: Trials) -> None:
    goes_on(trials, ("all-killed",), 40)


@pytest.mark.walk
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("who", [*ALONE, TOGETHER], ids=" ".join)
def test_whoever_dies_in_the_middle_of_a_job_it_stays_the_only_one(
    trials: Trials, who: tuple[str, ...], share: int
) -> None:
    goes_on(trials, who, share)
