from datetime import timedelta

from msgspec.structs import replace

from godwit.domain.checks import client_certificate
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Outlook, Own

from ..builders import CERTIFICATE, NOON, OUTLOOK, facts

OURS = replace(CERTIFICATE, subject="host1")


def verdict(outlook: Outlook | None, timeout_seconds: int | None = None) -> Check:
    [check] = client_certificate.check(replace(facts(), outlook=outlook, timeout_seconds=timeout_seconds))
    return check


def until(**left: int) -> Outlook:
    return replace(OUTLOOK, own=Own(replace(OURS, not_after=NOON + timedelta(**left))))


def test_one_in_its_dates_passes_at_the_source() -> None:
    good = verdict(OUTLOOK)
    assert (good.result, good.host) == (CheckResult.PASS, "host1")


def test_one_that_has_ended_fails_with_the_date() -> None:
    failed = verdict(until(days=-1))
    assert (failed.result, failed.host) == (CheckResult.FAIL, "host1")
    assert failed.message == "the client certificate host1 of host1 ended at 2025-12-31 12:00:00 UTC"
    assert "renew /etc/pki/libvirt/clientcert.pem of host1" in failed.remedy


def test_one_that_ends_soon_warns_or_fails_by_the_jobs_time() -> None:
    assert verdict(until(hours=2)).result is CheckResult.WARN
    assert verdict(until(hours=2), timeout_seconds=10800).result is CheckResult.FAIL


def test_one_that_the_agent_can_not_see_is_a_warning_with_how_to_let_it_see_it() -> None:
    warned = verdict(replace(OUTLOOK, own=Own(why="the agent is given no such file of its host's")))
    assert (warned.result, warned.stops) == (CheckResult.WARN, False)
    assert "the agent is given no such file of its host's" in warned.message
    assert "agent.pki.clientCertificateFile" in warned.remedy


def test_an_agent_that_did_not_look_is_told_by_another_check() -> None:
    assert verdict(None).result is CheckResult.NOT_APPLICABLE
