from msgspec.structs import replace

from godwit.domain.checks import pinning
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import CPU
from godwit.domain.migration import CheckResult
from godwit.domain.placement import Part, Pin, Placement

from ..builders import FACTS, HOSTS, facts


def of(*pins: Pin, online: str = "0-3,6") -> PreflightFacts:
    host = replace(HOSTS[1], status=replace(HOSTS[1].status, cpu=CPU(count=5, online=online)))
    return replace(facts(), guest=replace(FACTS, placement=Placement(pins=pins)), destination=host)


def test_what_is_not_pinned_runs_anywhere() -> None:
    [verdict] = pinning.check(of(online=""))
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_pins_to_cpus_that_are_online_pass() -> None:
    [verdict] = pinning.check(of(Pin(Part.VCPU, "0-3", 0), Pin(Part.EMULATOR, "6")))
    assert verdict.result is CheckResult.PASS


def test_each_pin_to_a_cpu_that_is_not_there_is_told_with_its_numbers() -> None:
    pins = (
        Pin(Part.VCPU, "2-5", 0),
        Pin(Part.VCPU, "0", 1),
        Pin(Part.VCPU, "7"),
        Pin(Part.EMULATOR, "8-9"),
        Pin(Part.IO_THREAD, "4", 2),
    )
    verdicts = pinning.check(of(*pins))
    assert [verdict.message.partition(",")[0] for verdict in verdicts] == [
        "vCPU 0 is pinned to CPU 4-5",
        "each vCPU is pinned to CPU 7",
        "the emulator is pinned to CPU 8-9",
        "I/O thread 2 is pinned to CPU 4",
    ]
    assert all(verdict.stops and "host2 has 0-3,6 online" in verdict.message for verdict in verdicts)
    commands = ["vcpupin", "vcpupin", "emulatorpin", "iothreadpin"]
    assert all(command in verdict.remedy for command, verdict in zip(commands, verdicts, strict=True))


def test_an_older_agent_on_either_host_is_named() -> None:
    [there] = pinning.check(of(Pin(Part.VCPU, "0"), online=""))
    [here] = pinning.check(replace(facts(), guest=replace(FACTS, placement=None)))
    assert {there.result, here.result} == {CheckResult.NOT_RUN}
    assert ("host2" in there.message, "host1" in here.message) == (True, True)
