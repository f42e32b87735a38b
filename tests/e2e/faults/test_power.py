"""A host loses its power, and gets it again: nothing is lost that the host itself did not take with it.

A destination that dies between switchover and commit is in `test_resolution.py`: a person decides there.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from faultkit.plan import At, Kind, Moment
from faultkit.settle import ATTENTION
from faultkit.stage import ARRIVED
from labkit.kubernetes import kubectl

from .trial import HALF, JOB, SWITCHOVER, Trial, Trials, told

pytestmark = pytest.mark.e2e

KINDS = (Kind.FAST, Kind.STRICT, Kind.COPIED)
BEFORE_THE_SWITCHOVER = (
    Moment(At.PHASE, phase="Validating"),
    Moment(At.PHASE, phase="Preparing"),
    JOB,
    HALF,
)
TAINT = "node.kubernetes.io/out-of-service"


@contextmanager
def fenced(trial: Trial, host: str) -> Iterator[None]:
    """A person has made sure that the host is off, and says so; the word is taken back with the block."""
    kubectl(trial.stage.lab, "taint", "node", host, f"{TAINT}=nodeshutdown:NoExecute", "--overwrite")
    try:
        yield
    finally:
        kubectl(trial.stage.lab, "taint", "node", host, f"{TAINT}-")


@pytest.mark.walk  # of its kind `test_copied.py` keeps one
@pytest.mark.parametrize("moment", BEFORE_THE_SWITCHOVER, ids=str)
def test_a_destination_that_dies_before_the_switchover_fails_it_and_the_guest_goes_on(
    trials: Trials, moment: Moment
) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        with trial.fault("destination-off-for-good", at=moment):
            assert trial.reaches("Failed") == "Failed"
            assert trial.states()[0] == "running"
        trial.ended("Failed")


@pytest.mark.walk
@pytest.mark.parametrize("kind", KINDS)
def test_a_destination_that_dies_after_the_commit_changes_nothing_any_more(
    trials: Trials, kind: Kind
) -> None:
    with trials.begin(kind, autostart=False) as trial:
        with trial.fault("destination-off-for-good", at=Moment(At.PHASE, phase="Succeeded")):
            trial.lasts(5)
        trial.ended("Succeeded", gone=True)


@pytest.mark.walk  # of a source that dies `test_resolution.py` keeps one
@pytest.mark.parametrize("autostart", [True, False])
def test_a_source_that_dies_before_the_switchover_is_told_as_that_and_starts_the_guest_again(
    trials: Trials, autostart: bool
) -> None:
    with trials.begin(Kind.FAST, slow=True, autostart=autostart) as trial:
        with trial.fault("source-off-for-good", at=HALF):
            trial.reaches(ATTENTION)
            assert trial.stage.source in told(trial.stage.story)["message"]
        trial.ended("Failed", reason="SourceLost", gone=not autostart, anew=True)
        assert trial.states() == ("running" if autostart else "shut off", "absent")


@pytest.mark.walk
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [0, 150, 300, 600])
def test_a_source_that_dies_at_the_switchover_and_boots_makes_no_second_copy(
    trials: Trials, kind: Kind, after: int
) -> None:
    with trials.begin(kind) as trial:
        with trial.fault("source-off-for-good", at=Moment(At.SWITCHOVER, after)):
            trial.lasts(5)
        trial.rests(gone=trial.stage.may_be_dead, anew=trial.stage.may_be_dead)


@pytest.mark.walk
def test_a_source_that_dies_after_the_switchover_is_done_without_once_it_is_fenced(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        trial.comes(JOB)
        with ExitStack() as meanwhile:
            meanwhile.enter_context(trial.away("operator"))
            trial.hurry()
            trial.heard(trial.stage.destination, *ARRIVED)
            with trial.fault("source-off-for-good", at=SWITCHOVER):
                meanwhile.close()
                trial.reaches(ATTENTION)
                assert TAINT in told(trial.stage.story)["message"]
                with fenced(trial, trial.stage.source):
                    trial.reaches("Succeeded")
                    assert trial.stage.story.status["cleanup"] == "Pending"
        trial.ended("Succeeded")
