import pytest
from msgspec.structs import replace

from godwit.domain.checks import libvirt_version
from godwit.domain.host import Hypervisor, Versions
from godwit.domain.migration import Check, CheckResult

from ..builders import facts, host


def with_libvirt(name: str, version: str) -> Hypervisor:
    known = host(name)
    return replace(known, status=replace(known.status, versions=Versions(libvirt=version)))


def verdict(source: str, destination: str) -> Check:
    hosts = with_libvirt("host1", source), with_libvirt("host2", destination)
    [check] = libvirt_version.check(replace(facts(), source=hosts[0], destination=hosts[1]))
    return check


@pytest.mark.parametrize(("source", "destination"), [("11.3.0", "11.3.0"), ("9.10.0", "11.3.0")])
def test_the_same_or_a_newer_libvirt_passes(source: str, destination: str) -> None:
    assert verdict(source, destination).result is CheckResult.PASS


def test_an_older_libvirt_warns_with_both_versions_and_stops_nothing() -> None:
    older = verdict("11.3.0", "9.10.0")
    assert older.result is CheckResult.WARN
    assert not older.stops
    assert "9.10.0" in older.message
    assert "11.3.0" in older.message


@pytest.mark.parametrize(
    ("source", "destination", "silent"), [("", "11.3.0", "host1"), ("11.3.0", "", "host2")]
)
def test_an_unknown_version_is_not_a_pass_and_whose_it_is_is_told(
    source: str, destination: str, silent: str
) -> None:
    unknown = verdict(source, destination)
    assert unknown.result is CheckResult.NOT_RUN
    assert unknown.stops
    assert unknown.host == silent
    assert silent in unknown.message
