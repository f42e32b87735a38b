"""What the copies really take is what counts, and how much is missing is said."""

import re
from collections.abc import Callable, Iterator

import pytest

from labkit import filling

from ..bad.scene import Scene
from .cast import HERE, PLACE, THERE, Member, file_disk, images, on_stage
from .journeys import Journeys

pytestmark = pytest.mark.e2e

FULL, SECOND = "storage-full", "storage-second"
MIB = 1 << 20
MARGIN_BYTES = 64 * MIB
"""Of each image, beside 5 %: as `docs/` says."""


@pytest.fixture(scope="module", autouse=True)
def two(scene: Scene) -> Iterator[None]:
    """Two domains, each with a thin image of 1 GiB, of which 16 MiB are allocated."""
    make = "\n".join(
        f"qemu-img create -q -f raw {name}.raw 1G; dd if=/dev/urandom of={name}.raw bs=1M count=16 "
        "conv=notrunc status=none"
        for name in (FULL, SECOND)
    )
    with images(scene, host1=make):
        members = (Member(name, (file_disk("vda", f"{PLACE}/{name}.raw"),)) for name in (FULL, SECOND))
        with on_stage(scene, *members):
            yield


@pytest.fixture
def narrow(scene: Scene, journeys: Journeys) -> Iterator[Callable[[int], None]]:
    """Leaves so many bytes free at the destination; all of it is free again after the test."""
    yield lambda leave: filling.fill(journeys.lab, THERE, leave)
    scene.lab.run("fill", THERE, "--clear")


def test_a_destination_without_space_is_refused_with_how_much_is_missing(
    scene: Scene, narrow: Callable[[int], None], name: Callable[[str], str]
) -> None:
    narrow(32 * MIB)
    told = scene.fails(name("full"), FULL, THERE, "ChecksFailed")
    said = told.failed_check("Space")
    assert set(told.failed_checks()) == {"Space"}
    assert PLACE in said
    sizes = re.search(r"lacks (\d+) MiB: (\d+) MiB are needed, (\d+) MiB are free", said)
    assert sizes, said
    missing, needed, free = map(int, sizes.groups())
    assert abs(needed - free - missing) <= 1, said
    assert needed * MIB < 2 * MARGIN_BYTES, f"what the thin image holds, and not its size: {said}"


@pytest.mark.walk
def test_two_migrations_to_one_directory_are_not_promised_the_same_space(
    scene: Scene, journeys: Journeys, narrow: Callable[[int], None], name: Callable[[str], str]
) -> None:
    """The first one fits alone; while it is on its way, the second is refused, and told why."""
    narrow(MARGIN_BYTES + 48 * MIB)
    with journeys.slow("8mbit"):
        first = name("first")
        scene.ask(first, FULL, THERE)
        journeys.phase(first, "Copying")
        told = scene.fails(name("second"), SECOND, THERE, "ChecksFailed")
        assert "are promised to other migrations" in told.failed_check("Space")
        journeys.patch(first, {"cancel": True})
        scene.until(first, "Cancelled")
        scene.clean(first)
    assert scene.inside(THERE, f"ls {PLACE}") == ""
    scene.virsh(HERE, "domstate", FULL)
