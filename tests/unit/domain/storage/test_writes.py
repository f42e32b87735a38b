import pytest

from godwit.domain.limits import MEBIBYTE
from godwit.domain.storage import choose_writes

M = MEBIBYTE


@pytest.mark.parametrize(
    ("writes", "bandwidth", "synchronous"),
    [
        (0, 100, False),
        (50 * M - 1, 100, False),
        (50 * M, 100, True),
        (51 * M, 100, True),
        (M // 2 - 1, 1, False),
        (M // 2, 1, True),
        (3 * M // 2, 3, True),
        (0, None, False),
        (8 * M - 1, None, False),
        (8 * M, None, True),
        (100 * M, 1000, False),
        (None, 100, False),
        (None, None, False),
    ],
)
def test_writes_wait_for_the_copy_where_it_could_not_follow_them(
    writes: int | None, bandwidth: int | None, synchronous: bool
) -> None:
    assert choose_writes(writes, bandwidth, copied=True).synchronous is synchronous


def test_where_no_disk_is_copied_nothing_waits() -> None:
    chosen = choose_writes(1 << 40, 1, copied=False)
    assert not chosen.synchronous
    assert "no disk" in chosen.why


def test_the_reason_holds_the_measurement_and_what_it_was_held_against() -> None:
    assert choose_writes(60 * M, 100, copied=True).why.startswith(
        "the guest writes 60.0 MiB/s, no less than half of the bandwidth (100 MiB/s)"
    )
    assert "less than 8.0 MiB/s" in choose_writes(M, None, copied=True).why
    assert "could not be measured" in choose_writes(None, None, copied=True).why
