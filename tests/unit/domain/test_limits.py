import pytest

from godwit.domain.limits import Limits, OnTimeout, Tuning, limits_of
from godwit.domain.quantity import bytes_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1k", 1000), ("500Mi", 500 << 20), ("2G", 2 * 10**9), ("1Ti", 1 << 40)],
)
def test_an_amount_is_a_whole_number_with_a_unit(text: str, expected: int) -> None:
    assert bytes_in(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "5GB", "1e30", "1.5Mi", "500", "Mi", "500 Mi"])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="write a whole number and a unit"):
        bytes_in(text)


def test_nothing_asked_is_libvirts_own() -> None:
    assert limits_of(Tuning()) == Limits()


def test_limits_are_in_libvirts_units_and_never_become_none_by_rounding() -> None:
    asked = Tuning(max_downtime="0.5ms", bandwidth="1500k", timeout="1m30s", on_timeout=OnTimeout.SUSPEND)
    assert limits_of(asked) == Limits(1, 1, 90, OnTimeout.SUSPEND)
    assert limits_of(Tuning(bandwidth="1023Ki")).bandwidth_mebibytes_per_second == 1
