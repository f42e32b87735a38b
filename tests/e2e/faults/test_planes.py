"""A link is cut: the data plane's, over which guests move, or the api plane's, over which agents speak."""

from itertools import product

import pytest

from faultkit.plan import Kind
from faultkit.settle import ATTENTION

from .rows import walk
from .trial import HALF, JOB, Trials

pytestmark = pytest.mark.e2e

SHORT_SECONDS, LONG_SECONDS = 5.0, 60.0
KINDS = (Kind.FAST, Kind.COPIED, Kind.STRICT)


def test_a_data_link_that_is_cut_for_five_seconds_is_survived(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        with trial.fault("data-link-cut", at=HALF):
            trial.lasts(SHORT_SECONDS)
        trial.hurry()
        trial.ended("Succeeded")


@pytest.mark.walk  # of its kind the contract's test of a peer that vanished stays
def test_a_data_link_that_is_cut_for_good_fails_it_and_the_guest_goes_on(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial, trial.fault("data-link-cut-for-good", at=HALF):
        trial.ended("Failed")


@pytest.mark.parametrize(("side", "kind"), walk(*product(("source", "destination"), KINDS)))
def test_while_an_agent_is_cut_off_during_the_switchover_nobody_acts_and_then_it_succeeds(
    trials: Trials, side: str, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        with trial.fault(f"{side}-api-cut", at=JOB):
            trial.hurry()
            trial.heard(trial.stage.source, "Stopped Migrated")
            settled = trial.states()
            trial.lasts(LONG_SECONDS)
            assert trial.states() == settled
            assert trial.stage.story.phase in ("Migrating", "SwitchingOver", ATTENTION)
            assert "committedAt" not in trial.stage.story.status
        trial.ended("Succeeded")
