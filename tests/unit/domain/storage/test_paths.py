import pytest

from godwit.domain.storage.paths import directory_of, lies_under, normal, trouble


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/a/b.img", "/a/b.img"),
        ("/a//b.img", "/a/b.img"),
        ("//a/./b.img/", "/a/b.img"),
        ("/", "/"),
        ("/a/../b", "/a/../b"),
        ("relative//b", "relative//b"),
    ],
)
def test_what_means_nothing_is_taken_away_and_dots_up_are_never_resolved(path: str, plain: str) -> None:
    assert normal(path) == plain


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("b.img", "not absolute"),
        ("", "not absolute"),
        ("/a/../b.img", "`..`"),
        ("/a/..", "`..`"),
        ("/a\n/b.img", "control character"),
        ("/a\0b", "control character"),
    ],
)
def test_a_path_of_which_nothing_can_be_proven_says_why(path: str, words: str) -> None:
    assert words in trouble(path)


@pytest.mark.parametrize("path", ["/a/b.img", "/a/..b", "/a/b..", "/a//b", "/a/...", "/ä/b c.img"])
def test_a_plain_path_is_no_trouble(path: str) -> None:
    assert trouble(path) == ""


def test_the_directory_of_a_path() -> None:
    assert directory_of("/a/b/c.img") == "/a/b"
    assert directory_of("/a//b//c.img") == "/a/b"
    assert directory_of("/c.img") == "/"


def test_lying_under_a_directory_goes_by_whole_names() -> None:
    assert lies_under("/a/b/c.img", "/a")
    assert lies_under("/a//c.img", "/a/")
    assert lies_under("/c.img", "/")
    assert not lies_under("/ab/c.img", "/a")
    assert not lies_under("/a", "/a")
