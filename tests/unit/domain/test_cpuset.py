import pytest

from godwit.domain import cpuset


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", set()),
        ("3", {3}),
        ("0-3", {0, 1, 2, 3}),
        ("0-3,^2", {0, 1, 3}),
        ("^2,0-3", {0, 1, 3}),
        ("0-7,^2-5,8", {0, 1, 6, 7, 8}),
        (" 1 , 3 ", {1, 3}),
        ("65535", {65535}),
    ],
)
def test_a_list_of_numbers_is_read(written: str, meant: set[int]) -> None:
    assert cpuset.parse(written) == meant


@pytest.mark.parametrize("written", ["a", "1-", "-1", "3-1", "^", "1.5", "0-65536", "0-99999999999", "0 1"])
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no list of numbers"):
        cpuset.parse(written)


@pytest.mark.parametrize("text", ["", "0", "0-2", "0-2,8", "1,3,5-6"])
def test_it_is_written_in_its_shortest_form(text: str) -> None:
    assert cpuset.text(cpuset.parse(text)) == text


def test_what_of_a_list_is_not_there_is_told_as_a_list() -> None:
    assert cpuset.missing("0-3,8", frozenset({0, 1})) == "2-3,8"
    assert cpuset.missing("0-1", frozenset({0, 1, 2})) == ""
