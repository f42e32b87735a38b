"""People who change their mind, at any moment: one guest runs, and the phase says where."""

import time
from collections.abc import Iterator

import pytest

from faultkit.plan import At, Kind, Moment

from ..lab import wait_until
from .rows import walk
from .trial import HALF, LATE_SECONDS, Trial, Trials, told

pytestmark = pytest.mark.e2e

KINDS = (Kind.FAST, Kind.STRICT, Kind.COPIED)
AT_PHASES = tuple(
    Moment(At.PHASE, phase=phase) for phase in ("Pending", "Validating", "Preparing", "Migrating")
)
BEFORE = tuple(Moment(At.JOB, after) for after in range(0, 500, 45))
AFTER = tuple(Moment(At.SWITCHOVER, after) for after in range(0, 501, 38))
SHORT = (
    (Kind.FAST, Moment(At.JOB, 200)),
    (Kind.FAST, Moment(At.SWITCHOVER)),
    (Kind.STRICT, Moment(At.SWITCHOVER, 100)),
)
TOO_LATE = "too late"


def says_where(trials: Trials, kind: Kind, moment: Moment) -> None:
    with trials.begin(kind) as trial, trial.fault("cancelled", at=moment):
        phase = trial.ended("Cancelled", "Succeeded")
        message = told(trial.stage.story)["message"]
        seen = "cancelled by spec.cancel" in message
        assert seen or phase == "Succeeded", message
        assert (TOO_LATE in message) == (seen and phase == "Succeeded"), message


@pytest.mark.parametrize(("kind", "moment"), SHORT, ids=str)
def test_a_cancel_near_the_switchover_leaves_one_guest_and_the_phase_says_where(
    trials: Trials, kind: Kind, moment: Moment
) -> None:
    says_where(trials, kind, moment)


@pytest.mark.walk
@pytest.mark.parametrize("moment", [*BEFORE, *AFTER], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_cancel_at_fifty_moments_around_the_switchover_leaves_one_guest(
    trials: Trials, kind: Kind, moment: Moment
) -> None:
    says_where(trials, kind, moment)


@pytest.mark.parametrize("moment", walk(*AT_PHASES[1:], AT_PHASES[0]), ids=str)
def test_a_cancel_in_any_phase_before_the_job_leaves_the_guest_as_it_was(
    trials: Trials, moment: Moment
) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial, trial.fault("cancelled", at=moment):
        trial.ended("Cancelled", reason="Cancelled")


@pytest.mark.parametrize(
    "paused", [pytest.param(True, marks=pytest.mark.walk, id="paused"), pytest.param(False, id="running")]
)
def test_a_cancel_aborts_the_job_and_leaves_the_guest_as_it_was(trials: Trials, paused: bool) -> None:
    tuning = {"maxDowntime": "700ms"}
    begun = trials.begin(Kind.FAST, slow=True, paused=paused, tuning=tuning)
    with begun as trial, trial.fault("cancelled", at=HALF):
        trial.ended("Cancelled", reason="Cancelled")


def test_a_cancel_that_an_operator_finds_at_its_start_is_carried_out(trials: Trials) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial:
        with trial.fault("operator-away", "cancelled", at=HALF):
            assert trial.stage.story.phase == "Migrating"
        trial.ended("Cancelled", reason="Cancelled")


ORDERS = (("deleted",), ("operator-killed", "deleted"), ("deleted", "operator-killed"))


@pytest.mark.parametrize(("faults",), walk(*zip(ORDERS)), ids=" ".join)
def test_one_that_is_deleted_under_way_stays_until_both_hosts_are_clean(
    trials: Trials, faults: tuple[str, ...]
) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial, trial.fault(*faults, at=HALF):
        goes(trial)


@pytest.fixture
def doomed(trials: Trials) -> Iterator[str]:
    """A namespace that a test deletes."""
    name = f"doomed-{int(time.time()) % 100000}"
    path = "/api/v1/namespaces"
    client = trials.rig.client
    client.must("POST", path, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    client.must("DELETE", f"{path}/{name}")


@pytest.mark.walk
@pytest.mark.parametrize("kind", KINDS)
def test_a_namespace_that_is_deleted_meanwhile_stops_no_step(trials: Trials, kind: Kind, doomed: str) -> None:
    begun = trials.begin(kind, slow=True, namespace=doomed)
    with begun as trial, trial.fault("namespace-deleted", at=HALF):
        goes(trial)


def goes(trial: Trial) -> None:
    """It was cancelled, then let go, and not before."""

    def clean_when_gone() -> bool:
        gone = trial.stage.story.gone
        assert not gone or not trial.task("Source"), "it went before its tasks"
        return gone

    wait_until("it to go", clean_when_gone, LATE_SECONDS)
    trial.ended("Cancelled")
