import pytest
from msgspec.structs import replace

from godwit.domain.checks import agent_version
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult

from ..builders import facts, host


def with_agent(name: str, version: str) -> Hypervisor:
    known = host(name)
    return replace(
        known, status=replace(known.status, versions=replace(known.status.versions, agent=version))
    )


def verdicts(source: str, destination: str, operator: str = "0.2.0") -> tuple[Check, ...]:
    hosts = with_agent("host1", source), with_agent("host2", destination)
    return agent_version.check(
        replace(facts(), source=hosts[0], destination=hosts[1], operator_version=operator)
    )


def test_agents_of_the_operators_version_or_a_newer_one_pass() -> None:
    assert [each.result for each in verdicts("0.2.0", "0.10.0")] == [CheckResult.PASS, CheckResult.PASS]


@pytest.mark.parametrize(
    ("agent", "operator", "result"),
    [
        ("v1.9.0", "v2.0.0", CheckResult.FAIL),
        ("v2.0.0", "v1.9.0", CheckResult.PASS),
        ("v2.0.0", "2.0.0", CheckResult.PASS),
        ("v1.9.0-rc1", "2.0.0+build", CheckResult.FAIL),
        ("1.x.0", "0.2.0", CheckResult.NOT_RUN),
        ("0.2.0", "release.2", CheckResult.NOT_RUN),
    ],
)
def test_a_version_is_compared_by_all_of_its_numbers(agent: str, operator: str, result: CheckResult) -> None:
    assert {each.result for each in verdicts(agent, agent, operator)} == {result}


@pytest.mark.parametrize("version", ["0.1.9", "0.1.9-rc1", "0.1"])
def test_an_older_agent_fails_on_either_host_with_both_versions(version: str) -> None:
    for pair, which in (((version, "0.2.0"), 0), (("0.2.0", version), 1)):
        found = verdicts(*pair)
        assert [each.result for each in found][which] is CheckResult.FAIL
        assert found[1 - which].result is CheckResult.PASS
        assert found[which].host == ("host1", "host2")[which]
        assert version in found[which].message
        assert "0.2.0" in found[which].message
        assert "godwit-agent" in found[which].remedy


@pytest.mark.parametrize(
    ("agent", "operator"), [("", "0.2.0"), ("unknown", "unknown"), ("0.2.0", "unknown"), ("0.2.0", "")]
)
def test_a_version_that_nobody_knows_is_not_a_pass(agent: str, operator: str) -> None:
    found = verdicts(agent, agent, operator)
    assert [each.result for each in found] == [CheckResult.NOT_RUN, CheckResult.NOT_RUN]
    assert "unknown" in found[0].message


def test_a_build_without_a_number_passes_where_both_are_the_same() -> None:
    assert {each.result for each in verdicts("main", "main", "main")} == {CheckResult.PASS}
    assert {each.result for each in verdicts("other", "other", "main")} == {CheckResult.NOT_RUN}
