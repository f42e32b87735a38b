"""A copy that a lost host still holds when the guest has long moved elsewhere never runs again."""

import pytest

from faultkit.ends import Ended
from faultkit.plan import Kind
from labkit import faults, links
from labkit.guest import whereabouts
from labkit.lab import Plane, hosts

from ..lab import wait_until
from .trial import LATE_SECONDS, SWITCHOVER, Trials

pytestmark = [pytest.mark.e2e, pytest.mark.walk]

THIRD = "host3"
LONGER_THAN_KEEPALIVE_SECONDS = 45.0


def test_a_copy_that_waits_on_a_lost_host_is_destroyed_when_that_is_back(trials: Trials) -> None:
    lab = trials.rig.lab
    if THIRD not in hosts(lab):
        pytest.skip("needs a third host: `hack/lab up --hosts 3`")
    with trials.begin(Kind.STRICT) as trial:
        lost = trial.stage.destination
        with trial.fault("destination-libvirtd-frozen", "destination-api-cut", at=SWITCHOVER):
            trial.lasts(LONGER_THAN_KEEPALIVE_SECONDS)
            faults.thaw(lab, ["libvirtd", lost])
            trial.reaches("Failed")
            second = trial.another(THIRD)
            wait_until("the second one's end", lambda: second.final, LATE_SECONDS)
            states = whereabouts.states(lab, trial.stage.guest.uuid)
            assert (second.phase, states[THIRD]) == ("Succeeded", "running"), states
            assert states[lost] != "running"
            links.cut(lab, lost, Plane.API, down=False)
        trial.story_ended(second, Ended("", THIRD, attempts=2), "Succeeded")
