"""Faults while disks are copied: the guest runs once, intact, and both hosts' images are as they have to be.

What lay on either host before and after is held against each other by the checker, in every row here.
"""

import pytest

from faultkit.plan import At, Kind, Moment
from labkit.guest.agent import ask

from .rows import walk
from .test_guest_ends import by_virsh, dies
from .trial import DELETES, HALF, HALF_COPIED, SWITCHOVER, Trial, Trials, told

pytestmark = pytest.mark.e2e

KINDS = (Kind.COPIED, Kind.HYBRID)
SIDES = ("source", "destination")
SHORT_CUT_SECONDS = 5.0
NOTICED_SECONDS = 12.0
"""The destination's agent looks after its images every few seconds."""
PHASES = tuple(
    Moment(At.PHASE, phase=phase) for phase in ("Pending", "Validating", "Preparing", "Copying", "Migrating")
)
IMAGES = (Moment(At.INTENT), Moment(At.CREATED))
AROUND = tuple(Moment(At.SWITCHOVER, after) for after in (0, 100, 300, 600))


def says(trial: Trial, *words: str) -> None:
    message = told(trial.stage.story)["message"]
    assert all(word in message for word in words), message


def test_a_file_system_that_is_full_during_the_copy_fails_it_and_says_so(trials: Trials) -> None:
    with trials.begin(Kind.COPIED, slow=True) as trial:
        with trial.fault("destination-full", at=HALF_COPIED):
            trial.reaches("Failed")
        trial.ended("Failed")
        says(trial, "space")


