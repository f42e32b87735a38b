"""Is the destination's image the source's own file? One inode has one change time, which only grows."""

import pytest
from msgspec.structs import replace

from godwit.domain.image import Copy, FileKind, Fingerprint, ImageFacts
from godwit.domain.storage.likeness import CACHED_SECONDS, Likeness, contradicts, likeness, same_image

from .known import HERE, IMAGE, OLDER

SAME, UNSURE, ANOTHER = Likeness.SAME, Likeness.UNSURE, Likeness.ANOTHER
NOW = replace(HERE, allocation_bytes=200 << 20, modified="2000.0", changed="2000.0")
"""The source's file, looked at once more: the guest has written to it."""


def seen(changed: str, capacity: int = HERE.capacity_bytes) -> Fingerprint:
    return Fingerprint(capacity, 7, "7.0", changed)


def test_all_four_equal_is_the_same_file_at_either_look() -> None:
    assert likeness(HERE, HERE) is SAME
    assert likeness(HERE, HERE, NOW) is SAME
    assert likeness(HERE, NOW, NOW) is SAME


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ("999.999999999", ANOTHER),
        ("1000.499999999", ANOTHER),
        ("1000.5", UNSURE),
        ("1000.500000000", UNSURE),
        ("1000.500000001", UNSURE),
        ("1500.0", UNSURE),
        ("1999.999999999", UNSURE),
        ("2000", UNSURE),
        ("2000.0", UNSURE),
        ("2000.000000001", ANOTHER),
        ("3000.0", ANOTHER),
    ],
)
def test_what_was_changed_between_both_looks_may_be_the_same_file_both_ends_included(
    changed: str, result: Likeness
) -> None:
    assert likeness(HERE, seen(changed), NOW) is result


@pytest.mark.parametrize(
    ("changed", "result"), [("1000.499999999", ANOTHER), ("1000.5", UNSURE), ("1000.500000001", ANOTHER)]
)
def test_after_one_look_only_an_equal_change_time_is_unsure(changed: str, result: Likeness) -> None:
    assert likeness(HERE, seen(changed)) is result


def test_fractions_are_nanoseconds_and_not_decimals_that_were_cut() -> None:
    early, late = replace(HERE, changed="10.05"), replace(HERE, changed="10.4")
    assert likeness(early, seen("10.3"), late) is UNSURE
    assert likeness(early, seen("10.5"), late) is ANOTHER
    assert likeness(early, seen("10.040000000"), late) is ANOTHER


def test_seconds_are_numbers_and_not_texts() -> None:
    early, late = replace(HERE, changed="9.0"), replace(HERE, changed="11.0")
    assert likeness(early, seen("10.0"), late) is UNSURE


def test_another_size_with_an_equal_change_time_is_still_unsure() -> None:
    assert likeness(HERE, seen("1000.5", capacity=5)) is UNSURE


@pytest.mark.parametrize("broken", ["", "yesterday", "1.2.3", "-5.0", "1.1234567891", "1.x"])
def test_a_time_that_cannot_be_read_is_unsure(broken: str) -> None:
    assert likeness(HERE, seen(broken), NOW) is UNSURE
    assert likeness(replace(HERE, changed=broken), seen("5.0"), NOW) is UNSURE
    assert likeness(HERE, seen("5.0"), replace(NOW, changed=broken)) is UNSURE


def test_what_was_not_seen_is_unsure() -> None:
    assert likeness(None, HERE) is UNSURE
    assert likeness(HERE, None, NOW) is UNSURE


def test_a_clock_that_was_set_back_makes_the_whole_span_unsure() -> None:
    assert likeness(NOW, seen("1500.0"), HERE) is UNSURE


def test_on_a_network_file_system_a_cached_change_time_may_be_older_than_the_truth() -> None:
    inside, outside = seen(f"{1000 - CACHED_SECONDS}.5"), seen(f"{1000 - CACHED_SECONDS}.499999999")
    assert likeness(HERE, inside, cached_seconds=CACHED_SECONDS) is UNSURE
    assert likeness(HERE, outside, cached_seconds=CACHED_SECONDS) is ANOTHER


# a shared directory over one of whose files something else is mounted


def test_two_looks_at_one_shared_file_agree() -> None:
    assert contradicts(HERE, HERE) == ""
    assert contradicts(HERE, NOW) == ""
    assert contradicts(NOW, replace(NOW, changed="1910.0")) == ""
    assert contradicts(None, HERE) == ""
    assert contradicts(HERE, None) == ""


def test_another_size_or_an_older_change_time_shows_another_file_in_its_place() -> None:
    assert "bytes" in contradicts(HERE, replace(HERE, capacity_bytes=5))
    assert "another file" in contradicts(HERE, OLDER)


# the source's agent, once more before the start

COPY = Copy("vdb", IMAGE.path, "qcow2", IMAGE.virtual_size_bytes or 0, create=False, existing=OLDER)
SECOND_LOOK = replace(IMAGE, fingerprint=NOW)


def test_an_image_that_is_older_than_the_first_look_is_another() -> None:
    assert same_image((COPY,), (IMAGE,), (SECOND_LOOK,)) is None


@pytest.mark.parametrize("existing", [HERE, NOW, seen("1500.0"), None])
def test_an_image_that_may_be_the_sources_own_is_told_by_its_disk(existing: Fingerprint | None) -> None:
    found = same_image((replace(COPY, existing=existing),), (IMAGE,), (SECOND_LOOK,))
    assert found is not None
    assert found[0] == "vdb"
    assert "disk vdb" in found[1]
    assert IMAGE.path in found[1]


def test_an_image_that_may_be_another_disks_file_is_told_too() -> None:
    other = replace(IMAGE, path="/images/other.qcow2", fingerprint=seen("400.0"))
    later = replace(other, fingerprint=seen("600.0"))
    found = same_image((COPY,), (IMAGE, other), (SECOND_LOOK, later))
    assert found is not None
    assert "/images/other.qcow2" in found[1]


def test_paths_are_compared_in_their_plain_form() -> None:
    doubled = replace(IMAGE, path="/images//vdb.qcow2")
    assert same_image((COPY,), (doubled,), (replace(SECOND_LOOK, path="/images/./vdb.qcow2"),)) is None


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((), (SECOND_LOOK,)),
        ((IMAGE,), ()),
        ((IMAGE,), (ImageFacts(IMAGE.path, FileKind.UNKNOWN),)),
        ((replace(IMAGE, fingerprint=None),), (SECOND_LOOK,)),
    ],
)
def test_what_could_not_be_looked_at_again_is_no_pass(
    before: tuple[ImageFacts, ...], now: tuple[ImageFacts, ...]
) -> None:
    found = same_image((COPY,), before, now)
    assert found is not None
    assert "looked at once more" in found[1]


def test_an_image_that_is_made_for_the_copy_needs_no_look() -> None:
    assert same_image((replace(COPY, create=True, existing=None),), (), ()) is None
