import pytest
from msgspec.structs import replace

from godwit.domain.checks import memory_lock
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import CheckResult
from godwit.domain.placement import Placement

from ..builders import FACTS, facts

MIB, GIB = 1 << 20, 1 << 30
ENOUGH = GIB + 74 * MIB
"""1 GiB, 2 MiB of page tables, a vCPU and QEMU."""


def of(*, limit: int | None, locked: bool) -> PreflightFacts:
    placement = Placement(locked=locked, hard_limit_bytes=limit)
    return replace(facts(), guest=replace(FACTS, memory_bytes=GIB, placement=placement))


@pytest.mark.parametrize(
    ("limit", "locked", "result"),
    [
        (None, False, CheckResult.NOT_APPLICABLE),
        (None, True, CheckResult.PASS),
        (ENOUGH, True, CheckResult.PASS),
        (ENOUGH, False, CheckResult.PASS),
        (ENOUGH - 1, True, CheckResult.WARN),
        (ENOUGH - 1, False, CheckResult.WARN),
        (GIB - 1, True, CheckResult.FAIL),
        (GIB - 1, False, CheckResult.WARN),
    ],
)
def test_a_limit_is_as_large_as_what_is_locked_and_better_as_large_as_all_that_qemu_takes(
    limit: int | None, locked: bool, result: CheckResult
) -> None:
    [verdict] = memory_lock.check(of(limit=limit, locked=locked))
    assert verdict.result is result


def test_a_limit_that_is_too_small_is_told_with_one_that_is_enough() -> None:
    [verdict] = memory_lock.check(of(limit=512 * MIB, locked=True))
    assert "<hard_limit> of VM vm1 is 512 MiB, and 1024 MiB are to be locked" in verdict.message
    assert f"virsh memtune vm1 --hard-limit {ENOUGH // 1024} --live" in verdict.remedy


def test_an_older_agent_is_named() -> None:
    [verdict] = memory_lock.check(replace(facts(), guest=replace(FACTS, placement=None)))
    assert (verdict.result, verdict.host) == (CheckResult.NOT_RUN, "host1")
