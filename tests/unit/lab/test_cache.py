"""What is built once appears whole or not at all, whoever builds it and however that ends."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from labkit.cache import built, cache_directory, digest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, which does not exist yet."""
    monkeypatch.setenv("GODWIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(place: Path) -> None:
    (place / "file").write_text("whole")


def refuse(place: Path) -> None:
    raise AssertionError(f"{place} is built a second time")


def test_the_cache_is_made_where_the_environment_says(cache: Path) -> None:
    assert cache_directory() == cache
    assert cache.is_dir()


def test_a_thing_is_built_once_and_then_found(cache: Path) -> None:
    assert built("thing", write) == cache / "thing"
    assert (built("thing", refuse) / "file").read_text() == "whole"


def test_a_build_that_fails_leaves_nothing_and_the_next_one_begins_anew(cache: Path) -> None:
    def fail(place: Path) -> None:
        write(place)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        built("thing", fail)
    assert not [entry for entry in cache.iterdir() if entry.is_dir()]
    assert (built("thing", write) / "file").exists()


def test_nobody_sees_a_thing_that_is_not_finished(cache: Path) -> None:
    def look(place: Path) -> None:
        write(place)
        assert not (cache / "thing").exists()

    assert built("thing", look).exists()


def test_what_a_killed_build_left_is_removed_and_not_taken_for_the_thing(cache: Path) -> None:
    leftover, other = cache / "thing.killed", cache / "thing2.killed"
    for place in (leftover, other):
        place.mkdir(parents=True)
    assert (built("thing", write) / "file").exists()
    assert not leftover.exists()
    assert other.exists()


def test_two_who_want_it_at_once_build_it_once() -> None:
    together = Barrier(2)
    times: list[str] = []

    def slow(place: Path) -> None:
        times.append(place.name)
        write(place)

    def want() -> Path:
        together.wait(5)
        return built("thing", slow)

    with ThreadPoolExecutor(2) as workers:
        first, second = workers.submit(want), workers.submit(want)
        assert first.result() == second.result()
    assert len(times) == 1


def test_a_digest_changes_with_each_input_and_with_where_one_ends() -> None:
    assert digest("a", "b") == digest("a", b"b")
    assert (
        len({digest("a", "b"), digest("b", "a"), digest("ab"), digest("a", "b", ""), digest("a", "c")}) == 5
    )
    assert len(digest("a")) == 12
