import pytest
from msgspec.structs import replace

from godwit.domain.checks import reachable
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import HypervisorSpec
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer

from ..builders import HOSTS, OUTLOOK, ROAD, facts


def verdict(given: PreflightFacts) -> Check:
    [check] = reachable.check(given)
    return check


def closed(answer: Answer, message: str = "as the system says it") -> PreflightFacts:
    road = replace(ROAD, answer=answer, message=message, shown=None)
    return replace(facts(), outlook=replace(OUTLOOK, roads=(road,)))


def test_a_port_that_answers_passes_and_is_named() -> None:
    good = verdict(facts())
    assert good.result is CheckResult.PASS
    assert "host1 reaches libvirtd on host2, address-of-host2 port 16514" in good.message


@pytest.mark.parametrize(
    ("answer", "said", "remedy"),
    [
        (Answer.REFUSED, "the connection is refused", "libvirtd-tls.socket"),
        (Answer.SILENT, "nobody answers", "every firewall from host1 to host2"),
        (Answer.UNREACHABLE, "there is no way", "`ip route get address-of-host2` on host1"),
        (Answer.UNKNOWN_NAME, "the name has no address", "`getent hosts address-of-host2` on host1"),
    ],
)
def test_a_port_that_is_not_reached_fails_with_how_and_what_to_do(
    answer: Answer, said: str, remedy: str
) -> None:
    failed = verdict(closed(answer))
    assert (failed.result, failed.host) == (CheckResult.FAIL, "host2")
    assert f"host1 does not reach libvirtd on host2, address-of-host2 port 16514: {said}" in failed.message
    assert "as the system says it" in failed.message
    assert remedy in failed.remedy


def test_an_agent_that_did_not_look_is_no_pass() -> None:
    unseen = verdict(replace(facts(), outlook=None))
    assert unseen.result is CheckResult.NOT_RUN
    assert "the agent on host1" in unseen.remedy


def test_an_address_that_has_changed_since_was_not_looked_at() -> None:
    moved = replace(HOSTS[1], spec=HypervisorSpec(migration_address="10.0.0.9"))
    unseen = verdict(replace(facts(), destination=moved))
    assert unseen.result is CheckResult.NOT_RUN
    assert "its agent did not look at 10.0.0.9" in unseen.message


def test_without_an_address_there_is_nothing_to_reach() -> None:
    nowhere = replace(HOSTS[1], status=replace(HOSTS[1].status, migration_address=""))
    assert verdict(replace(facts(), destination=nowhere, outlook=None)).result is CheckResult.NOT_APPLICABLE
