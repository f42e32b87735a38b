"""Whether a mirror can follow what the guest writes, by looks at it."""

import pytest

from godwit.domain.image import Mirror
from godwit.domain.limits import MEBIBYTE
from godwit.domain.storage import Look, cannot_follow, with_look

IMAGE = 10_000 * MEBIBYTE


def looks(
    sent: float,
    written: float,
    *,
    seconds: int = 11,
    limit: int = 0,
    step: int = 1,
    backlog: int = IMAGE,
) -> tuple[Look, ...]:
    """A look each second; MiB/s are sent, every `step` seconds at once, and written anew."""
    found = []
    for at in range(seconds):
        copied = int(sent * MEBIBYTE) * (step * (at // step + 1) + 1)
        total = int(sent * MEBIBYTE) * 2 + backlog + int(written * MEBIBYTE) * at
        found.append(Look(1000.0 + at, (Mirror("vda", min(copied, total), total, limit * MEBIBYTE),)))
    return tuple(found)


def behind(seen: tuple[Look, ...], *, was_complete: bool = False) -> bool:
    return bool(cannot_follow(seen, "vda", was_complete=was_complete))


@pytest.mark.parametrize(
    ("sent", "written", "falls"),
    [(6, 0, False), (6, 2.9, False), (6, 3, True), (6, 6, True), (6, 20, True), (0.1, 40, True)],
)
def test_one_of_which_half_of_what_is_sent_is_written_anew_can_not(
    sent: float, written: float, falls: bool
) -> None:
    assert behind(looks(sent, written)) is falls


def test_it_is_said_over_which_time_and_how_much() -> None:
    why = cannot_follow(looks(6, 9), "vda", was_complete=False)
    assert why == (
        "over 10 s of the copy the guest wrote 9.0 MiB/s, no less than half of what was sent (6.0 MiB/s)"
    )


def test_nothing_is_said_before_ten_seconds_have_been_seen() -> None:
    assert not behind(())
    assert not behind(looks(6, 9, seconds=10))
    assert behind(looks(6, 9, seconds=11))


def test_only_the_last_seconds_count() -> None:
    calm, wild = looks(6, 0, seconds=60), looks(6, 9)
    later = tuple(
        Look(
            look.at_seconds + 60,
            (Mirror("vda", look.mirrors[0].copied_bytes + 360 * MEBIBYTE, look.mirrors[0].total_bytes),),
        )
        for look in wild
    )
    assert not behind(calm)
    assert behind((*calm, *later))


def test_one_that_was_complete_at_any_look_follows() -> None:
    seen = looks(6, 9)
    complete = Look(seen[5].at_seconds, (Mirror("vda", 5, 5),))
    assert not behind((*seen[:5], complete, *seen[6:]))


def test_one_that_stands_still_waits_for_its_link_and_not_for_the_guest() -> None:
    seen = looks(6, 9)
    still = Look(seen[-1].at_seconds + 1, seen[-1].mirrors)
    assert not behind((*seen, still))


def test_one_that_has_not_counted_yet_is_not_seen_yet() -> None:
    beginning = Look(999.0, (Mirror("vda", 0, None),))
    assert not behind((beginning, *looks(6, 0, seconds=10)))


def test_one_with_a_limit_is_seen_over_several_of_its_steps() -> None:
    """1 MiB/s: 16 MiB at once, and the next 16 s later."""
    steps = {"limit": 1, "step": 16}
    assert not behind(looks(1, 0.9, seconds=63, **steps))
    assert behind(looks(1, 0.9, seconds=65, **steps))
    for seconds in range(2, 150):
        assert not behind(looks(1, 0.3, seconds=seconds, **steps)), seconds


def test_no_span_is_longer_than_two_minutes() -> None:
    seen: tuple[Look, ...] = ()
    for look in looks(1, 0.9, seconds=1000):
        seen = with_look(seen, look)
    assert len(seen) == 121
    slow = tuple(
        Look(each.at_seconds, (Mirror("vda", m.copied_bytes, m.total_bytes, 1),))
        for each in seen
        for m in each.mirrors
    )
    assert behind(slow)


def test_one_that_has_been_complete_may_be_a_little_behind() -> None:
    assert not behind(looks(6, 6, backlog=5 * MEBIBYTE), was_complete=True)
    assert behind(looks(6, 6, backlog=5 * MEBIBYTE))
    assert behind(looks(6, 6, backlog=50 * MEBIBYTE), was_complete=True)


def test_each_disk_has_a_word_of_its_own() -> None:
    calm, wild = looks(6, 0), looks(6, 9)
    both = tuple(
        Look(one.at_seconds, (*one.mirrors, Mirror("vdb", m.copied_bytes, m.total_bytes)))
        for one, other in zip(calm, wild, strict=True)
        for m in other.mirrors
    )
    assert not cannot_follow(both, "vda", was_complete=False)
    assert cannot_follow(both, "vdb", was_complete=False)
    assert not cannot_follow(both, "vdc", was_complete=False)
