"""What copies take at the destination: per file system, thin, layers included, beside what others have."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DiskFacts
from godwit.domain.image import Copy, DirectoryFacts
from godwit.domain.storage import Promise, Shortage, promises, shortages
from godwit.domain.storage.space import MARGIN_BYTES, needed_bytes

from .known import GIB, IMAGE, LOCAL, RAW, THERE

KIB, MIB = 1 << 10, 1 << 20
FULL = GIB + 8 * 64 * KIB
"""A qcow2 of 1 GiB: its header, four L2 tables, and a cluster each for L1, refcounts and their table."""


def disk(allocated: int | None, below: int | None = None, layers: int = 0) -> DiskFacts:
    image = replace(IMAGE, allocated_bytes=allocated)
    backing = tuple(f"/base/{number}" for number in range(layers))
    return replace(LOCAL, image=image, backing=backing, backing_allocated_bytes=below)


@pytest.mark.parametrize(
    ("allocated", "below", "layers", "needed"),
    [
        (100 * MIB, None, 0, 169 * MIB),
        (0, None, 0, 64 * MIB),
        (GIB, None, 0, FULL),
        (2 * GIB, None, 0, FULL),
        (None, None, 0, FULL),
        (100 * MIB, 200 * MIB, 2, 379 * MIB),
        (100 * MIB, 2 * GIB, 1, FULL),
        (100 * MIB, None, 1, FULL),
        (None, 200 * MIB, 1, FULL),
    ],
    ids=[
        "thin",
        "empty",
        "full",
        "more than virtual",
        "unknown",
        "chain",
        "long chain",
        "unknown layers",
        "unknown top",
    ],
)
def test_what_is_needed_is_what_is_allocated_with_a_margin_and_never_more_than_fits_into_the_image(
    allocated: int | None, below: int | None, layers: int, needed: int
) -> None:
    assert needed_bytes(disk(allocated, below, layers), GIB) == needed


@pytest.mark.parametrize(
    ("allocated", "needed"),
    [
        (0, 64 * MIB),
        (60 * MIB, 127 * MIB),
        (61 * MIB, 128 * MIB),
        (128 * MIB, 128 * MIB),
        (None, 128 * MIB),
    ],
)
def test_a_small_raw_image_takes_its_virtual_size_at_most(allocated: int | None, needed: int) -> None:
    raw = replace(RAW, image=replace(IMAGE, allocated_bytes=allocated, cluster_size_bytes=None))
    assert needed_bytes(raw, 128 * MIB) == needed


def test_an_encrypted_raw_image_takes_all_of_its_size_and_an_encrypted_qcow2_what_is_allocated() -> None:
    raw = replace(RAW, encrypted=True, image=replace(IMAGE, allocated_bytes=MIB, cluster_size_bytes=None))
    assert needed_bytes(raw, GIB) == GIB
    assert needed_bytes(replace(disk(100 * MIB), encrypted=True), GIB) == 169 * MIB


def test_a_raw_and_a_qcow2_of_64_mib_together_take_no_more_than_can_be_written() -> None:
    qcow2 = needed_bytes(disk(40 * MIB), 64 * MIB)
    assert qcow2 == 64 * MIB + 5 * 64 * KIB
    raw = replace(RAW, image=replace(IMAGE, allocated_bytes=80 * MIB, cluster_size_bytes=None))
    assert needed_bytes(raw, 128 * MIB) + qcow2 == 192 * MIB + 320 * KIB


def test_the_clusters_of_the_image_that_exists_count() -> None:
    there = replace(THERE, cluster_size_bytes=2 * MIB, allocated_bytes=0)
    assert needed_bytes(disk(64 * MIB), 64 * MIB, there) == 64 * MIB + 5 * 2 * MIB
    unknown = replace(there, cluster_size_bytes=None)
    assert needed_bytes(disk(64 * MIB), 64 * MIB, unknown) == 64 * MIB + 5 * 64 * KIB


def test_an_image_that_exists_holds_some_of_it_already() -> None:
    there = replace(THERE, allocated_bytes=60 * MIB)
    assert needed_bytes(disk(100 * MIB), GIB, there) == 45 * MIB + MARGIN_BYTES
    assert needed_bytes(disk(100 * MIB), GIB, replace(there, allocated_bytes=GIB)) == 0
    assert (
        needed_bytes(disk(100 * MIB), GIB, replace(there, allocated_bytes=None)) == 105 * MIB + MARGIN_BYTES
    )


def copy(path: str, needed: int | None = 100) -> Copy:
    return Copy("vdb", path, "raw", 1000, needed_bytes=needed)


def place(path: str, free: int | None, device: str = "") -> DirectoryFacts:
    return DirectoryFacts(path, free_bytes=free, device=device)


def test_space_that_is_just_enough_is_enough() -> None:
    assert shortages([copy("/a/x")], [place("/a", 100)]) == ()
    assert shortages([copy("/a/x")], [place("/a", 99)]) == (Shortage(("/a",), 100, 0, 99),)


def test_images_in_one_directory_count_together() -> None:
    [short] = shortages([copy("/a/x"), copy("/a/y")], [place("/a", 150)])
    assert (short.needed_bytes, short.missing_bytes) == (200, 50)


def test_directories_of_one_file_system_share_its_space() -> None:
    copies = [copy("/a/x"), copy("/a/b/y")]
    [short] = shortages(copies, [place("/a", 150, "8:1"), place("/a/b", 150, "8:1")])
    assert (short.directories, short.missing_bytes) == (("/a", "/a/b"), 50)
    assert shortages(copies, [place("/a", 150, "8:1"), place("/a/b", 150, "8:2")]) == ()
    assert shortages(copies, [place("/a", 150), place("/a/b", 150)]) == ()


def test_what_was_promised_to_others_on_the_same_file_system_counts() -> None:
    places = [place("/a", 150, "8:1"), place("/b", 150, "8:1")]
    [short] = shortages([copy("/a/x")], places, [Promise("/a", 30), Promise("/b", 30)])
    assert (short.promised_bytes, short.missing_bytes) == (60, 10)
    assert shortages([copy("/a/x")], places, [Promise("/elsewhere", 1000)]) == ()


def test_a_promise_alone_is_nobodys_shortage() -> None:
    assert shortages([], [place("/a", 0)], [Promise("/a", 100)]) == ()


def test_space_that_is_not_known_is_no_pass() -> None:
    assert shortages([copy("/a/x")], [place("/a", None)])[0].free_bytes is None
    assert shortages([copy("/a/x")], [])[0].free_bytes is None
    both = shortages([copy("/a/x"), copy("/b/y")], [place("/a", 9999, "8:1"), place("/b", None, "8:1")])
    assert both[0].free_bytes is None


def test_the_smaller_of_two_figures_for_one_file_system_counts() -> None:
    [short] = shortages([copy("/a/x"), copy("/b/y")], [place("/a", 500, "8:1"), place("/b", 150, "8:1")])
    assert short.free_bytes == 150


def test_paths_in_another_spelling_lie_in_the_same_directory() -> None:
    [short] = shortages([copy("/a/x"), copy("/a//y")], [place("/a/", 150)], [Promise("/a//", 1)])
    assert short.missing_bytes == 51


def test_a_copy_whose_need_is_not_known_takes_all_that_it_can() -> None:
    assert shortages([copy("/a/x", None)], [place("/a", 999)])[0].needed_bytes == 1000
    qcow2 = replace(copy("/a/x", None), format="qcow2", virtual_size_bytes=64 * MIB)
    assert shortages([qcow2], [place("/a", 999)])[0].needed_bytes == 64 * MIB + 320 * KIB


def test_a_promise_shrinks_by_what_is_there_already() -> None:
    made = promises([copy("/a//x"), copy("/b/y", 50), copy("/b/z", None)], {"/a/x": 30, "/b/y": 60})
    assert made == (Promise("/a", 70), Promise("/b", 0), Promise("/b", 1000))


def test_the_sentence_says_what_is_missing_needed_promised_and_free() -> None:
    short = Shortage(("/a", "/b"), 300 * MIB, 100 * MIB, 150 * MIB)
    assert short.sentence == (
        "/a, /b lacks 250 MiB: 300 MiB are needed, 100 MiB are promised to other migrations, 150 MiB are free"
    )
    assert "promised" not in replace(short, promised_bytes=0).sentence
