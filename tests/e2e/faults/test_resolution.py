"""What a person decides by `spec.resolution` where the hosts' evidence can't."""

import pytest

from faultkit.plan import Kind
from faultkit.resolution import offered
from faultkit.settle import ATTENTION
from labkit import box
from labkit.guest.whereabouts import VIRSH

from .rows import walk
from .trial import JOB, SWITCHOVER, Trials, told

pytestmark = pytest.mark.e2e

KINDS = (Kind.COPIED, Kind.STRICT)


@pytest.mark.parametrize("kind", walk(*KINDS))
def test_keep_destination_lets_the_copy_go_on_that_waits_for_a_dead_source(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        trial.comes(JOB)
        with trial.away("agent", trial.stage.source):
            trial.hurry()
            trial.heard(trial.stage.source, "Stopped Migrated")
            with trial.fault("source-off-for-good", at=SWITCHOVER):
                trial.reaches(ATTENTION)
                assert trial.states() == ("powered off", "paused")
                assert "KeepDestination" in offered(told(trial.stage.story)["message"])
                trial.patch(resolution="KeepDestination")
                trial.reaches("Succeeded")
                assert trial.states() == ("powered off", "running")
        trial.ended("Succeeded")


@pytest.mark.parametrize("kind", walk(*KINDS))
def test_keep_source_starts_the_guest_again_whose_copy_died_with_its_host(trials: Trials, kind: Kind) -> None:
    with trials.begin(kind, slow=True) as trial:
        trial.comes(JOB)
        with trial.away("agent", trial.stage.destination):
            trial.hurry()
            trial.heard(trial.stage.source, "Stopped Migrated")
            with trial.fault("destination-off-for-good", at=SWITCHOVER):
                trial.reaches(ATTENTION)
                assert trial.states() == ("shut off", "powered off")
                kept = box.inside(
                    trial.stage.lab, trial.stage.source, *VIRSH, "dominfo", trial.stage.guest.uuid
                )
                assert "Persistent:     yes" in kept
                assert "KeepSource" in offered(told(trial.stage.story)["message"])
                trial.patch(resolution="KeepSource")
        trial.ended("Failed", "Cancelled", anew=True)
        assert trial.states() == ("running", "absent")
