import pytest
from msgspec.structs import replace

from godwit.domain.checks import migration_port
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.contact import Arrival, Contact
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer, Road

from ..builders import CONTACT, OUTLOOK, ROAD, facts

UNHEARD = replace(CONTACT, arrival=Arrival.MISSED)
TAKEN = replace(CONTACT, arrival=Arrival.NOT_TRIED, message="Address already in use")
NO_ROAD = [None, replace(ROAD, answer=Answer.SILENT, shown=None)]


def verdict(contact: Contact | None, road: Road | None = ROAD, known: PreflightFacts | None = None) -> Check:
    outlook = replace(OUTLOOK, roads=(road,) if road else ())
    [check] = migration_port.check(replace(known or facts(), outlook=outlook, contact=contact))
    return check


@pytest.mark.parametrize("road", [ROAD, *NO_ROAD])
def test_a_token_that_arrived_passes_whatever_else_was_seen(road: Road | None) -> None:
    passed = verdict(CONTACT, road)
    assert passed.result is CheckResult.PASS
    assert passed.message == "host1 reached port 49215 of host2 by its token"


@pytest.mark.parametrize(
    ("knock", "said"),
    [
        (Answer.SILENT, "nobody answers"),
        (Answer.UNREACHABLE, "a firewall rejects it"),
        (Answer.REFUSED, "something refuses it"),
        (Answer.OPEN, "another program answers"),
        (Answer.UNKNOWN_NAME, "the name has no address"),
        (None, "heard nothing"),
    ],
)
def test_one_that_did_not_arrive_fails_with_both_hosts_and_how_a_knock_was_answered(
    knock: Answer | None, said: str
) -> None:
    failed = verdict(UNHEARD, replace(ROAD, knock=knock))
    assert (failed.result, failed.host) == (CheckResult.FAIL, "host2")
    assert "host1 does not reach port 49215 of host2: " in failed.message
    assert said in failed.message
    assert "49152 to 49215" in failed.remedy
    assert "migration_port_min" in failed.remedy
    assert "agent.migrationPort" in failed.remedy


def test_a_failure_may_be_forced() -> None:
    known = replace(facts(), contact=UNHEARD)
    [forced] = migration_port.RULE.run(known, frozenset({"MigrationPort"}))
    assert (forced.forced, forced.stops) == (True, False)


def test_a_port_that_another_has_is_a_warning_that_says_so() -> None:
    warned = verdict(replace(TAKEN, port=50000))
    assert (warned.result, warned.host) == (CheckResult.WARN, "host2")
    assert "port 50000 of host2 is not known: it can't be opened there (Address already in use)" in (
        warned.message
    )
    assert "`ss -ltnp 'sport = :50000'` on host2" in warned.remedy


@pytest.mark.parametrize("contact", [None, UNHEARD, TAKEN])
@pytest.mark.parametrize("road", NO_ROAD)
def test_a_host_that_is_not_reached_at_all_is_told_by_another_check(
    road: Road | None, contact: Contact | None
) -> None:
    other = verdict(contact, road)
    assert other.result is CheckResult.NOT_APPLICABLE
    assert "see Reachable" in other.message


def test_an_older_agent_that_tells_nothing_of_it_is_named() -> None:
    there = verdict(None)
    assert (there.result, there.remedy) == (CheckResult.NOT_RUN, "upgrade the agent on host2")
    here = verdict(None, known=replace(facts(), offer=None))
    assert (here.result, here.remedy) == (CheckResult.NOT_RUN, "upgrade the agent on host1")
