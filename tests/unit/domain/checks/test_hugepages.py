import pytest
from msgspec.structs import replace

from godwit.domain.checks import hugepages
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import Hugepages
from godwit.domain.migration import CheckResult
from godwit.domain.placement import HugepageDemand, Placement
from godwit.domain.plan import PromisedMemory

from ..builders import FACTS, HOSTS, facts

MIB, GIB = 1 << 20, 1 << 30
SMALL, LARGE = 2 * MIB, GIB


def of(
    *demands: HugepageDemand,
    pools: tuple[Hugepages, ...] | None = (),
    promised: tuple[HugepageDemand, ...] = (),
) -> PreflightFacts:
    host = replace(HOSTS[1], status=replace(HOSTS[1].status, hugepages=pools))
    return replace(
        facts(),
        guest=replace(FACTS, placement=Placement(hugepages=demands)),
        destination=host,
        promised_memory=PromisedMemory(hugepages=promised),
    )


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
    assert first.message == ("host2 lacks large pages: 512 pages of 2048 KiB are needed, 511 of 600 are free")
    assert first.remedy == "`virsh allocpages 2048KiB 1 --add` on host2"
    assert second.message == "host2 lacks large pages: 2 pages of 1 GiB are needed, 0 of 0 are free"


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


def test_which_size_the_guest_may_ask_for_is_told_as_it_is_written() -> None:
    pools = Hugepages(SMALL, 512, 512), Hugepages(LARGE, 1, 0)
    [verdict] = hugepages.check(of(HugepageDemand(GIB), pools=pools))
    assert verdict.remedy == "give the guest's <hugepages> a <page size='2048' unit='KiB'/>"


@pytest.mark.parametrize("wanted", [SMALL, 0], ids=["their size", "the default size"])
@pytest.mark.parametrize("promised", [SMALL, 0], ids=["that size promised", "the default promised"])
def test_pages_that_others_were_promised_are_not_free(wanted: int, promised: int) -> None:
    of_others = (HugepageDemand(GIB, promised),)
    [verdict] = hugepages.check(
        of(HugepageDemand(GIB, wanted), pools=(Hugepages(SMALL, 1024, 1023),), promised=of_others)
    )
    assert verdict.stops
    assert "needed, 512 are promised to other migrations, 1023 of 1024 are free" in verdict.message
    assert verdict.remedy == "`virsh allocpages 2048KiB 1 --add` on host2"
    [verdict] = hugepages.check(
        of(HugepageDemand(GIB, wanted), pools=(Hugepages(SMALL, 1024, 1024),), promised=of_others)
    )
    assert verdict.result is CheckResult.PASS


def test_pages_of_another_size_that_were_promised_take_nothing_away() -> None:
    pools = Hugepages(SMALL, 512, 512), Hugepages(LARGE, 1, 1)
    [verdict] = hugepages.check(
        of(HugepageDemand(GIB, SMALL), pools=pools, promised=(HugepageDemand(GIB, LARGE),))
    )
    assert verdict.result is CheckResult.PASS


def test_an_older_agent_on_either_host_is_named() -> None:
    [there] = hugepages.check(of(HugepageDemand(GIB, SMALL), pools=None))
    [here] = hugepages.check(replace(facts(), guest=replace(FACTS, placement=None)))
    assert {there.result, here.result} == {CheckResult.NOT_RUN}
    assert ("host2" in there.message, "host1" in here.message) == (True, True)
