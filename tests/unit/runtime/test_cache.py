import asyncio

import pytest

from godwit.runtime.cache import Body, Cache, Key

A, B = Key("ns", "a"), Key("ns", "b")


def parse(body: Body) -> str:
    return str(body["text"])


def body(text: str) -> Body:
    return {"text": text}


def changes_of(cache_changes: list[tuple[str, str | None]]) -> Cache[str]:
    return Cache(parse, lambda key, value: cache_changes.append((key.name, value)))


def test_the_newest_version_wins_whatever_the_order() -> None:
    changes: list[tuple[str, str | None]] = []
    cache = changes_of(changes)
    cache.saw(A, 9, body("nine"))
    cache.saw(A, 10, body("ten"))
    cache.saw(A, 9, body("nine again"))
    cache.saw(A, 10, body("ten again"))
    assert cache.get(A) == "ten"
    assert changes == [("a", "nine"), ("a", "ten")]


def test_a_deletion_is_told_and_a_late_one_of_a_namesake_is_not() -> None:
    changes: list[tuple[str, str | None]] = []
    cache = changes_of(changes)
    cache.saw(A, 1, body("first"))
    cache.saw(A, 5, body("second, of the same name"))
    cache.saw(A, 4, None)
    assert cache.get(A) == "second, of the same name"
    cache.saw(A, 6, None)
    assert cache.get(A) is None
    assert changes[-1] == ("a", None)
    assert len(cache) == 0


def test_what_a_list_no_longer_has_is_gone() -> None:
    changes: list[tuple[str, str | None]] = []
    cache = changes_of(changes)
    cache.saw(A, 1, body("a"))
    cache.saw(B, 2, body("b"))
    cache.listed({B: 2}, 7)
    assert cache.get(A) is None
    assert cache.get(B) == "b"
    assert changes[-1] == ("a", None)


def test_an_event_from_before_a_list_does_not_bring_back_what_the_list_lacks() -> None:
    cache = Cache(parse)
    cache.listed({}, 7)
    cache.saw(A, 6, body("late"))
    assert cache.get(A) is None
    cache.saw(A, 8, body("new"))
    assert cache.get(A) == "new"


def test_it_is_synced_when_all_that_was_listed_has_been_seen() -> None:
    cache = Cache(parse)
    assert not cache.synced
    cache.listed({A: 3, B: 4}, 7)
    cache.saw(A, 3, body("a"))
    assert not cache.synced
    cache.saw(B, 9, None)
    assert cache.synced


def test_an_older_state_of_a_listed_object_does_not_count_as_seen() -> None:
    cache = Cache(parse)
    cache.listed({A: 3}, 7)
    cache.saw(A, 2, body("older"))
    assert not cache.synced
    cache.saw(A, 3, body("as listed"))
    assert cache.synced


async def test_an_empty_list_is_synced_too() -> None:
    cache = Cache(parse)
    cache.listed({}, 1)
    await asyncio.wait_for(cache.wait_synced(), 1)


def test_a_second_list_keeps_what_it_has_in_its_newer_state() -> None:
    cache = Cache(parse)
    cache.replace_all({A: (1, body("one"))}, 5)
    cache.saw(A, 8, body("eight"))
    cache.replace_all({A: (6, body("six"))}, 7)
    assert cache.get(A) == "eight"
    assert cache.synced


def test_an_object_that_is_not_understood_stays_as_it_was_and_does_not_hold_up_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cache = Cache(parse)
    cache.saw(A, 1, body("good"))
    cache.saw(A, 2, {})
    cache.listed({A: 2, B: 3}, 7)
    cache.saw(B, 3, {})
    assert cache.get(A) == "good"
    assert cache.get(B) is None
    assert cache.values() == ("good",)
    assert cache.synced
    assert [vars(record)["object"] for record in caplog.records] == ["ns/a", "ns/b"]
    cache.saw(B, 4, body("mended"))
    assert cache.get(B) == "mended"
