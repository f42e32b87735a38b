from datetime import timedelta

import pytest
from msgspec.structs import replace

from godwit.domain.checks import tls
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer, Certificate, Shown, Trust

from ..builders import CERTIFICATE, HOSTS, NOON, OUTLOOK, ROAD, facts

GOOD = Shown(CERTIFICATE, named=True, trust=Trust.TRUSTED)


def shown(what: Shown | None, message: str = "", timeout_seconds: int | None = None) -> PreflightFacts:
    road = replace(ROAD, shown=what, message=message)
    return replace(facts(), outlook=replace(OUTLOOK, roads=(road,)), timeout_seconds=timeout_seconds)


def verdict(given: PreflightFacts) -> Check:
    [check] = tls.check(given)
    return check


def until(**left: int) -> Certificate:
    return replace(CERTIFICATE, not_after=NOON + timedelta(**left))


def test_a_good_certificate_passes_and_says_until_when() -> None:
    good = verdict(facts())
    assert good.result is CheckResult.PASS
    assert good.message == "the certificate host2 by authority, good until 2026-01-10 12:00:00 UTC"


def test_one_for_another_name_fails_with_its_names_and_the_address() -> None:
    strange = replace(CERTIFICATE, names=("somebody-else", "10.0.0.9"))
    failed = verdict(shown(replace(GOOD, certificate=strange, named=False)))
    assert (failed.result, failed.host) == (CheckResult.FAIL, "host2")
    assert "is for somebody-else, 10.0.0.9, and not for address-of-host2" in failed.message
    assert "subjectAltName" in failed.remedy
    assert "spec.migrationAddress of Hypervisor host2" in failed.remedy


def test_one_for_nobody_is_told_so() -> None:
    nameless = replace(CERTIFICATE, names=())
    assert "is for nobody" in verdict(shown(replace(GOOD, certificate=nameless, named=False))).message


def test_one_of_a_stranger_fails_with_who_has_signed_it_and_openssls_words() -> None:
    failed = verdict(
        shown(replace(GOOD, trust=Trust.UNTRUSTED, why="unable to get local issuer certificate"))
    )
    assert (failed.result, failed.host) == (CheckResult.FAIL, "host2")
    assert failed.message == (
        "host1 does not trust the certificate of libvirtd on host2, by authority: "
        "unable to get local issuer certificate"
    )
    assert "/etc/pki/CA/cacert.pem of host1" in failed.remedy


def test_authorities_that_the_agent_can_not_see_are_a_warning_with_how_to_let_it_see_them() -> None:
    warned = verdict(shown(replace(GOOD, trust=Trust.NOT_SEEN, why="the agent is given no such file")))
    assert (warned.result, warned.host) == (CheckResult.WARN, "host1")
    assert warned.message == (
        "whether host1 trusts the certificate of libvirtd on host2, by authority, is not known: "
        "the agent is given no such file"
    )
    assert "agent.pki.caFile" in warned.remedy


def test_what_openssl_alone_may_refuse_is_a_warning() -> None:
    warned = verdict(shown(replace(GOOD, trust=Trust.DOUBTFUL, why="unsuitable certificate purpose")))
    assert warned.result is CheckResult.WARN
    assert warned.message == (
        "OpenSSL on host1 does not take the certificate of libvirtd on host2, by authority, but libvirt may: "
        "unsuitable certificate purpose"
    )


@pytest.mark.parametrize(
    ("certificate", "result", "said"),
    [
        (until(seconds=0), CheckResult.FAIL, "ended at 2026-01-01 12:00:00 UTC"),
        (until(days=-1), CheckResult.FAIL, "ended at 2025-12-31 12:00:00 UTC"),
        (
            replace(CERTIFICATE, not_before=NOON + timedelta(hours=1)),
            CheckResult.FAIL,
            "is good only from 2026-01-01 13:00:00 UTC on",
        ),
        (until(hours=23), CheckResult.WARN, "ends at 2026-01-02 11:00:00 UTC, within a day"),
    ],
)
def test_dates_are_told_with_the_date(certificate: Certificate, result: CheckResult, said: str) -> None:
    found = verdict(shown(replace(GOOD, certificate=certificate)))
    assert (found.result, found.host) == (result, "host2")
    assert found.message == f"the certificate of libvirtd on host2 {said}"
    assert "renew /etc/pki/libvirt/servercert.pem of host2" in found.remedy


@pytest.mark.parametrize(
    ("hours", "result"), [(1, CheckResult.FAIL), (3, CheckResult.WARN), (48, CheckResult.PASS)]
)
def test_one_must_be_good_until_the_jobs_time_is_over(hours: int, result: CheckResult) -> None:
    found = verdict(shown(replace(GOOD, certificate=until(hours=hours)), timeout_seconds=7200))
    assert found.result is result
    assert ("before tuning.timeout (2h00m) is over" in found.message) == (result is CheckResult.FAIL)


def test_an_authority_that_is_out_of_its_dates_fails() -> None:
    failed = verdict(shown(replace(GOOD, ends_above=True, why="certificate has expired")))
    assert failed.result is CheckResult.FAIL
    assert "an authority of the certificate of libvirtd on host2 is out of its dates" in failed.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = Shown(until(days=-1), named=False, trust=Trust.UNTRUSTED, why="self-signed certificate")
    found = tls.check(shown(wrong))
    assert [each.result for each in found] == [CheckResult.FAIL] * 3
    assert all(each.remedy for each in found)


def test_a_handshake_that_fails_is_told_with_its_words() -> None:
    failed = verdict(shown(None, "[SSL: WRONG_VERSION_NUMBER] wrong version number"))
    assert failed.result is CheckResult.FAIL
    assert "libvirtd on host2 makes no TLS handshake with host1: [SSL: WRONG_VERSION" in failed.message
    assert "journalctl" in failed.remedy


def test_the_command_that_shows_it_takes_an_ipv6_address_in_brackets() -> None:
    given, host = shown(None), HOSTS[1]
    road = replace(ROAD, address="fd00::12", shown=None)
    there = replace(host, spec=replace(host.spec, migration_address="fd00::12"))
    failed = verdict(replace(given, destination=there, outlook=replace(OUTLOOK, roads=(road,))))
    assert "`virsh -c qemu+tls://[fd00::12]/system uri`" in failed.remedy


def test_what_was_not_reached_was_not_seen() -> None:
    for roads in ((), (replace(ROAD, answer=Answer.REFUSED, shown=None),)):
        unseen = verdict(replace(facts(), outlook=replace(OUTLOOK, roads=roads)))
        assert unseen.result is CheckResult.NOT_RUN
        assert "see Reachable" in unseen.message


def test_without_an_address_there_is_nothing_to_see() -> None:
    nowhere = replace(HOSTS[1], status=replace(HOSTS[1].status, migration_address=""))
    assert verdict(replace(facts(), destination=nowhere, outlook=None)).result is CheckResult.NOT_APPLICABLE
