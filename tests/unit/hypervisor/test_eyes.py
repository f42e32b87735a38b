import os
from pathlib import Path

import pytest

from godwit.domain.image import FileKind
from godwit.hypervisor.eyes import Eyes, same_inode
from godwit.hypervisor.mounts import Mounts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    return tmp_path


def eyes(root: Path) -> Eyes:
    return Eyes(("/images/", "/images/inner"), Mounts(Path("/proc/self/mountinfo")), root)


def test_only_plain_names_below_the_directories_are_covered(root: Path) -> None:
    for path in ("/images", "/images/a", "/images/inner/b"):
        assert eyes(root).covers(path)
    for path in ("/", "/images2/a", "/images/../etc/passwd", "/images//a", "images/a", ""):
        assert not eyes(root).covers(path)
        assert eyes(root).sight(path).kind is FileKind.UNKNOWN
        assert eyes(root).identity(path) == ""


def test_each_kind_is_seen_for_what_it_is(root: Path) -> None:
    place = root / "images"
    (place / "file").write_text("x")
    (place / "directory").mkdir()
    (place / "link").symlink_to("file")
    (place / "dangling").symlink_to("nothing")
    (place / "loop").symlink_to("directory")
    os.mkfifo(place / "fifo")
    kinds = {
        "file": FileKind.REGULAR,
        "directory": FileKind.DIRECTORY,
        "link": FileKind.SYMLINK,
        "dangling": FileKind.SYMLINK,
        "loop/file": FileKind.SYMLINK,
        "fifo": FileKind.OTHER,
        "nothing": FileKind.ABSENT,
        "nothing/below": FileKind.ABSENT,
        "file/below": FileKind.ABSENT,
    }
    assert {name: eyes(root).sight(f"/images/{name}").kind for name in kinds} == kinds
    assert "/images/loop is a symlink" in eyes(root).sight("/images/loop/file").message


def test_an_image_directory_may_itself_be_reached_by_a_symlink(root: Path) -> None:
    (root / "images").rename(root / "elsewhere")
    (root / "images").symlink_to("elsewhere")
    (root / "images/file").write_text("x")
    assert eyes(root).sight("/images").kind is FileKind.DIRECTORY
    assert eyes(root).sight("/images/file").kind is FileKind.REGULAR


def test_an_identity_is_of_the_file_and_of_no_name(root: Path) -> None:
    place = root / "images"
    (place / "one").write_text("x")
    (place / "two").hardlink_to(place / "one")
    (place / "three").symlink_to("one")
    (place / "other").write_text("x")
    one = eyes(root).sight("/images/one").identity
    assert one
    assert eyes(root).sight("/images/two").identity == one
    assert eyes(root).identity("/images/three") == one
    assert eyes(root).identity("/images/other") not in ("", one)
    (place / "one").write_text("changed")
    assert eyes(root).sight("/images/one").identity == one


def test_the_same_inode_is_the_same_under_another_name_of_its_file_system() -> None:
    assert same_inode("10.0.0.1:images:17:5.000000001", "10.0.0.2:images:17:5.000000001")
    assert not same_inode("a:17:5.000000001", "a:17:6.000000001")
    assert not same_inode("a:17:", "a:18:")


def test_what_was_on_another_file_system_is_away_and_what_was_on_this_one_is_not(root: Path) -> None:
    (root / "images/deep").mkdir()
    (root / "images/deep/file").write_text("x")
    identity = eyes(root).sight("/images/deep/file").identity
    elsewhere = f"other{identity}"
    assert not eyes(root).is_away("/images/deep/file", identity)
    assert eyes(root).is_away("/images/deep/file", elsewhere)
    (root / "images/deep/file").unlink()
    (root / "images/deep").rmdir()
    assert not eyes(root).is_away("/images/deep/file", identity)
    assert eyes(root).is_away("/images/deep/file", elsewhere)
    for nothing_known in ("", "some"):
        assert not eyes(root).is_away("/images/deep/file", nothing_known)
    assert not eyes(root).is_away("/elsewhere/file", elsewhere), "nobody can say"
    (root / "images").rmdir()
    assert eyes(root).is_away("/images/deep/file", identity), "the image directory itself is not there"


def test_missing_levels_are_told_from_above(root: Path) -> None:
    (root / "images/a").mkdir()
    assert eyes(root).missing_levels("/images/a/b/c") == ("/images/a/b", "/images/a/b/c")
    assert eyes(root).missing_levels("/images/a") == ()


def test_a_directory_is_empty_only_if_that_is_seen(root: Path) -> None:
    assert eyes(root).is_empty("/images")
    assert not eyes(root).is_empty("/images/nothing")
    (root / "images/.hidden").write_text("")
    assert not eyes(root).is_empty("/images")


def test_old_files_are_found_below_and_never_through_a_symlink(root: Path) -> None:
    for name in ("images/.godwit-old", "images/a/b/.godwit-old", "images/.godwit-young", "out/.godwit-old"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
        if name.endswith("old"):
            os.utime(root / name, (1, 1))
    (root / "images/link").symlink_to("../out")
    (root / "images/.godwit-link").symlink_to("../out/.godwit-old")
    found = eyes(root).files_named(".godwit-", older_than_seconds=60)
    assert found == ("/images/.godwit-old", "/images/a/b/.godwit-old")
