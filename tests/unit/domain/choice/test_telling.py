from msgspec.structs import replace

from godwit.domain.choice.ranking import Judged
from godwit.domain.choice.table import MOST_CANDIDATES, MOST_REASONS, Candidate, Counted, Dismissed, Standing
from godwit.domain.choice.telling import choice, counted, nobody, won
from godwit.domain.host import HostNode

from ..builders import HOSTS, NOON, host


def judged(name: str, memory: int) -> Judged:
    return Judged(host(name), (), (("Memory", memory), ("Load", 10)))


def refused(number: int, *failed: str) -> Candidate:
    return Candidate(f"host-{number}", Standing.REFUSED, "too small", failed=failed)


def test_the_winner_is_told_with_its_score_and_the_one_that_it_was_preferred_to() -> None:
    told = won(judged("a", 80), (judged("b", 30), judged("c", 20)), ())
    assert told == "a is the best of 3 hosts (score 90 of 200: Memory 80, Load 10), before b (40)"


def test_a_tie_is_told_as_one() -> None:
    assert "as many as b (90), but first by name" in won(judged("a", 80), (judged("b", 80),), ())


def test_the_only_one_is_told_with_those_that_were_inspected_in_vain() -> None:
    told = won(judged("c", 1), (), (Dismissed("a", "t", "Space: 3 MiB are missing", NOON),))
    assert told.startswith("c is the only host left that nothing stands against")
    assert told.endswith("; a was inspected before: Space: 3 MiB are missing")


def test_twenty_hosts_are_told_in_full_and_the_others_counted_by_reason() -> None:
    rows = tuple(refused(number, "Memory") for number in range(22))
    silent = tuple(Candidate(f"silent-{n}", Standing.NOT_READY, "silent") for n in range(5))
    told = choice("because", (*rows, *silent), NOON)
    assert len(told.candidates) == MOST_CANDIDATES
    assert told.others == (Counted("NotReady", 5), Counted("Refused: Memory", 2))


def test_reasons_beyond_fifty_are_counted_together() -> None:
    told = counted(tuple(refused(number, f"Check{number}") for number in range(MOST_REASONS + 30)))
    assert len(told) == MOST_REASONS + 1
    assert told[-1] == Counted("other reasons", 30)


def test_where_there_is_nobody_each_host_has_its_reason_and_five_are_named() -> None:
    rows = tuple(refused(number, "Memory") for number in range(9))
    told = nobody("vm1", "host1", {}, HOSTS, rows)
    assert told.startswith("no host takes VM vm1. host-0: too small; ")
    assert told.endswith("4 more: Refused: Memory")


def test_however_much_is_told_of_each_five_are_named_and_the_others_counted() -> None:
    rows = tuple(replace(refused(number, "Memory"), why="w" * 800) for number in range(9))
    told = nobody("vm1", "host1", {}, HOSTS, rows)
    assert all(f"host-{number}: w" in told for number in range(5))
    assert told.endswith("…; 4 more: Refused: Memory")


def test_a_source_that_is_the_only_hypervisor_is_told_as_such() -> None:
    told = nobody("vm1", "host1", {}, HOSTS[:1], ())
    assert "host1, where it is, is the only hypervisor (label another Node" in told


def test_a_selector_that_matches_nothing_is_what_is_told() -> None:
    hosts = tuple(replace(each, node=HostNode({"zone": "a"})) for each in HOSTS)
    rows = (Candidate("host2", Standing.NOT_SELECTED, "its Node lacks zone=b"),)
    assert "label zone is never b, but a" in nobody("vm1", "host1", {"zone": "b"}, hosts, rows)


def test_no_text_grows_without_bound() -> None:
    long = Candidate("a", Standing.REFUSED, "x" * 100_000)
    assert len(choice("because", (long,), None).candidates[0].why) <= 1024
    assert len(nobody("vm1", "host1", {}, HOSTS, (long,) * 9)) <= 2048
