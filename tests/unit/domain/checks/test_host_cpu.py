import pytest
from msgspec.structs import replace

from godwit.domain.checks import host_cpu
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest_cpu import CPUMode, GuestCPU
from godwit.domain.host import CPU, Hypervisor, Versions
from godwit.domain.migration import Check, CheckResult, CPURule, Safety

from ..builders import FACTS, facts, host

ROME = CPU("x86_64", "EPYC-Rome", "AMD", ("topoext", "wdt"), microcode="7")
PASSTHROUGH = GuestCPU(CPUMode.HOST_PASSTHROUGH)
CUSTOM = GuestCPU(CPUMode.CUSTOM, model="EPYC")
IDENTICAL = CPURule.IDENTICAL


def on(name: str, cpu: CPU, versions: Versions | None = None) -> Hypervisor:
    known = host(name)
    status = replace(known.status, cpu=cpu, versions=versions or known.status.versions)
    return replace(known, status=status)


def between(
    here: Hypervisor, there: Hypervisor, rule: CPURule = IDENTICAL, guest: GuestCPU | None = CUSTOM
) -> PreflightFacts:
    return replace(
        facts(), source=here, destination=there, safety=Safety(cpu=rule), guest=replace(FACTS, cpu=guest)
    )


def judged(here: CPU, there: CPU, rule: CPURule = IDENTICAL, guest: GuestCPU | None = CUSTOM) -> Check:
    [check] = host_cpu.check(between(on("host1", here), on("host2", there), rule, guest))
    return check


@pytest.mark.parametrize(
    ("rule", "guest"), [(IDENTICAL, CUSTOM), (IDENTICAL, None), (CPURule.COMPATIBLE, PASSTHROUGH)]
)
def test_two_hosts_of_one_cpu_pass_where_that_is_asked(rule: CPURule, guest: GuestCPU | None) -> None:
    assert judged(ROME, ROME, rule, guest).result is CheckResult.PASS


def test_a_cpu_of_the_guest_s_own_asks_for_nothing() -> None:
    verdict = judged(ROME, replace(ROME, model="EPYC-Milan"), CPURule.COMPATIBLE)
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_another_model_and_vendor_are_named_and_their_features_are_not_compared() -> None:
    failed = judged(ROME, CPU("x86_64", "Skylake-Server", "Intel", ("pdcm",)))
    assert failed.stops
    assert failed.message == (
        "host2 has another CPU than host1: vendor Intel instead of AMD; "
        "model Skylake-Server instead of EPYC-Rome"
    )
    assert "safety.cpu: Compatible" in failed.remedy


def test_features_of_one_model_are_compared_both_ways() -> None:
    failed = judged(ROME, replace(ROME, features=("topoext", "ibs", "amd-psfd")))
    assert failed.message == (
        "host2 has another CPU than host1: host1 alone has wdt; host2 alone has amd-psfd, ibs"
    )


def test_two_libvirts_may_name_one_cpu_differently_and_that_is_said() -> None:
    older = on("host2", replace(ROME, model="EPYC"), Versions("9.0.0", "7.2.22"))
    [failed] = host_cpu.check(between(on("host1", ROME), older))
    assert failed.stops
    assert failed.message.endswith("libvirt 11.3.0 and 9.0.0 may have different names for one CPU")


def test_a_guest_with_its_host_s_cpu_needs_the_same_one_whatever_the_rule() -> None:
    failed = judged(ROME, replace(ROME, features=()), CPURule.COMPATIBLE, PASSTHROUGH)
    assert failed.stops
    assert failed.message.endswith("host1 alone has topoext, wdt")
    assert "in place of host-passthrough" in failed.remedy


@pytest.mark.parametrize(("here", "there"), [("7", "8"), ("7", ""), ("", "")])
def test_microcode_that_differs_or_is_not_known_warns(here: str, there: str) -> None:
    warned = judged(replace(ROME, microcode=here), replace(ROME, microcode=there))
    assert (warned.result, warned.stops) == (CheckResult.WARN, False)
    assert f"{here or 'unknown'} on host1, {there or 'unknown'} on host2" in warned.message


def test_a_cpu_without_microcode_has_none_to_compare() -> None:
    arm = CPU("aarch64", "Neoverse-N1", "ARM")
    assert judged(arm, arm).result is CheckResult.PASS


@pytest.mark.parametrize(("here", "there", "silent"), [(CPU(), ROME, "host1"), (ROME, CPU(), "host2")])
def test_a_cpu_that_libvirt_does_not_name_is_not_a_pass(here: CPU, there: CPU, silent: str) -> None:
    unknown = judged(here, there)
    assert (unknown.result, unknown.host) == (CheckResult.NOT_RUN, silent)
    assert unknown.remedy


def test_two_unknown_ones_are_both_told() -> None:
    verdicts = host_cpu.check(between(on("host1", CPU()), on("host2", CPU())))
    assert [check.host for check in verdicts] == ["host1", "host2"]


def test_of_an_older_agent_at_the_source_the_guest_is_not_known() -> None:
    unknown = judged(ROME, ROME, CPURule.COMPATIBLE, None)
    assert (unknown.result, unknown.host) == (CheckResult.NOT_RUN, "host1")


def test_all_that_a_qemu_can_emulate_is_the_same_on_the_same_qemu_alone() -> None:
    guest = GuestCPU(CPUMode.MAXIMUM, emulated=True)
    here, other = on("host1", ROME), replace(ROME, model="EPYC-Milan")
    for qemu, result in (("10.0.13", CheckResult.PASS), ("7.2.22", CheckResult.FAIL), ("", CheckResult.FAIL)):
        there = on("host2", other, Versions("11.3.0", qemu))
        [verdict] = host_cpu.check(between(here, there, CPURule.COMPATIBLE, guest))
        assert verdict.result is result
        assert f"QEMU 10.0.13 on host1, {qemu or 'unknown'} on host2" in verdict.message


def test_and_identical_hosts_with_another_qemu_are_no_better() -> None:
    guest = GuestCPU(CPUMode.MAXIMUM, emulated=True)
    here, there = on("host1", ROME), on("host2", ROME, Versions("11.3.0", "7.2.22"))
    verdicts = host_cpu.check(between(here, there, IDENTICAL, guest))
    assert [check.result for check in verdicts] == [CheckResult.FAIL, CheckResult.PASS]
