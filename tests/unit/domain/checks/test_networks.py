import pytest
from msgspec.structs import replace

from godwit.domain.checks import chain, networks
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import HypervisorStatus, Network
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

from ..builders import BR0, INTERFACE, facts
from .attached import (
    BR_INT,
    ETH1,
    EVERYTHING,
    IN_GROUP,
    LAN,
    MAC,
    ON_DEVICE,
    ON_NETWORK,
    ON_OVS,
    attached,
    not_looked_at,
    with_status,
)


def only(known: PreflightFacts) -> Check:
    [verdict] = networks.check(known)
    return verdict


@pytest.mark.parametrize(
    ("interface", "words"),
    [
        (INTERFACE, "bridge br0"),
        (ON_NETWORK, "libvirt network lan"),
        (IN_GROUP, "port group web of libvirt network lan"),
        (ON_OVS, "Open vSwitch bridge br-int"),
        (ON_DEVICE, "device eth1"),
        (replace(ON_DEVICE, device="br0"), "device br0"),
    ],
)
def test_what_is_there_and_up_passes_by_its_name(interface: InterfaceFacts, words: str) -> None:
    verdict = only(attached(interface))
    assert (verdict.result, verdict.host, verdict.message) == (CheckResult.PASS, "host2", words)


@pytest.mark.parametrize(
    ("interface", "there", "missing", "remedy"),
    [
        (INTERFACE, (BR_INT,), "host2 has no bridge br0", "ip link add name br0 up type bridge"),
        (ON_OVS, (BR0,), "host2 has no Open vSwitch bridge br-int", "ovs-vsctl add-br br-int"),
        (replace(INTERFACE, bridge="br-int"), (BR_INT,), "host2 has no bridge br-int", "br-int"),
        (ON_DEVICE, (BR0,), "host2 has no device eth1", "libvirt network"),
        (ON_NETWORK, (BR0,), "host2 has no libvirt network lan", "virsh net-define"),
        (IN_GROUP, (BR0,), "host2 has no libvirt network lan", "virsh net-define"),
        (
            IN_GROUP,
            (BR0, replace(LAN, port_groups=())),
            "libvirt network lan of host2 has no port group web",
            "virsh net-update",
        ),
        (
            ON_NETWORK,
            (LAN,),
            "host2 has no bridge br0, to which its libvirt network lan leads",
            "virsh net-dumpxml lan",
        ),
    ],
)
def test_what_is_missing_is_named_with_its_interface_and_what_to_do(
    interface: InterfaceFacts, there: tuple[Network, ...], missing: str, remedy: str
) -> None:
    verdict, *_ = networks.check(attached(interface, there=there))
    assert verdict.stops
    assert (verdict.host, verdict.message) == ("host2", f"interface {MAC}: {missing}")
    assert remedy in verdict.remedy


@pytest.mark.parametrize(
    ("interface", "there", "down", "remedy"),
    [
        (INTERFACE, (replace(BR0, active=False),), "bridge br0", "`ip link set br0 up` on host2"),
        (ON_NETWORK, (BR0, replace(LAN, active=False)), "network lan", "`virsh net-start lan` on host2"),
        (ON_NETWORK, (replace(BR0, active=False), LAN), "bridge br0", "`ip link set br0 up` on host2"),
        (ON_DEVICE, (replace(ETH1, active=False),), "device eth1", "`ip link set eth1 up` on host2"),
    ],
)
def test_what_is_down_is_named(
    interface: InterfaceFacts, there: tuple[Network, ...], down: str, remedy: str
) -> None:
    verdict = only(attached(interface, there=there))
    assert verdict.stops
    assert verdict.message == f"interface {MAC}: {down} of host2 is down"
    assert verdict.remedy == remedy


@pytest.mark.parametrize(
    ("interface", "here", "why", "remedy"),
    [
        (INTERFACE, (), "host1 has no bridge br0", "mend its network on host1"),
        (INTERFACE, (replace(BR0, active=False),), "bridge br0 of host1 is down", "`ip link set br0 up`"),
        (ON_DEVICE, (replace(ETH1, active=False),), "device eth1 of host1 is down", "`ip link set eth1 up`"),
    ],
)
def test_a_guest_that_is_cut_off_already_may_go_where_it_is_not_and_somebody_is_told(
    interface: InterfaceFacts, here: tuple[Network, ...], why: str, remedy: str
) -> None:
    verdict = only(attached(interface, here=here))
    assert (verdict.result, verdict.host) == (CheckResult.WARN, "host1")
    assert verdict.message.startswith(f"interface {MAC}: {why}, where the guest is")
    assert remedy in verdict.remedy


