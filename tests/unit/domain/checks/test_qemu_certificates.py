from datetime import timedelta

import pytest
from msgspec.structs import replace

from godwit.domain.checks import qemu_certificates
from godwit.domain.migration import Check, CheckResult
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.road import MOST_NAMES, Answer, Own

from ..builders import CERTIFICATE, HOSTS, NOON, QEMU_CLIENT, QEMU_SERVER, facts

PASS, WARN, FAIL = CheckResult.PASS, CheckResult.WARN, CheckResult.FAIL


def verdicts(
    client: QEMUCertificate | None = QEMU_CLIENT,
    server: QEMUCertificate | None = QEMU_SERVER,
    timeout_seconds: int | None = None,
) -> dict[str, Check]:
    """By host."""
    judged = replace(facts(), qemu_client=client, qemu_server=server, timeout_seconds=timeout_seconds)
    return {check.host: check for check in qemu_certificates.check(judged)}


def shown(**changes: object) -> QEMUCertificate:
    return QEMUCertificate(NOON, Own(replace(CERTIFICATE, **changes)))


def test_each_host_passes_with_the_date_of_its_own() -> None:
    told = verdicts()
    assert {host: check.result for host, check in told.items()} == {"host1": PASS, "host2": PASS}
    assert told["host2"].message == "good until 2026-01-10 12:00:00 UTC"


def test_one_that_has_ended_fails_for_its_host_alone() -> None:
    told = verdicts(server=shown(not_after=NOON - timedelta(days=1)))
    assert (told["host1"].result, told["host2"].result) == (PASS, FAIL)
    assert told["host2"].message == (
        "the server certificate of QEMU on host2 ended at 2025-12-31 12:00:00 UTC"
    )
    assert "renew /etc/pki/qemu/server-cert.pem of host2" in told["host2"].remedy


def test_it_has_to_be_good_until_the_jobs_time_is_over() -> None:
    soon = shown(not_after=NOON + timedelta(hours=2))
    assert verdicts(client=soon)["host1"].result is WARN
    assert verdicts(client=soon, timeout_seconds=10800)["host1"].result is FAIL


def test_each_is_judged_by_the_clock_of_its_own_host() -> None:
    late = replace(QEMU_CLIENT, at=NOON + timedelta(days=10))
    told = verdicts(client=late)
    assert (told["host1"].result, told["host2"].result) == (FAIL, PASS)


def test_the_destinations_has_to_be_for_the_address_that_it_is_called_by() -> None:
    failed = verdicts(server=shown(names=("somebody-else",)))["host2"]
    address = HOSTS[1].migration_address
    assert failed.result is FAIL
    assert f"is for somebody-else, and not for {address}" in failed.message
    assert "subjectAltName" in failed.remedy


def test_the_sources_may_bear_any_name() -> None:
    assert verdicts(client=shown(names=()))["host1"].result is PASS


def test_of_a_list_of_names_that_was_cut_off_nothing_is_concluded() -> None:
    names = tuple(f"name-{number}" for number in range(MOST_NAMES))
    assert verdicts(server=shown(names=names))["host2"].result is PASS
    assert verdicts(server=shown(names=names[1:]))["host2"].result is FAIL


@pytest.mark.parametrize(
    ("host", "value"), [("host1", "qemuClientCertificateFile"), ("host2", "qemuServerCertificateFile")]
)
def test_one_that_the_agent_can_not_see_is_a_warning_with_how_to_let_it_see_it(host: str, value: str) -> None:
    unseen = QEMUCertificate(NOON, Own(why="the agent is given no such file of its host's"))
    warned = verdicts(unseen, unseen)[host]
    assert (warned.result, warned.stops) == (WARN, False)
    assert "the agent is given no such file of its host's" in warned.message
    assert f"agent.pki.{value}" in warned.remedy


def test_an_agent_that_is_too_old_to_tell_is_a_warning_that_names_it() -> None:
    for host, warned in verdicts(None, None).items():
        assert (warned.result, warned.remedy) == (WARN, f"upgrade the agent on {host}")


def test_an_address_at_which_nobody_answers_is_not_held_against_it() -> None:
    there = facts()
    assert there.outlook is not None
    closed = tuple(replace(road, answer=Answer.SILENT) for road in there.outlook.roads)
    judged = replace(
        there,
        outlook=replace(there.outlook, roads=closed),
        qemu_client=QEMU_CLIENT,
        qemu_server=shown(names=("somebody-else",)),
    )
    assert {check.result for check in qemu_certificates.check(judged)} == {PASS}
