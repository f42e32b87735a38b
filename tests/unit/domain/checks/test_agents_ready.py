from msgspec.structs import replace

from godwit.domain.checks import agents_ready
from godwit.domain.migration import CheckResult

from ..builders import facts, host


def test_two_living_agents_pass_each_by_name() -> None:
    verdicts = agents_ready.check(facts())
    assert [(verdict.host, verdict.result) for verdict in verdicts] == [
        ("host1", CheckResult.PASS),
        ("host2", CheckResult.PASS),
    ]


def test_the_agent_that_is_away_is_named() -> None:
    here, away = agents_ready.check(replace(facts(), destination=host("host2", ready=False)))
    assert here.result is CheckResult.PASS
    assert (away.host, away.result) == ("host2", CheckResult.FAIL)
    assert "host2" in away.message
    assert "host2" in away.remedy