def test_what_forwards_all_the_same_cuts_nobody_off() -> None:
    stopped = only(attached(ON_NETWORK, here=(BR0, replace(LAN, active=False))))
    assert stopped.result is CheckResult.PASS, "its bridge and the guest's port stay as they are"
    switch = replace(BR_INT, active=False)
    assert only(attached(ON_OVS, here=(switch,), there=(switch,))).result is CheckResult.PASS


def test_what_is_not_told_of_the_source_is_not_taken_for_gone() -> None:
    assert only(attached(ON_DEVICE, here=())).result is CheckResult.PASS, "not each device is told of"
    known = attached(INTERFACE, here=())
    unknown = replace(known, source=replace(known.source, status=HypervisorStatus()))
    assert only(unknown).result is CheckResult.PASS


def test_a_network_that_is_down_needs_no_bridge_yet() -> None:
    verdict = only(attached(ON_NETWORK, there=(replace(LAN, active=False),)))
    assert "network lan of host2 is down" in verdict.message


def test_a_bridge_whose_uplinks_have_no_carrier_cuts_the_guest_off() -> None:
    cut = replace(BR0, carrier=False)
    verdict = only(attached(INTERFACE, there=(cut,)))
    assert verdict.stops
    assert verdict.message == f"interface {MAC}: bridge br0 of host2 leads nowhere: eth0 has no carrier"
    assert "ip link show" in verdict.remedy
    assert only(attached(INTERFACE, here=(cut,), there=(cut,))).result is CheckResult.WARN


def test_every_interface_is_told() -> None:
    verdicts = networks.check(attached(INTERFACE, ON_OVS, ON_DEVICE, there=(BR0,)))
    assert [verdict.message.rpartition(" ")[2] for verdict in verdicts] == ["br-int", "eth1"]


def test_a_guest_without_interfaces_needs_nothing() -> None:
    assert only(attached()).result is CheckResult.NOT_APPLICABLE


@pytest.mark.parametrize("kind", ["user", "hostdev", "vhostuser", "null"])
def test_types_without_a_network_of_the_host_need_none(kind: str) -> None:
    assert only(attached(InterfaceFacts(MAC, kind))).result is CheckResult.NOT_APPLICABLE


@pytest.mark.parametrize("kind", ["ethernet", "mcast", "server"])
def test_what_has_no_name_to_look_for_is_a_warning(kind: str) -> None:
    verdict = only(attached(InterfaceFacts(MAC, kind)))
    assert (verdict.result, verdict.host) == (CheckResult.WARN, "host2")
    assert f"{MAC} is of type {kind}" in verdict.message
    assert verdict.remedy


def test_what_an_older_agent_does_not_tell_is_not_run() -> None:
    verdict = only(not_looked_at(facts()))
    assert (verdict.result, verdict.host) == (CheckResult.NOT_RUN, "host1")
    groups = tuple(replace(each, port_groups=None) for each in EVERYTHING)
    for known in (
        with_status(attached(ON_OVS), links=None),
        with_status(attached(ON_DEVICE), links=None),
        attached(IN_GROUP, there=groups),
        with_status(attached(INTERFACE), observed_generation=-1, networks=()),
    ):
        verdict = only(known)
        assert (verdict.result, verdict.host) == (CheckResult.NOT_RUN, "host2")
        assert verdict.stops
        assert MAC in verdict.message
    assert only(with_status(attached(INTERFACE), links=None)).result is CheckResult.PASS


def test_it_may_be_forced_and_is_no_veto() -> None:
    wrong = attached(INTERFACE, there=())
    stopping = tuple(check for check in chain.run(wrong) if check.stops)
    assert [check.name for check in stopping] == ["Networks"]
    assert chain.reason(stopping) is Reason.CHECKS_FAILED
    assert not [check for check in chain.run(wrong, frozenset({"Networks"})) if check.stops]
