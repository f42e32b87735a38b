"""The strict switchover needs the API server and the destination's agent, and nobody else."""

import pytest

from faultkit.plan import Kind
from faultkit.stage import ARRIVED

from .rows import walk
from .trial import JOB, Trials

pytestmark = pytest.mark.e2e

WITHOUT_OPERATOR_SECONDS = 3 * 1.0
AFTER_ITS_RETURN_SECONDS = 3 * 2.0
AWAY_SECONDS = 20.0
LEFT_FOR_GOOD = "Stopped Migrated"
KINDS = walk(Kind.COPIED, Kind.STRICT)


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_operator_the_destinations_agent_lets_the_guest_go_on_within_a_second(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        trial.comes(JOB)
        with trial.away("operator"):
            trial.hurry()
            left = trial.heard(trial.stage.source, LEFT_FOR_GOOD)
            arrived = trial.heard(trial.stage.destination, *ARRIVED)
            assert arrived - left < WITHOUT_OPERATOR_SECONDS
        trial.ended("Succeeded")


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_api_server_the_guest_waits_and_goes_on_two_seconds_after_its_return(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        trial.comes(JOB)
        with trial.away("apiserver"):
            trial.hurry()
            trial.heard(trial.stage.source, LEFT_FOR_GOOD)
            trial.lasts(AWAY_SECONDS)
            assert trial.states() == ("shut off", "paused")
        returned = trial.answered()
        assert trial.heard(trial.stage.destination, *ARRIVED) - returned < AFTER_ITS_RETURN_SECONDS
        trial.ended("Succeeded")
