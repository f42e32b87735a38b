import pytest
from msgspec.structs import replace

from godwit.domain.checks import mtu
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import HypervisorStatus, Network
from godwit.domain.migration import Check, CheckResult

from ..builders import BR0, INTERFACE, facts
from .attached import LAN, MAC, ON_DEVICE, ON_NETWORK, attached, not_looked_at

JUMBO = replace(BR0, mtu=9000)


def only(known: PreflightFacts) -> Check:
    [verdict] = mtu.check(known)
    return verdict


@pytest.mark.parametrize("there", [BR0, JUMBO])
def test_as_large_or_larger_passes(there: Network) -> None:
    verdict = only(attached(INTERFACE, there=(there,)))
    assert (verdict.result, verdict.message) == (CheckResult.PASS, f"bridge br0: {there.mtu} bytes")


def test_a_smaller_one_than_the_source_s_fails_with_both() -> None:
    verdict = only(attached(INTERFACE, here=(JUMBO,)))
    assert verdict.stops
    assert verdict.message == f"interface {MAC}: the MTU of bridge br0 on host2 is 1500, on host1 it is 9000"
    assert "`ip link set br0 mtu 9000` on host2" in verdict.remedy


def test_the_interface_s_own_counts_before_its_network_s() -> None:
    own = replace(INTERFACE, mtu=1400)
    assert only(attached(own, here=(JUMBO,))).result is CheckResult.PASS
    verdict = only(attached(replace(INTERFACE, mtu=4000)))
    assert verdict.stops
    assert verdict.message.endswith("on host2 is 1500, the interface's own is 4000")


WIDE, NARROW = replace(BR0, uplink_mtu=1500), replace(BR0, uplink_mtu=1400)


def test_uplinks_that_take_less_than_the_source_s_do_are_told_by_their_names() -> None:
    verdict = only(attached(INTERFACE, here=(WIDE,), there=(NARROW,)))
    assert verdict.stops
    assert verdict.message == (
        f"interface {MAC}: the uplinks of bridge br0 on host2 take 1400 bytes, on host1 1500"
    )
    assert verdict.remedy == "set the MTU of eth0 on host2 to 1500, and that of their switch"
    assert only(attached(ON_NETWORK, here=(WIDE, LAN), there=(NARROW, LAN))).stops


@pytest.mark.parametrize(
    ("interface", "here", "there"),
    [
        (INTERFACE, NARROW, NARROW),
        (INTERFACE, BR0, NARROW),
        (INTERFACE, replace(BR0, uplink_mtu=9000), WIDE),
        (replace(INTERFACE, mtu=9000), replace(JUMBO, uplink_mtu=1500), replace(JUMBO, uplink_mtu=1500)),
        (replace(INTERFACE, mtu=1400), WIDE, NARROW),
    ],
    ids=["as narrow", "an older agent", "its bridge takes no more", "two alike", "its own is no larger"],
)
def test_uplinks_that_take_as_much_as_came_through_so_far_pass(
    interface: InterfaceFacts, here: Network, there: Network
) -> None:
    assert only(attached(interface, here=(here,), there=(there,))).result is CheckResult.PASS


def test_a_bridge_that_is_gone_at_the_source_is_told_by_another_check() -> None:
    assert only(attached(INTERFACE, here=())).result is CheckResult.NOT_APPLICABLE
    assert only(attached(replace(INTERFACE, mtu=9000), here=())).stops, "the interface's own is known"
    assert only(attached(ON_DEVICE, here=())).result is CheckResult.NOT_RUN, "a device may not be told of"


def test_of_a_libvirt_network_it_is_its_bridge_that_is_to_be_changed() -> None:
    verdict = only(attached(ON_NETWORK, here=(BR0, replace(LAN, mtu=9000)), there=(BR0, LAN)))
    assert "the MTU of libvirt network lan on host2 is 1500" in verdict.message
    assert "`ip link set br0 mtu 9000`" in verdict.remedy


def test_one_that_is_not_known_is_no_pass() -> None:
    unknown = replace(BR0, mtu=0)
    silent = attached(INTERFACE, here=())
    silent = replace(silent, source=replace(silent.source, status=HypervisorStatus()))
    for known, host in (
        (silent, "host1"),
        (attached(INTERFACE, here=(unknown,)), "host1"),
        (attached(INTERFACE, there=(unknown,)), "host2"),
    ):
        verdict = only(known)
        assert (verdict.result, verdict.host) == (CheckResult.NOT_RUN, host)
        assert f"{MAC}: the MTU of bridge br0 on {host}" in verdict.message
    assert only(not_looked_at(facts())).result is CheckResult.NOT_RUN


@pytest.mark.parametrize("interface", [None, InterfaceFacts(MAC, "user"), replace(INTERFACE, bridge="br9")])
def test_without_a_network_on_both_hosts_there_is_none(interface: InterfaceFacts | None) -> None:
    verdict = only(attached(*((interface,) if interface else ())))
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_a_network_that_is_down_and_has_none_yet_is_told_by_another_check() -> None:
    verdict = only(attached(ON_NETWORK, there=(replace(LAN, active=False, mtu=0),)))
    assert verdict.result is CheckResult.NOT_APPLICABLE
    down = replace(BR0, active=False)
    assert only(attached(INTERFACE, here=(JUMBO,), there=(down,))).stops
