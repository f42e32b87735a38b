"""libvirtd hangs or dies on either side: one guest runs in the end, the right one."""

from collections.abc import Iterator

import pytest

from faultkit.plan import At, Kind, Moment

from ..lab import Lab
from .rows import walk
from .trial import HALF, SWITCHOVER, Trials

pytestmark = pytest.mark.e2e

LONGER_THAN_KEEPALIVE_SECONDS = 45.0
SIDES = ("source", "destination")
KINDS = (Kind.FAST, Kind.COPIED, Kind.STRICT)
AROUND = (
    SWITCHOVER,
    Moment(At.SWITCHOVER, 100),
    Moment(At.SWITCHOVER, 300),
    Moment(At.PHASE, phase="Finalizing"),
)


@pytest.fixture
def shareable() -> Iterator[str]:
    """Writes to a disk that no lock of QEMU's guards, so that its switchover is strict."""
    disk = ("--disk", "shared:64Mi:raw:shareable", "--write-disk", "512Ki/s", "--dirty", "4Mi/s")
    with Lab().guest("faults-shareable", "host1", *disk) as name:
        yield name


def hangs_at_the_switchover(trials: Trials, what: Kind | str) -> None:
    with trials.begin(what) as trial:
        with trial.fault("destination-libvirtd-frozen", at=SWITCHOVER):
            trial.lasts(LONGER_THAN_KEEPALIVE_SECONDS)
        trial.rests()


@pytest.mark.parametrize("kind", walk(*KINDS))
def test_a_destination_that_hangs_at_the_switchover_longer_than_the_keepalive_leaves_one_guest(
    trials: Trials, kind: Kind
) -> None:
    hangs_at_the_switchover(trials, kind)


@pytest.mark.walk
def test_so_it_does_of_a_guest_whose_disk_no_lock_guards(trials: Trials, shareable: str) -> None:
    hangs_at_the_switchover(trials, shareable)


@pytest.mark.parametrize(("side", "reason"), walk(("source", ""), ("destination", "ConnectionFailed")))
def test_one_that_is_killed_during_the_job_ends_it_and_the_guest_goes_on(
    trials: Trials, side: str, reason: str
) -> None:
    with trials.begin(Kind.FAST, slow=True) as trial, trial.fault(f"{side}-libvirtd-killed", at=HALF):
        trial.ended("Failed", reason=reason)


@pytest.mark.walk
@pytest.mark.parametrize("moment", AROUND, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", SIDES)
def test_one_that_is_killed_around_the_switchover_leaves_one_guest(
    trials: Trials, side: str, kind: Kind, moment: Moment
) -> None:
    with trials.begin(kind) as trial, trial.fault(f"{side}-libvirtd-killed", at=moment):
        trial.rests()
