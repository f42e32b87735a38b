"""How the bandwidth is divided: never 0, together never more than it is, and nearly all of it."""

from itertools import product

import pytest
from msgspec.structs import replace

from godwit.domain.image import Mirror
from godwit.domain.limits import MEBIBYTE
from godwit.domain.storage import MirrorShare, Shares, at_first, shares, to_put_right

EVERY_BANDWIDTH = [1, 2, 3, 5, 7, 8, 10, 16, 25, 99, 100, 500, 1000, 12_500]
EVERY_WRITES = [None, 0, 1, MEBIBYTE, 7 * MEBIBYTE, 100 * MEBIBYTE, 1 << 40]


def mirrors(unfinished: int, ready: int = 0) -> tuple[Mirror, ...]:
    return tuple(
        Mirror(f"vd{'abcdefghijklmnop'[number]}", 100 if number >= unfinished else 10, 100)
        for number in range(unfinished + ready)
    )


def together(found: Shares) -> int:
    return sum(share.bytes_per_second for share in found.mirrors)


@pytest.mark.parametrize(
    ("whole", "disks", "each"),
    [(None, 3, None), (100, 1, 100), (100, 3, 33), (2, 3, 1), (1, 16, 1), (5, 0, 5)],
)
def test_the_request_divides_by_the_disks_and_never_to_nothing(
    whole: int | None, disks: int, each: int | None
) -> None:
    assert at_first(whole, disks) == each


@pytest.mark.parametrize("memory_flows", [False, True])
def test_without_a_bandwidth_there_is_no_limit_anywhere(memory_flows: bool) -> None:
    found = shares(None, mirrors(1, 1), memory_flows=memory_flows)
    assert found == Shares(None, (MirrorShare("vda", 0), MirrorShare("vdb", 0)))


@pytest.mark.parametrize("memory_flows", [False, True])
def test_without_mirrors_the_memory_has_all_of_it(memory_flows: bool) -> None:
    assert shares(100, (), memory_flows=memory_flows) == Shares(100)


@pytest.mark.parametrize("disks", [(1, 0), (3, 0), (2, 1), (1, 2), (0, 3), (0, 1), (16, 0)])
def test_while_disks_are_copied_nearly_all_of_it_is_theirs(disks: tuple[int, int]) -> None:
    for whole, writes in product(EVERY_BANDWIDTH, EVERY_WRITES):
        found = shares(whole, mirrors(*disks), memory_flows=False, writes_bytes_per_second=writes)
        assert all(share.bytes_per_second > 0 for share in found.mirrors)
        assert 0.999 * whole * MEBIBYTE <= together(found) <= whole * MEBIBYTE
        assert found.memory_mebibytes_per_second


@pytest.mark.parametrize("disks", [1, 3, 16])
def test_when_the_memory_flows_all_shares_together_are_the_bandwidth(disks: int) -> None:
    for whole, writes in product(EVERY_BANDWIDTH[1:], EVERY_WRITES):
        found = shares(whole, mirrors(0, disks), memory_flows=True, writes_bytes_per_second=writes)
        memory = found.memory_mebibytes_per_second
        assert memory
        assert all(share.bytes_per_second > 0 for share in found.mirrors)
        assert 0.999 * whole * MEBIBYTE <= memory * MEBIBYTE + together(found) <= whole * MEBIBYTE
        assert memory * MEBIBYTE >= whole * MEBIBYTE // 2 - MEBIBYTE


@pytest.mark.parametrize("disks", [1, 3, 16])
def test_one_mebibyte_is_the_memorys_and_the_mirrors_have_a_sixteenth_beside_it(disks: int) -> None:
    found = shares(1, mirrors(0, disks), memory_flows=True)
    assert found.memory_mebibytes_per_second == 1
    assert 0 < together(found) <= MEBIBYTE // 16


@pytest.mark.parametrize(
    ("writes", "mirrors_have"), [(None, 13), (0, 13), (6 * MEBIBYTE, 13), (20 * MEBIBYTE, 40), (1 << 40, 50)]
)
def test_the_mirrors_have_twice_what_the_guest_writes_between_an_eighth_and_a_half(
    writes: int | None, mirrors_have: int
) -> None:
    found = shares(100, mirrors(0, 1), memory_flows=True, writes_bytes_per_second=writes)
    assert found.memory_mebibytes_per_second == 100 - mirrors_have
    assert together(found) == mirrors_have * MEBIBYTE


def test_the_memory_has_before_it_flows_what_it_will_have_then() -> None:
    before = shares(100, mirrors(2, 1), memory_flows=False, writes_bytes_per_second=20 * MEBIBYTE)
    after = shares(100, mirrors(0, 3), memory_flows=True, writes_bytes_per_second=20 * MEBIBYTE)
    assert before.memory_mebibytes_per_second == after.memory_mebibytes_per_second


def test_finished_mirrors_have_a_sixteenth_in_all_and_the_others_the_rest() -> None:
    found = shares(16, mirrors(2, 2), memory_flows=False)
    assert [share.bytes_per_second for share in found.mirrors] == [
        15 * MEBIBYTE // 2,
        15 * MEBIBYTE // 2,
        MEBIBYTE // 2,
        MEBIBYTE // 2,
    ]


def test_shares_keep_the_order_and_the_names_of_the_mirrors() -> None:
    mixed = (Mirror("vdb", 100, 100), Mirror("vda", 1, 100))
    assert [share.target for share in shares(16, mixed, memory_flows=False).mirrors] == ["vdb", "vda"]


def test_a_mirror_that_has_not_said_its_size_is_not_finished() -> None:
    assert not Mirror("vda").ready


def test_a_mirror_that_has_nothing_to_copy_is_finished() -> None:
    assert Mirror("vda", 0, 0).ready


def test_only_what_differs_is_put_right_and_only_where_there_is_a_mirror() -> None:
    running = (
        replace(Mirror("vda", 1, 100), bandwidth_bytes_per_second=8 * MEBIBYTE),
        replace(Mirror("vdb", 1, 100), bandwidth_bytes_per_second=5),
        Mirror("vdc", 1, 100),
    )
    wanted = Shares(
        None,
        (
            MirrorShare("vda", 8 * MEBIBYTE),
            MirrorShare("vdb", 8 * MEBIBYTE),
            MirrorShare("vdc", 8 * MEBIBYTE),
            MirrorShare("vdd", 8 * MEBIBYTE),
        ),
    )
    assert [share.target for share in to_put_right(wanted, running)] == ["vdb", "vdc"]


def test_a_limit_that_was_taken_away_is_taken_from_the_mirrors() -> None:
    limited = (replace(Mirror("vda", 1, 100), bandwidth_bytes_per_second=5),)
    wanted = shares(None, limited, memory_flows=False)
    assert to_put_right(wanted, limited) == (MirrorShare("vda", 0),)


def test_asked_again_with_the_same_figures_nothing_is_to_be_put_right() -> None:
    running = mirrors(2, 1)
    wanted = shares(100, running, memory_flows=False)
    by_target = {share.target: share.bytes_per_second for share in wanted.mirrors}
    tuned = tuple(replace(mirror, bandwidth_bytes_per_second=by_target[mirror.target]) for mirror in running)
    assert to_put_right(shares(100, tuned, memory_flows=False), tuned) == ()
