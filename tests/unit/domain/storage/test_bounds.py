"""A guest that no object could hold as a whole is not begun with."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DiskFacts
from godwit.domain.storage import paths_to_look_at, too_large

from .known import DISK, FACTS


def many(count: int, path: str = "/images/{}.img") -> tuple[DiskFacts, ...]:
    return tuple(replace(DISK, target=f"vd{n}", path=path.format(n)) for n in range(count))


@pytest.mark.parametrize(
    "disks, told",
    [
        (many(1000), ""),
        (many(1001), "1001 disks"),
        (many(64, "/images/{}/x"), ""),
        (many(65, "/images/{}/x"), "65 directories"),
        ((replace(DISK, backing=tuple(f"/b/{n}" for n in range(257))),), "257 layers"),
        (
            tuple(replace(d, backing=tuple(f"/images/{d.target}-{n}" for n in range(50))) for d in many(100)),
            "5100 images in one directory",
        ),
    ],
)
def test_what_is_too_much_is_said_with_its_number(disks: tuple[DiskFacts, ...], told: str) -> None:
    why = too_large(replace(FACTS, disks=disks))
    assert told in why
    assert bool(why) == bool(told)


def test_of_very_many_layers_only_some_are_looked_at_and_each_disk_is() -> None:
    disks = tuple(replace(d, backing=tuple(f"/b/{d.target}/{n}" for n in range(50))) for d in many(100))
    paths = paths_to_look_at(replace(FACTS, disks=disks))
    assert len(paths) == 1024
    assert {disk.path for disk in disks} <= set(paths)
