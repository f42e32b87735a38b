"""The store of all shared images is away for a while: the guest waits for it, and nothing is lost."""

import pytest

from faultkit.plan import Kind

from .trial import HALF, SWITCHOVER, Trials

pytestmark = pytest.mark.e2e

AWAY_SECONDS = 10.0


def test_a_store_that_is_away_during_the_job_stops_nobody(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        with trial.fault("store-away", at=HALF):
            trial.lasts(AWAY_SECONDS)
        trial.hurry()
        trial.ended("Succeeded", "Failed", store_away=True)


@pytest.mark.walk
def test_a_store_that_is_away_at_the_switchover_loses_nothing(trials: Trials) -> None:
    with trials.begin(Kind.FAST) as trial:
        with trial.fault("store-away", at=SWITCHOVER):
            trial.lasts(AWAY_SECONDS)
        # libvirt may have failed to let the guest go on at the source: no row says what to do with that.
        trial.rests("KeepSource", store_away=True)
