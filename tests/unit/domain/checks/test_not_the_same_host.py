import pytest
from msgspec.structs import replace

from godwit.domain.checks import not_the_same_host
from godwit.domain.migration import Check, CheckResult

from ..builders import HOSTS, facts


def verdict(uuids: tuple[str, str], names: tuple[str, str] = ("a", "b")) -> Check:
    source, destination = (
        replace(host, status=replace(host.status, host_uuid=uuid, host_name=name))
        for host, uuid, name in zip(HOSTS, uuids, names, strict=True)
    )
    [check] = not_the_same_host.check(replace(facts(), source=source, destination=destination))
    return check


def test_two_hosts_of_their_own_pass() -> None:
    assert verdict(("u1", "u2")).result is CheckResult.PASS


def test_one_host_uuid_on_two_machines_fails_and_names_it() -> None:
    same = verdict(("u1", "u1"))
    assert same.stops
    assert "u1" in same.message
    assert "host_uuid" in same.remedy


def test_one_host_name_on_two_machines_fails_and_names_it() -> None:
    same = verdict(("u1", "u2"), names=("twin", "twin"))
    assert same.stops
    assert "twin" in same.message


@pytest.mark.parametrize(("uuids", "silent"), [(("", "u2"), "host1"), (("u1", ""), "host2")])
def test_an_unknown_host_uuid_is_not_a_pass_and_its_host_is_named(
    uuids: tuple[str, str], silent: str
) -> None:
    unknown = verdict(uuids)
    assert (unknown.result, unknown.host) == (CheckResult.NOT_RUN, silent)
    assert unknown.stops
