"""People lay hands on a guest by virsh, just when it is neither here nor there for Godwit."""

import pytest

from faultkit.ends import Ended
from faultkit.plan import Kind
from faultkit.resolution import offered
from faultkit.settle import ATTENTION
from faultkit.stage import ARRIVED
from labkit import box
from labkit.guest.whereabouts import VIRSH

from ..lab import wait_until
from .rows import walk
from .trial import JOB, LATE_SECONDS, Trial, Trials, told

pytestmark = pytest.mark.e2e


def virsh(trial: Trial, host: str, command: str) -> None:
    box.inside(trial.stage.lab, host, *VIRSH, command, trial.stage.guest.uuid)


@pytest.mark.walk
@pytest.mark.parametrize("kind", [Kind.STRICT, Kind.COPIED])
def test_a_guest_that_is_started_again_at_its_source_is_no_reason_to_let_the_other_copy_go_on(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        source, destination = trial.stage.source, trial.stage.destination
        trial.comes(JOB)
        with trial.away("agent", destination):
            trial.hurry()
            trial.heard(source, "Stopped Migrated")
            wait_until("both", lambda: trial.states() == ("shut off", "paused"), LATE_SECONDS)
            virsh(trial, source, "start")
        trial.reaches(ATTENTION)
        assert trial.states() == ("running", "paused")
        said = told(trial.stage.story)["message"]
        assert "somebody started the guest anew" in said
        assert {"KeepSource", "KeepDestination"} <= set(offered(said))
        trial.patch(resolution="KeepSource")
        trial.ended("Failed", reason="Resolved", anew=True)
        assert trial.states() == ("running", "absent")


@pytest.mark.parametrize(("command", "state"), walk(("suspend", "paused"), ("destroy", "shut off")))
def test_a_guest_that_is_ended_or_paused_where_it_went_has_moved(
    trials: Trials, command: str, state: str
) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        destination = trial.stage.destination
        trial.comes(JOB)
        with trial.away("operator"):
            trial.hurry()
            trial.heard(destination, *ARRIVED)
            wait_until("its word", lambda: trial.written("Destination", "resumedAt"), LATE_SECONDS)
            virsh(trial, destination, command)
        ended = Ended("", destination, may_be_gone=command == "destroy", user_paused=command == "suspend")
        trial.story_ended(trial.stage.story, ended, "Succeeded")
        assert trial.states() == ("absent", state)
        if command == "destroy":
            assert "GuestDestroyed" in told(trial.stage.story)["message"]
