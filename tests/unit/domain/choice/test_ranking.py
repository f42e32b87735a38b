import time

from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.choice.ranking import Ranking, rank, row_of
from godwit.domain.choice.table import Standing
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.host import Hypervisor as Host
from godwit.domain.host import HypervisorSpec, Memory
from godwit.domain.migration import CheckResult
from godwit.domain.plan import PromisedMemory

from ..builders import FACTS, facts, guest, host

LIVE = {rule.name for rule in chain.CHAIN if rule.live}


def with_free(name: str, free: int) -> Host:
    """In GiB, of 100."""
    known = host(name)
    return replace(known, status=replace(known.status, memory=Memory(100 << 30, free << 30)))


def in_maintenance(name: str) -> Host:
    return replace(host(name), spec=HypervisorSpec(maintenance=True))


def about(known: Host) -> PreflightFacts:
    return replace(facts(), destination=known, reception=None)


def ranked(*hosts: Host, forced: frozenset[str] = frozenset()) -> Ranking:
    return rank(hosts, about, forced)


def order(*hosts: Host) -> list[str]:
    return [judged.host.name for judged in ranked(*hosts).eligible]


def test_the_host_with_the_best_score_comes_first() -> None:
    assert order(with_free("a", 20), with_free("b", 60), with_free("c", 40)) == ["b", "c", "a"]


def test_a_host_to_which_others_are_on_their_way_comes_after_one_that_has_more_left() -> None:
    promised = {"a": PromisedMemory(30 << 30)}
    hosts = [with_free("a", 60), with_free("b", 40)]
    found = rank(
        hosts,
        lambda known: replace(about(known), promised_memory=promised.get(known.name, PromisedMemory())),
        frozenset(),
    )
    assert [judged.host.name for judged in found.eligible] == ["b", "a"]


def test_equal_hosts_come_by_name_in_whatever_order_they_were_listed() -> None:
    equal = [with_free(name, 50) for name in ("c", "a", "b")]
    assert order(*equal) == order(*reversed(equal)) == ["a", "b", "c"]


def test_a_host_that_fails_a_check_is_out_and_its_row_says_which() -> None:
    found = ranked(in_maintenance("a"), with_free("b", 1))
    assert [judged.host.name for judged in found.eligible] == ["b"]
    row = row_of(found.refused[0], Standing.REFUSED)
    assert (row.hypervisor, row.failed) == ("a", ("Maintenance",))
    assert "a is in maintenance" in row.why


def test_a_check_that_is_forced_puts_no_host_out() -> None:
    found = ranked(in_maintenance("a"), forced=frozenset({"Maintenance"}))
    assert [judged.host.name for judged in found.eligible] == ["a"]


def test_what_judges_a_hosts_own_answers_was_not_run_there_and_is_no_pass() -> None:
    [judged] = ranked(host("a")).eligible
    assert set(row_of(judged, Standing.ELIGIBLE).not_run) == LIVE
    not_run = [check for check in judged.checks if check.name in LIVE]
    assert {(check.result, check.message) for check in not_run} == {
        (CheckResult.NOT_RUN, "a was not inspected")
    }
    assert not any(check.remedy for check in not_run), "nothing is to be done about it"


def test_a_host_of_which_less_is_known_comes_after_one_with_a_smaller_score() -> None:
    better = with_free("a", 90)
    silent = replace(better, node=None)
    assert order(silent, with_free("b", 10)) == ["b", "a"]


def test_what_fails_at_the_source_wherever_the_guest_would_go_is_told_apart() -> None:
    paused = replace(FACTS, view=guest(DomainState.PAUSED, StateReason.IO_ERROR, run=None))
    hosts = (in_maintenance("a"), host("b"))
    found = rank(hosts, lambda known: replace(about(known), guest=paused), frozenset())
    assert [check.name for check in found.at_source] == ["VMRuns"]
    assert found.eligible == ()
    assert ranked(*hosts).at_source == ()


def test_a_thousand_hosts_are_ranked_within_a_second() -> None:
    hosts = [with_free(f"host-{number:04}", 1 + number % 97) for number in range(1000)]
    began = time.process_time()
    found = rank(hosts, about, frozenset())
    assert time.process_time() - began < 1.0
    assert len(found.eligible) == 1000
