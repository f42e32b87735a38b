import pytest
from msgspec.structs import replace

from godwit.domain.checks import qemu_version
from godwit.domain.host import Hypervisor, Versions
from godwit.domain.migration import Check, CheckResult

from ..builders import facts, host


def with_qemu(name: str, version: str) -> Hypervisor:
    known = host(name)
    return replace(known, status=replace(known.status, versions=Versions(libvirt="11.3.0", qemu=version)))


def verdicts(source: str, destination: str) -> tuple[Check, ...]:
    hosts = with_qemu("host1", source), with_qemu("host2", destination)
    return qemu_version.check(replace(facts(), source=hosts[0], destination=hosts[1]))


@pytest.mark.parametrize(("source", "destination"), [("10.0.13", "10.0.13"), ("9.2.4", "10.0.0")])
def test_the_same_or_a_newer_qemu_passes(source: str, destination: str) -> None:
    [passed] = verdicts(source, destination)
    assert passed.result is CheckResult.PASS


def test_an_older_qemu_warns_with_both_versions_and_stops_nothing() -> None:
    [older] = verdicts("10.0.13", "7.2.22")
    assert older.result is CheckResult.WARN
    assert not older.stops
    assert older.message == "QEMU 7.2.22 on host2 is older than 10.0.13 on host1"
    assert older.remedy


@pytest.mark.parametrize(
    ("source", "destination", "silent"),
    [("", "10.0.13", ["host1"]), ("10.0.13", "", ["host2"]), ("", "", ["host1", "host2"])],
)
def test_an_unknown_version_is_not_a_pass_and_its_host_is_named(
    source: str, destination: str, silent: list[str]
) -> None:
    unknown = verdicts(source, destination)
    assert [check.host for check in unknown] == silent
    assert all(check.result is CheckResult.NOT_RUN and check.stops for check in unknown)
