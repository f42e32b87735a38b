import pytest

from godwit.domain.duration import seconds, text


@pytest.mark.parametrize(
    ("written", "meant"),
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("2m0s", 120)],
)
def test_a_duration_is_read_as_people_write_it(written: str, meant: float) -> None:
    assert seconds(written) == pytest.approx(meant)


@pytest.mark.parametrize(
    "written", ["", "0", "0s", "0h0m", "-1", "-1s", "soon", "5", "5 m", "1e30h", "m", "1d", "5m "]
)
def test_what_is_no_duration_above_zero_is_refused_by_its_text(written: str) -> None:
    with pytest.raises(ValueError, match="is no duration") as refused:
        seconds(written)
    assert repr(written) in str(refused.value)


@pytest.mark.parametrize(
    ("total", "shown"),
    [(0, "0s"), (-3, "0s"), (8.4, "8s"), (59.6, "1m00s"), (72, "1m12s"), (3600, "1h00m"), (7530, "2h05m")],
)
def test_a_duration_is_shown_in_two_units_at_most(total: float, shown: str) -> None:
    assert text(total) == shown
