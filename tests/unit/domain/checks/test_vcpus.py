import pytest
from msgspec.structs import replace

from godwit.domain.checks import vcpus
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import CPU
from godwit.domain.migration import CheckResult

from ..builders import FACTS, HOSTS, facts


def of(guest: int, host: int) -> PreflightFacts:
    status = replace(HOSTS[1].status, cpu=CPU(count=host))
    return replace(facts(), guest=replace(FACTS, vcpus=guest), destination=replace(HOSTS[1], status=status))


@pytest.mark.parametrize(("guest", "host"), [(1, 1), (2, 2), (4, 64)])
def test_as_many_cpus_pass(guest: int, host: int) -> None:
    [verdict] = vcpus.check(of(guest, host))
    assert (verdict.result, verdict.host) == (CheckResult.PASS, "host2")


def test_more_vcpus_than_cpus_fail_with_both_numbers() -> None:
    [verdict] = vcpus.check(of(4, 2))
    assert verdict.stops
    assert verdict.message == "VM vm1 has 4 vCPUs, host2 has 2 CPUs"
    assert "virsh setvcpus vm1 2 --config" in verdict.remedy


def test_it_may_be_forced() -> None:
    [verdict] = vcpus.RULE.run(of(4, 2), frozenset({"VCPUs"}))
    assert (verdict.result, verdict.forced, verdict.stops) == (CheckResult.FAIL, True, False)


def test_a_host_that_does_not_tell_its_cpus_is_no_pass() -> None:
    [verdict] = vcpus.check(of(1, 0))
    assert verdict.result is CheckResult.NOT_RUN
    assert "host2" in verdict.message
