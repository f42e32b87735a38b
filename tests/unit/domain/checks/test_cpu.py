import pytest
from msgspec.structs import replace

from godwit.domain.checks import cpu
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reception import Reception

from ..builders import FACTS, facts

CUSTOM = GuestCPU(CPUMode.CUSTOM, model="EPYC")


def asked(verdict: CPUVerdict | None, guest: GuestCPU | None = CUSTOM) -> PreflightFacts:
    return replace(facts(), guest=replace(FACTS, cpu=guest), reception=Reception(refusal="", cpu=verdict))


def judged(verdict: CPUVerdict | None, guest: GuestCPU | None = CUSTOM) -> Check:
    [check] = cpu.check(asked(verdict, guest))
    assert check.host == "host2"
    return check


@pytest.mark.parametrize("fit", [CPUFit.IDENTICAL, CPUFit.SUPERSET])
def test_a_host_that_can_give_it_passes(fit: CPUFit) -> None:
    passed = judged(CPUVerdict(fit))
    assert passed.result is CheckResult.PASS
    assert passed.message == "host2 can give the CPU EPYC"


def test_each_missing_feature_is_named() -> None:
    lacking = CPUVerdict(CPUFit.INCOMPATIBLE, ("rdseed", "fsrm"), "the CPU is incompatible")
    failed = judged(lacking)
    assert failed.stops
    assert failed.message == "VM vm1 has the CPU EPYC, and host2 lacks rdseed, fsrm"
    assert "<feature policy='disable' name='rdseed'/>" in failed.remedy


def test_what_libvirt_denies_of_the_guest_s_own_host_too_is_no_failure_and_no_pass() -> None:
    lacking = CPUVerdict(CPUFit.INCOMPATIBLE, ("rdseed", "arch-capabilities"), "the CPU is incompatible")
    guest = replace(CUSTOM, unjudged=("arch-capabilities",))
    assert judged(lacking, guest).message.endswith("host2 lacks rdseed")
    warned = judged(replace(lacking, missing=("arch-capabilities",)), guest)
    assert (warned.result, warned.stops) == (CheckResult.WARN, False)
    assert "host2 can give arch-capabilities is not known" in warned.message


def test_what_comes_with_the_guest_s_topology_is_asked_of_no_host() -> None:
    lacking = CPUVerdict(CPUFit.INCOMPATIBLE, ("ht", "cmp_legacy"), "the CPU is incompatible")
    assert judged(lacking, replace(CUSTOM, threads_per_socket=2)).result is CheckResult.PASS
    assert judged(lacking).message.endswith("host2 lacks ht, cmp_legacy")


def test_what_is_no_matter_of_a_feature_is_told_in_the_words_of_libvirt() -> None:
    failed = judged(
        CPUVerdict(CPUFit.INCOMPATIBLE, text="CPU vendors don't match"), replace(CUSTOM, model="")
    )
    assert failed.stops
    assert failed.message == (
        "VM vm1 has a CPU without a model's name, and host2 can't give it: CPU vendors don't match"
    )
    assert "hypervisor-cpu-baseline" in failed.remedy


@pytest.mark.parametrize(
    "verdict", [None, CPUVerdict(CPUFit.UNKNOWN), CPUVerdict(CPUFit.UNKNOWN, text="no such emulator")]
)
def test_what_could_not_be_asked_is_not_a_pass(verdict: CPUVerdict | None) -> None:
    unknown = judged(verdict)
    assert unknown.result is CheckResult.NOT_RUN
    assert unknown.remedy
    assert (verdict.text if verdict else "") in unknown.message


def test_neither_is_a_host_that_was_not_inspected() -> None:
    [unknown] = cpu.check(replace(facts(), reception=None))
    assert (unknown.result, unknown.host) == (CheckResult.NOT_RUN, "host2")


def test_of_an_older_agent_at_the_source_the_guest_is_not_known() -> None:
    [unknown] = cpu.check(asked(CPUVerdict(CPUFit.SUPERSET), guest=None))
    assert (unknown.result, unknown.host) == (CheckResult.NOT_RUN, "host1")
    assert "the agent on host1 is older" in unknown.message


@pytest.mark.parametrize("mode", [CPUMode.NONE, CPUMode.HOST_PASSTHROUGH, CPUMode.MAXIMUM])
def test_a_guest_whose_cpu_names_nothing_has_nothing_to_compare(mode: CPUMode) -> None:
    assert judged(None, GuestCPU(mode)).result is CheckResult.NOT_APPLICABLE
