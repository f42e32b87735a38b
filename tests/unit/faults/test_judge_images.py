"""Images that lie where they should not, or do not where they should; guests that run from lost ones."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from faultkit.ends import Before, Ended
from faultkit.judgeimages import judge_images
from faultkit.openfiles import Open, is_writable
from faultkit.scene import Scene
from labkit.listing import Entry, Listing

from .scenes import COPY, FAILED, before, scene, succeeded

IMAGE = "/var/lib/godwit/local/g-0.raw"
FILE = Entry("f", 7, 4096, 512, "600", 0, 0)
COPIED = replace(FILE, inode=9)
OTHERS = {"/var/lib/godwit/local/x.raw": replace(FILE, inode=3)}
OPENED = Open(IMAGE, 7, writable=True, deleted=False, ours=True)
ARRIVED = replace(OPENED, inode=9)
HERE: Mapping[str, Listing] = {"host1": {IMAGE: FILE}, "host2": OTHERS}
THERE: Mapping[str, Listing] = {"host1": {IMAGE: FILE}, "host2": {IMAGE: COPIED, **OTHERS}}
DELETES = replace(succeeded(), deletes=True)


def at_rest(images: Mapping[str, Listing] = HERE) -> Before:
    return replace(before(), scene=replace(before().scene, images=images), disks=(IMAGE,), leaving=(IMAGE,))


def stayed(images: Mapping[str, Listing] = HERE, opened: tuple[Open, ...] = (OPENED,)) -> Scene:
    return replace(scene(host1=COPY), images=images, opened={"host1": opened, "host2": ()})


def moved(images: Mapping[str, Listing] = THERE, opened: tuple[Open, ...] = (ARRIVED,)) -> Scene:
    return replace(scene(host2=COPY, jobs=1), images=images, opened={"host1": (), "host2": opened})


def test_a_guest_whose_disk_was_copied_leaves_the_sources_image_where_it_was() -> None:
    assert judge_images(at_rest(), succeeded(), moved()) == []


def test_a_guest_that_stayed_leaves_nothing_at_the_destination() -> None:
    assert judge_images(at_rest(), FAILED, stayed()) == []


def test_a_source_whose_images_go_after_the_commit_has_none_of_them() -> None:
    assert judge_images(at_rest(), DELETES, moved({"host1": {}, "host2": THERE["host2"]})) == []


def test_an_image_that_had_to_exist_is_the_same_file_afterwards_with_its_own_rights() -> None:
    there = {"host1": {IMAGE: FILE}, "host2": {IMAGE: replace(COPIED, mode="644"), **OTHERS}}
    assert judge_images(at_rest(there), succeeded(), moved(there)) == []
    assert judge_images(at_rest(there), FAILED, stayed(there)) == []


def test_where_a_person_chose_the_destinations_copy_the_sources_image_may_stay_or_go() -> None:
    chosen = replace(DELETES, keeps_destination=True)
    assert judge_images(at_rest(), chosen, moved()) == []
    assert judge_images(at_rest(), chosen, moved({"host1": {}, "host2": THERE["host2"]})) == []


def test_an_image_that_a_fault_deleted_is_not_missed() -> None:
    deleted = replace(FAILED, deleted=frozenset({IMAGE}))
    assert judge_images(at_rest(), deleted, stayed()) == []
    assert judge_images(at_rest(THERE), deleted, stayed(HERE)) == []


@pytest.mark.parametrize(
    ("ended", "seen", "finding"),
    [
        (FAILED, stayed(THERE), f"{IMAGE} is new in host2"),
        (FAILED, stayed({"host1": {}, "host2": OTHERS}), f"{IMAGE} is gone in host1"),
        (FAILED, stayed({**HERE, "host2": {}}), "x.raw is gone in host2"),
        (succeeded(), moved(HERE), f"{IMAGE} is as before in host2, but it should be so: is new"),
        (succeeded(), moved({"host1": {}, "host2": THERE["host2"]}), f"{IMAGE} is gone in host1"),
        (DELETES, moved(), f"{IMAGE} is as before in host1, but it should be so: is gone"),
        (
            succeeded(),
            moved({**THERE, "host2": {IMAGE: replace(COPIED, mode="644"), **OTHERS}}),
            f"{IMAGE} was 600 of 0:0 at the source and is 644 of 0:0",
        ),
        (succeeded(), moved(opened=()), f"it runs on host2, and not from {IMAGE}"),
        (succeeded(), moved(opened=(replace(ARRIVED, ours=False),)), "and not from"),
        (
            succeeded(),
            moved(opened=(replace(ARRIVED, deleted=True),)),
            f"it runs on host2 from {IMAGE}, which is deleted",
        ),
        (
            succeeded(),
            moved(opened=(OPENED,)),
            f"it runs on host2 from another file than the one at {IMAGE}",
        ),
        (
            succeeded(),
            replace(moved(), opened={"host1": (OPENED,), "host2": (ARRIVED,)}),
            f"{IMAGE} is open for writing on host1",
        ),
    ],
)
def test_what_is_wrong_with_an_image_is_told(ended: Ended, seen: Scene, finding: str) -> None:
    found = judge_images(at_rest(), ended, seen)
    assert any(finding in each for each in found), found


def test_a_guest_whose_store_was_away_may_have_lost_its_disks() -> None:
    assert judge_images(at_rest(), replace(FAILED, store_was_away=True), stayed(opened=())) == []


@pytest.mark.parametrize(("flags", "writable"), [("0100000", False), ("0140002", True), ("0100001", True)])
def test_a_file_is_writable_when_its_flags_say_so(flags: str, writable: bool) -> None:
    assert is_writable(f"pos:\t0\nflags:\t{flags}\nmnt_id:\t1\n") is writable