@pytest.mark.parametrize("kind", walk(Kind.HYBRID, Kind.COPIED))
def test_an_image_that_is_deleted_under_the_copy_is_missed_before_the_guest_runs_from_it(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        with trial.fault("image-deleted", at=HALF_COPIED):
            trial.lasts(NOTICED_SECONDS)
        trial.hurry()
        trial.ended("Failed", reason="ImageMissing")
        says(trial, str(trial.stage.guest.leaving()[0]))


@pytest.mark.walk
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_is_cut_for_a_while_stops_nobody(trials: Trials, kind: Kind) -> None:
    with trials.begin(kind, slow=True) as trial:
        with trial.fault("data-link-cut", at=HALF_COPIED):
            trial.lasts(SHORT_CUT_SECONDS)
        trial.hurry()
        trial.ended("Succeeded")


@pytest.mark.walk  # the contract's test of a peer that vanished stays
@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_is_cut_for_good_ends_a_copy_that_libvirt_would_wait_for(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        with trial.fault("data-link-cut-for-good", at=HALF_COPIED):
            trial.reaches("Failed")
        trial.ended("Failed", reason="ConnectionFailed")


@pytest.mark.walk  # of its kind `test_libvirtd.py` keeps one
@pytest.mark.parametrize("side", SIDES)
def test_a_libvirtd_that_is_killed_during_the_copy_ends_it_and_the_guest_goes_on(
    trials: Trials, side: str
) -> None:
    with (
        trials.begin(Kind.COPIED, slow=True) as trial,
        trial.fault(f"{side}-libvirtd-killed", at=HALF_COPIED),
    ):
        trial.ended("Failed")


@pytest.mark.walk
@pytest.mark.parametrize("moment", AROUND, ids=str)
@pytest.mark.parametrize("side", SIDES)
def test_one_that_is_killed_around_the_switchover_leaves_one_guest(
    trials: Trials, side: str, moment: Moment
) -> None:
    with trials.begin(Kind.COPIED) as trial, trial.fault(f"{side}-libvirtd-killed", at=moment):
        trial.rests()


@pytest.mark.parametrize("moment", walk(*IMAGES, HALF, HALF_COPIED), ids=str)
def test_a_destination_that_loses_its_power_keeps_nothing_of_the_copy_once_it_is_back(
    trials: Trials, moment: Moment
) -> None:
    with trials.begin(Kind.COPIED, slow=True) as trial:
        with trial.fault("destination-off-for-good", at=moment):
            trial.reaches("Failed")
            assert trial.states()[0] == "running"
        trial.ended("Failed")


@pytest.mark.walk
@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_loses_its_power_starts_the_guest_again_from_its_own_images(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, slow=True) as trial:
        with trial.fault("source-off-for-good", at=HALF_COPIED):
            trial.reaches("NeedsAttention")
        trial.ended("Failed", reason="SourceLost", anew=True)
        assert trial.states() == ("running", "absent")


@pytest.mark.walk
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("after", [0, 150, 300, 600])
def test_a_host_that_dies_at_the_switchover_and_boots_makes_no_second_copy(
    trials: Trials, side: str, after: int
) -> None:
    with trials.begin(Kind.COPIED) as trial:
        with trial.fault(f"{side}-off-for-good", at=Moment(At.SWITCHOVER, after)):
            trial.lasts(5)
        trial.rests(gone=trial.stage.may_be_dead, anew=trial.stage.may_be_dead)


@pytest.mark.walk
def test_a_destination_that_hangs_at_the_switchover_longer_than_the_keepalive_leaves_one_guest(
    trials: Trials,
) -> None:
    with trials.begin(Kind.COPIED) as trial:
        with trial.fault("destination-libvirtd-frozen", at=SWITCHOVER):
            trial.lasts(45)
        trial.rests()


@pytest.mark.parametrize("moment", walk(*PHASES, HALF_COPIED, *IMAGES), ids=str)
def test_a_cancel_leaves_neither_images_nor_anything_else(trials: Trials, moment: Moment) -> None:
    begun = trials.begin(Kind.COPIED, slow=True)
    with begun as trial, trial.fault("cancelled", at=moment):
        trial.ended("Cancelled", reason="Cancelled")


@pytest.mark.walk
@pytest.mark.parametrize("moment", [*IMAGES, HALF_COPIED], ids=str)
@pytest.mark.parametrize("fault", ["deleted", "operator-killed", "all-killed"])
def test_it_ends_as_without_a_kill_and_a_deletion_leaves_nothing(
    trials: Trials, fault: str, moment: Moment
) -> None:
    with trials.begin(Kind.HYBRID, slow=True) as trial:
        with trial.fault(fault, at=moment):
            trial.hurry()
        trial.ended("Cancelled" if fault == "deleted" else "Succeeded")


@pytest.mark.walk
@pytest.mark.parametrize("who", ["source-agent-killed", "operator-killed", "all-killed"])
def test_images_that_go_after_the_commit_go_whoever_dies_meanwhile(trials: Trials, who: str) -> None:
    begun = trials.begin(Kind.COPIED, storage=DELETES)
    with begun as trial, trial.fault(who, at=Moment(At.PHASE, phase="Finalizing")):
        trial.ended("Succeeded")


@pytest.mark.walk  # of its kind `test_guest_ends.py` keeps one
def test_a_guest_that_is_shut_down_from_inside_has_shut_down_and_nothing_is_left(trials: Trials) -> None:
    with trials.begin(Kind.COPIED, slow=True) as trial:
        trial.comes(HALF_COPIED)
        try:
            ask(trial.stage.lab, trial.stage.guest, "poweroff")
        except OSError as hung_up:
            trial.stage.note(f"poweroff: {hung_up}")
        trial.ended("Failed", reason="GuestShutDown", gone=True)
        assert trial.states() == ("shut off", "absent")


@pytest.mark.walk
@pytest.mark.parametrize("reason", ["GuestDestroyed", "GuestCrashed"])
def test_one_that_ends_otherwise_during_the_copy_is_told_as_that_and_nothing_is_left(
    trials: Trials, reason: str
) -> None:
    with trials.begin(Kind.COPIED, slow=True) as trial:
        trial.comes(HALF_COPIED)
        if reason == "GuestCrashed":
            dies(trial, trial.stage.source)
        else:
            by_virsh(trial, "destroy", trial.stage.guest.uuid)
        trial.ended("Failed", reason=reason, gone=True)
        assert trial.states() == ("shut off", "absent")


@pytest.mark.walk
def test_one_whose_qemu_dies_at_the_destination_during_the_copy_goes_on_and_nothing_is_left_there(
    trials: Trials,
) -> None:
    with trials.begin(Kind.COPIED, slow=True) as trial:
        trial.comes(HALF_COPIED)
        dies(trial, trial.stage.destination)
        trial.ended("Failed")
        assert trial.states() == ("running", "absent")
