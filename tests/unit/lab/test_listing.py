"""What came, went or changed between two looks at a directory."""

from dataclasses import replace

from labkit.listing import Entry, changes, parse

IMAGE = Entry("f", 7, 4096, 512, "600", 0, 0)


def test_a_line_of_find_is_an_entry_whatever_its_name_holds() -> None:
    found = parse("f\t7\t4096\t1\t600\t0\t0\t/local/a b\tc.raw\nd\t8\t40\t0\t755\t1\t2\t/local/d\n")
    assert found == {"/local/a b\tc.raw": IMAGE, "/local/d": Entry("d", 8, 40, 0, "755", 1, 2)}


def test_nothing_is_listed_where_nothing_is() -> None:
    assert parse("") == {}


def test_what_was_written_into_a_file_is_no_change() -> None:
    assert changes({"/a": IMAGE}, {"/a": replace(IMAGE, size_bytes=9, allocated_bytes=1)}) == {}


def test_each_change_is_told_by_its_path() -> None:
    before = {"/gone": IMAGE, "/other": IMAGE, "/dir": IMAGE, "/mode": IMAGE, "/same": IMAGE}
    after = {
        "/new": IMAGE,
        "/other": replace(IMAGE, inode=8),
        "/dir": replace(IMAGE, kind="d"),
        "/mode": replace(IMAGE, mode="644", owner=1),
        "/same": IMAGE,
    }
    assert changes(before, after) == {
        "/dir": "is another file than before",
        "/gone": "is gone",
        "/mode": "was 600 of 0:0 and is 644 of 1:0",
        "/new": "is new",
        "/other": "is another file than before",
    }
