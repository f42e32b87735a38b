from benchkit import preflight
from benchkit.audit import Write
from benchkit.chaincost import chain_seconds
from benchkit.preflight import Verdict
from godwit.domain.host import Hypervisor

SOURCE, CHOSEN = "host1", "host2"


def write(by: str, kind: str, node: str = "") -> Write:
    return Write(0.0, by, node, "patch", kind, "", 200)


def verdict(took: float, operators: int, *nodes: str) -> Verdict:
    """The operator wrote so often, and the agent of each node once."""
    inspected = (write("agent", "migrationtasks/status", node) for node in nodes)
    return Verdict(took, (*(write("operator", "vmmigrations/status") for _ in range(operators)), *inspected))


def verdicts(*seen: Verdict, cpu_seconds: float = 1.0) -> list[str]:
    return [figure.verdict for figure in preflight.judge({"2 candidates": seen}, cpu_seconds).figures]


def test_what_is_promised_of_a_preflight_is_ok_up_to_its_limit() -> None:
    assert verdicts(verdict(2.0, 14, SOURCE, CHOSEN)) == ["ok", "ok", "ok", "", "ok"]


def test_each_figure_is_missed_by_itself() -> None:
    assert verdicts(verdict(2.1, 14, SOURCE, CHOSEN)) == ["MISSED", "ok", "ok", "", "ok"]
    assert verdicts(verdict(2.0, 15, SOURCE, CHOSEN)) == ["ok", "ok", "MISSED", "", "ok"]
    assert verdicts(verdict(2.0, 14, SOURCE, CHOSEN), cpu_seconds=1.1)[-1] == "MISSED"


def test_each_host_that_is_inspected_allows_four_writes_more_and_counts_once() -> None:
    three = verdict(1.0, 0, SOURCE, CHOSEN, "host3", CHOSEN)
    assert (three.inspected, three.limit) == (3, 8 + 4 * 3)


def test_an_agent_that_writes_of_its_host_alone_was_not_asked_to_inspect_it() -> None:
    assert Verdict(1.0, (write("agent", "hypervisors/status", "host7"),)).inspected == 0


def test_the_verdict_that_went_furthest_beyond_its_own_limit_is_judged() -> None:
    few, many = verdict(1.0, 15, SOURCE, CHOSEN), verdict(1.0, 17, SOURCE, CHOSEN, "host3", "host4")
    writes = preflight.judge({"10 candidates": [many, few]}, 0.1).figures[2]
    assert (writes.value, writes.limit, writes.verdict) == (17, 16, "MISSED")


def test_the_writes_of_one_verdict_are_told_by_their_kind() -> None:
    seen = {"2 candidates": [verdict(1.0, 3, SOURCE), verdict(1.0, 4, SOURCE)]}
    assert preflight.judge(seen, 0.1).notes == [
        "  writes, 2 candidates, mean of one:",
        "     3.5  operator patch vmmigrations/status",
        "     1.0  agent patch migrationtasks/status",
    ]


def test_the_chain_is_measured_on_as_many_candidates_as_are_asked_for() -> None:
    here, there = Hypervisor("host1"), Hypervisor("host2")
    assert 0 < chain_seconds(here, there, 10) < chain_seconds(here, there, 1000)
