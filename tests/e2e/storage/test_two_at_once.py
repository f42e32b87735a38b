"""Two guests go into one directory at once: neither touches what belongs to the other."""

from collections.abc import Iterator

import pytest

from ..bad.scene import HOSTS, POLL_SECONDS, Scene
from ..lab import wait_until
from .journeys import Journeys

pytestmark = pytest.mark.e2e

FIRST, SECOND = "storage-first", "storage-second-guest"


@pytest.fixture
def both(scene: Scene) -> Iterator[tuple[str, str]]:
    disk = ("--disk", "local:64Mi:qcow2:filled=16Mi")
    with (
        scene.lab.guest(FIRST, HOSTS[0], *disk) as first,
        scene.lab.guest(SECOND, HOSTS[0], *disk) as second,
    ):
        yield first, second


def test_one_that_is_cancelled_takes_nothing_of_the_other_with_it(
    scene: Scene, journeys: Journeys, both: tuple[str, str]
) -> None:
    first, second = both
    before = journeys.before()
    with journeys.slow("24mbit"):
        goes, stays = journeys.begin(first), journeys.begin(second)
        journeys.phase(goes, "Copying")
        journeys.phase(stays, "Copying")
        journeys.patch(stays, {"cancel": True})
        wait_until("the cancel", lambda: scene.told(stays).phase == "Cancelled", 60, POLL_SECONDS)
        scene.clean(stays)
    journeys.arrives(goes, first)
    images = dict.fromkeys(map(str, journeys.images(first)), "is new")
    assert journeys.changed(before) == {HOSTS[0]: {}, HOSTS[1]: images}
    assert scene.lab.check(second)["host"] == HOSTS[0]
