"""How what the checks found is told in one sentence: counted apart, and as long as there is room."""

import pytest

from godwit.domain.migration import Check, CheckResult
from godwit.domain.steps.plan import MOST_JUDGED, judged
from godwit.domain.steps.preflight import all_of


@pytest.mark.parametrize(
    ("results", "counted"),
    [
        ([CheckResult.FAIL], "1 check failed"),
        ([CheckResult.NOT_RUN], "1 check could not run"),
        ([CheckResult.NOT_RUN] * 2, "2 checks could not run"),
        ([CheckResult.FAIL, CheckResult.FAIL, CheckResult.NOT_RUN], "2 checks failed, 1 could not run"),
    ],
)
def test_what_failed_and_what_could_not_run_are_counted_apart(
    results: list[CheckResult], counted: str
) -> None:
    checks = tuple(Check("Memory", result, "host2", "why", "do") for result in results)
    assert all_of(checks).startswith(f"{counted}. Memory: why (do)")


def test_what_could_not_run_and_was_forced_is_told_as_such() -> None:
    check = Check("VCPUs", CheckResult.NOT_RUN, "host2", "nobody knows", "see", forced=True)
    assert judged((check,)) == "no check stops it; VCPUs could not run and was forced: nobody knows"


def test_many_warnings_leave_room_for_what_is_told_after_them() -> None:
    checks = [Check("MTU", CheckResult.WARN, "host2", "w" * 100) for _ in range(20)]
    told = judged(tuple(checks))
    assert len(told) < MOST_JUDGED + 50
    assert told.endswith("…")
