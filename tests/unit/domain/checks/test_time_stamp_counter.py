import pytest
from msgspec.structs import replace

from godwit.domain.checks import time_stamp_counter
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest_cpu import CPUMode, GuestCPU
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult

from ..builders import FACTS, HOSTS, facts

HERTZ = 2_000_000_000
TOLERATED = 500_000
"""250 ppm of it."""
PLAIN = GuestCPU(CPUMode.CUSTOM, model="EPYC")
STEADY = replace(PLAIN, features=("invtsc",))
PACED = replace(PLAIN, tsc_hertz=HERTZ)
OWN = GuestCPU(CPUMode.HOST_PASSTHROUGH, migratable=False)


def with_cpu(host: Hypervisor, **changes: object) -> Hypervisor:
    return replace(host, status=replace(host.status, cpu=replace(host.status.cpu, **changes)))


def between(cpu: GuestCPU | None, here: tuple[str, ...] = (), **there: object) -> PreflightFacts:
    source = with_cpu(HOSTS[0], features=here, tsc_hertz=HERTZ)
    destination = with_cpu(HOSTS[1], **there)
    return replace(facts(), guest=replace(FACTS, cpu=cpu), source=source, destination=destination)


def verdict(known: PreflightFacts) -> Check:
    [only] = time_stamp_counter.check(known)
    return only


def test_a_guest_without_a_frequency_and_without_the_promise_needs_nothing() -> None:
    for cpu in (PLAIN, GuestCPU(CPUMode.NONE), replace(OWN, migratable=True)):
        assert verdict(between(cpu, ("invtsc",))).result is CheckResult.NOT_APPLICABLE


def test_the_promise_without_a_frequency_is_refused_at_the_source_with_its_hosts_frequency() -> None:
    told = verdict(between(STEADY))
    assert (told.result, told.host) == (CheckResult.FAIL, "host1")
    assert (
        told.message == "VM vm1 has the CPU feature invtsc and no frequency for it: libvirt would not begin"
    )
    assert "<timer name='tsc' frequency='2000000000'/>" in told.remedy


def test_a_guest_that_has_all_of_its_hosts_cpu_has_the_promise_where_the_host_has() -> None:
    for own in (OWN, replace(OWN, mode=CPUMode.MAXIMUM)):
        assert verdict(between(own, ("invtsc",))).result is CheckResult.FAIL
    assert verdict(between(OWN)).result is CheckResult.NOT_APPLICABLE
    for cpu in (replace(OWN, disabled=("invtsc",)), replace(OWN, emulated=True)):
        assert verdict(between(cpu, ("invtsc",))).result is CheckResult.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("hertz", "scaling", "expected"),
    [
        (HERTZ, False, CheckResult.PASS),
        (HERTZ, None, CheckResult.PASS),
        (HERTZ + 400_000, False, CheckResult.PASS),
        (HERTZ - 400_000, False, CheckResult.PASS),
        (HERTZ + 2 * TOLERATED, False, CheckResult.FAIL),
        (HERTZ - 2 * TOLERATED, False, CheckResult.FAIL),
        (HERTZ + 2 * TOLERATED, None, CheckResult.WARN),
        (2 * HERTZ, True, CheckResult.PASS),
        (0, None, CheckResult.WARN),
    ],
)
def test_the_frequency_is_compared_as_libvirt_does(
    hertz: int, scaling: bool | None, expected: CheckResult
) -> None:
    told = verdict(between(PACED, tsc_hertz=hertz, tsc_scaling=scaling))
    assert (told.result, told.host) == (expected, "host2")
    assert "the time stamp counter of VM vm1 runs at 2000000000 Hz" in told.message


def test_what_qemu_emulates_needs_no_frequency_that_is_known() -> None:
    assert verdict(between(replace(PACED, emulated=True))).result is CheckResult.PASS


def test_an_older_agent_is_no_pass() -> None:
    assert verdict(between(None)).result is CheckResult.NOT_RUN
