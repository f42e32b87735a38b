import pytest
from msgspec.structs import replace

from godwit.domain.checks import clock
from godwit.domain.migration import Check, CheckResult
from godwit.domain.observation import ClockSkew

from ..builders import facts


def verdict(skew: ClockSkew | None) -> Check:
    [check] = clock.check(replace(facts(), clock_skew=skew))
    return check


@pytest.mark.parametrize(
    ("ahead", "unsure", "result"),
    [
        (0.0, 0.1, CheckResult.PASS),
        (0.9, 0.0, CheckResult.PASS),
        (-1.5, 1.0, CheckResult.PASS),
        (5.0, 0.2, CheckResult.WARN),
        (-5.0, 0.2, CheckResult.WARN),
        (60.0, 0.1, CheckResult.WARN),
        (0.0, 61.0, CheckResult.WARN),
        (90.0, 0.2, CheckResult.FAIL),
        (-90.0, 0.2, CheckResult.FAIL),
    ],
)
def test_what_is_surely_too_much_counts(ahead: float, unsure: float, result: CheckResult) -> None:
    assert verdict(ClockSkew(ahead, unsure)).result is result


def test_the_difference_is_told_with_both_hosts_and_its_direction() -> None:
    failed = verdict(ClockSkew(-90.04, 0.21))
    assert failed.message == "the clock of host2 is 90.0 s behind that of host1, give or take 0.2 s"
    assert "`chronyc tracking` on host1 and on host2" in failed.remedy
    assert "ahead of" in verdict(ClockSkew(90.0, 0.2)).message


def test_one_that_nobody_has_measured_warns_and_stops_nothing() -> None:
    unknown = verdict(None)
    assert (unknown.result, unknown.stops) == (CheckResult.WARN, False)
    assert "not known" in unknown.message
