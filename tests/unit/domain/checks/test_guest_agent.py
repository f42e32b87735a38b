import pytest
from msgspec.structs import replace

from godwit.domain.checks import guest_agent
from godwit.domain.equipment import Equipment, GuestAgent
from godwit.domain.migration import CheckResult

from ..builders import FACTS, facts


@pytest.mark.parametrize(
    ("equipment", "result", "words"),
    [
        (Equipment(), CheckResult.NOT_APPLICABLE, "no guest agent is configured"),
        (Equipment(agent=GuestAgent.CONNECTED), CheckResult.PASS, "holds its channel open"),
        (Equipment(agent=GuestAgent.DISCONNECTED), CheckResult.WARN, "nobody holds it open"),
        (Equipment(agent=GuestAgent.UNKNOWN), CheckResult.WARN, "is not known"),
        (None, CheckResult.WARN, "is not known"),
    ],
)
def test_a_silent_agent_is_a_warning_at_the_most(
    equipment: Equipment | None, result: CheckResult, words: str
) -> None:
    [verdict] = guest_agent.check(replace(facts(), guest=replace(FACTS, equipment=equipment)))
    assert verdict.result is result
    assert words in verdict.message
    if result is CheckResult.WARN:
        assert "VM vm1" in verdict.message
        assert """`virsh qemu-agent-command vm1 '{"execute":"guest-ping"}'`""" in verdict.remedy
