import pytest
from msgspec.structs import replace

from godwit.domain.checks import migration_port
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer, Road

from ..builders import OUTLOOK, ROAD, facts


def verdict(road: Road | None) -> Check:
    [check] = migration_port.check(replace(facts(), outlook=replace(OUTLOOK, roads=(road,) if road else ())))
    return check


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.OPEN])
def test_a_host_that_answers_itself_passes(answer: Answer) -> None:
    assert verdict(replace(ROAD, memory=answer)).result is CheckResult.PASS


@pytest.mark.parametrize(
    ("answer", "said"),
    [(Answer.SILENT, "nobody answers"), (Answer.UNREACHABLE, "a firewall rejects it")],
)
def test_a_firewall_is_warned_of_with_both_hosts_and_the_ports(answer: Answer, said: str) -> None:
    warned = verdict(replace(ROAD, memory=answer))
    assert (warned.result, warned.host, warned.stops) == (CheckResult.WARN, "host2", False)
    assert f"host1 does not reach port 49152 of host2, by which guests come in: {said}" in warned.message
    assert "49152 to 49215" in warned.remedy
    assert "migration_port_min" in warned.remedy


@pytest.mark.parametrize(
    "road", [None, replace(ROAD, answer=Answer.SILENT, shown=None), replace(ROAD, memory=None)]
)
def test_a_host_that_is_not_reached_at_all_is_told_by_another_check(road: Road | None) -> None:
    other = verdict(road)
    assert other.result is CheckResult.NOT_APPLICABLE
    assert "see Reachable" in other.message
