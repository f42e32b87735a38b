"""A figure is ok or missed, and no percentile is a number that nobody measured."""

import pytest

from benchkit.figures import Figure, beside, percentile, percentiles, spread


def test_a_value_at_its_limit_is_ok_and_one_above_it_is_missed() -> None:
    assert Figure("a", 3.0, 3.0).verdict == "ok"
    assert Figure("a", 3.01, 3.0).verdict == "MISSED"


def test_nothing_promised_is_neither_kept_nor_missed() -> None:
    assert beside("a", [7.0], "s").verdict == ""


def test_p99_of_twenty_is_the_worst_of_them_and_p50_the_tenth() -> None:
    values = [float(number) for number in range(20, 0, -1)]
    assert percentile(values, 99) == 20
    assert percentile(values, 50) == 10


def test_percentiles_of_one_value_are_that_value() -> None:
    assert (percentile([4.2], 1), percentile([4.2], 99)) == (4.2, 4.2)


def test_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_a_spread_tells_both_ends() -> None:
    seen = spread([3.0, 1.0, 2.0])
    assert (seen.count, seen.least, seen.p50, seen.most) == (3, 1.0, 2.0, 3.0)


def test_a_promise_of_p50_and_p99_is_kept_by_each_of_them_alone() -> None:
    p50, p99 = percentiles("a", [0.5] * 19 + [9.0], 1.0, 3.0, "s")
    assert (p50.verdict, p99.verdict) == ("ok", "MISSED")
