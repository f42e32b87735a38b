from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.guest import Job
from godwit.domain.migration import CheckResult

from ..builders import FACTS, facts, host


def test_a_good_guest_is_stopped_by_no_check() -> None:
    verdicts = chain.run(facts())
    assert not [verdict for verdict in verdicts if verdict.stops]


def test_every_check_is_told_in_the_order_of_the_chain() -> None:
    assert [verdict.name for verdict in chain.run(facts())] == [
        "VMFoundOnce",
        "VMRuns",
        "NoJob",
        "NotTheSameHost",
        "NoNamesake",
        "AgentReady",
        "AgentReady",
        "LibvirtVersion",
        "MigrationAddress",
        "Disks",
    ]


def test_a_failed_check_hides_no_other() -> None:
    busy = replace(FACTS, view=replace(FACTS.view, job=Job.OTHER))
    verdicts = chain.run(
        replace(facts(), guest=busy, destination=host("host2", ready=False), elsewhere=("host3",))
    )
    failed = [verdict.name for verdict in verdicts if verdict.result is CheckResult.FAIL]
    assert failed == ["VMFoundOnce", "NoJob", "AgentReady"]
