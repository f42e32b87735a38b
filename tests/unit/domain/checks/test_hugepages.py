import pytest
from msgspec.structs import replace

from godwit.domain.checks import hugepages
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import Hugepages
from godwit.domain.migration import CheckResult
from godwit.domain.placement import HugepageDemand, Placement

from ..builders import FACTS, HOSTS, facts

MIB, GIB = 1 << 20, 1 << 30
SMALL, LARGE = 2 * MIB, GIB


def of(*demands: HugepageDemand, pools: tuple[Hugepages, ...] | None = ()) -> PreflightFacts:
    host = replace(HOSTS[1], status=replace(HOSTS[1].status, hugepages=pools))
    return replace(facts(), guest=replace(FACTS, placement=Placement(hugepages=demands)), destination=host)


def test_a_guest_without_large_pages_needs_none() -> None:
    [verdict] = hugepages.check(of(pools=None))
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_enough_free_pages_of_each_size_pass() -> None:
    demands = HugepageDemand(GIB, SMALL), HugepageDemand(2 * GIB, LARGE)
    [verdict] = hugepages.check(of(*demands, pools=(Hugepages(SMALL, 600, 512), Hugepages(LARGE, 2, 2))))
    assert verdict.result is CheckResult.PASS


def test_each_size_that_lacks_pages_is_told_with_the_command_that_makes_them() -> None:
    demands = HugepageDemand(GIB, SMALL), HugepageDemand(2 * GIB, LARGE)
    first, second = hugepages.check(of(*demands, pools=(Hugepages(SMALL, 600, 511),)))
    assert first.stops
    assert first.message == "512 pages of 2048 KiB are needed on host2, 511 of 600 are free"
    assert first.remedy == "`virsh allocpages 2048KiB 1 --add` on host2"
    assert second.message == "2 pages of 1 GiB are needed on host2, 0 of 0 are free"


def test_two_demands_of_one_size_are_added() -> None:
    demands = HugepageDemand(GIB, SMALL), HugepageDemand(GIB, SMALL)
    [verdict] = hugepages.check(of(*demands, pools=(Hugepages(SMALL, 1000, 1000),)))
    assert "1024 pages" in verdict.message


@pytest.mark.parametrize(
    ("pools", "result"),
    [
        ((), CheckResult.FAIL),
        ((Hugepages(SMALL), Hugepages(LARGE)), CheckResult.FAIL),
        ((Hugepages(SMALL, 512, 511),), CheckResult.FAIL),
        ((Hugepages(SMALL, 512, 512), Hugepages(LARGE)), CheckResult.PASS),
        ((Hugepages(SMALL, 512, 512), Hugepages(LARGE, 1, 0)), CheckResult.WARN),
    ],
    ids=["none", "empty pools", "too few", "one size in use", "which is the default?"],
)
def test_the_hosts_default_size_is_not_guessed(pools: tuple[Hugepages, ...], result: CheckResult) -> None:
    [verdict] = hugepages.check(of(HugepageDemand(GIB), pools=pools))
    assert verdict.result is result


def test_an_older_agent_on_either_host_is_named() -> None:
    [there] = hugepages.check(of(HugepageDemand(GIB, SMALL), pools=None))
    [here] = hugepages.check(replace(facts(), guest=replace(FACTS, placement=None)))
    assert {there.result, here.result} == {CheckResult.NOT_RUN}
    assert ("host2" in there.message, "host1" in here.message) == (True, True)
