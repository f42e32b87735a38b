"""The guest ends while it is moved, or somebody else acts on it: which of both is told."""

import pytest

from faultkit.plan import At, Kind, Moment
from labkit import box
from labkit.guest.agent import ask
from labkit.guest.whereabouts import VIRSH

from .trial import HALF, Trial, Trials, told

pytestmark = pytest.mark.e2e

PREPARING = Moment(At.PHASE, phase="Preparing")


def dies(trial: Trial, host: str) -> None:
    """Its QEMU there is killed."""
    pidfile = f"/run/libvirt/qemu/{trial.stage.guest.name}.pid"
    box.inside(trial.stage.lab, host, "sh", "-ec", f"kill -9 $(cat {pidfile})")


def is_told(trial: Trial, command: str) -> None:
    """By its own console, as from inside."""
    try:
        ask(trial.stage.lab, trial.stage.guest, command)
    except OSError as hung_up:
        trial.stage.note(f"{command}: {hung_up}")


def by_virsh(trial: Trial, *words: str) -> str:
    return box.inside(trial.stage.lab, trial.stage.source, *VIRSH, *words)


def test_one_that_is_powered_off_from_inside_has_shut_down(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(HALF)
        is_told(trial, "poweroff")
        trial.ended("Failed", reason="GuestShutDown", gone=True)
        assert trial.states() == ("shut off", "absent")


@pytest.mark.walk
def test_one_that_is_rebooted_from_inside_is_moved_all_the_same(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(HALF)
        is_told(trial, "reboot")
        trial.hurry()
        trial.ended("Succeeded", anew=True)


@pytest.mark.walk
def test_one_whose_qemu_dies_has_crashed(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(HALF)
        dies(trial, trial.stage.source)
        trial.ended("Failed", reason="GuestCrashed", gone=True)
        assert trial.states() == ("shut off", "absent")


@pytest.mark.walk
def test_one_whose_qemu_dies_at_the_destination_stays_and_nobody_has_aborted_its_job(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(HALF)
        dies(trial, trial.stage.destination)
        trial.ended("Failed", reason="ConnectionFailed")
        assert trial.states() == ("running", "absent")


@pytest.mark.walk  # a guest that ends stays in `test_copied.py`
def test_one_that_is_destroyed_by_virsh_is_told_as_that(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(HALF)
        by_virsh(trial, "destroy", trial.stage.guest.uuid)
        trial.ended("Failed", reason="GuestDestroyed", gone=True)
        assert trial.states() == ("shut off", "absent")


@pytest.mark.walk
def test_a_shutdown_by_virsh_is_refused_by_libvirt_and_harms_nothing(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        with trial.fault("guest-told-to-shut-down", at=HALF):
            trial.hurry()
        trial.ended("Succeeded", gone=trial.stage.may_be_dead)


def test_a_job_that_somebody_aborts_by_virsh_is_told_as_that(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(HALF)
        by_virsh(trial, "domjobabort", trial.stage.guest.uuid)
        trial.ended("Failed", reason="AbortedOutside")


def test_one_that_is_told_to_reboot_just_before_its_job_goes_on_or_its_end_there_is_told(
    trials: Trials,
) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(PREPARING)
        by_virsh(trial, "reboot", "--mode", "acpi", trial.stage.guest.uuid)
        trial.hurry()
        trial.ended("Succeeded", gone=True, anew=True)
        assert trial.states()[0] == "absent"
        if trial.states()[1] == "shut off":
            message = told(trial.stage.story)["message"]
            assert "GuestShutDown" in message and "virsh start" in message
