import pytest
from msgspec.structs import replace

from godwit.domain.checks import network_segment
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.contact import Arrival, Frame
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import Network, PortGroup
from godwit.domain.migration import Check, CheckResult

from ..builders import BR0, CONTACT, INTERFACE, OFFER, facts
from .attached import (
    BR_INT,
    ETH1,
    IN_GROUP,
    LAN,
    MAC,
    NAT,
    ON_DEVICE,
    ON_NETWORK,
    ON_OVS,
    VIRBR0,
    attached,
    not_looked_at,
)

BARE = replace(BR0, subnets=())
"""As most bridges for guests are: the host has no address there."""


def only(known: PreflightFacts) -> Check:
    [verdict] = network_segment.check(known)
    return verdict


def between(here: Network, there: Network) -> Check:
    return only(attached(INTERFACE, here=(here,), there=(there,)))


@pytest.mark.parametrize(
    ("interface", "name"),
    [
        (INTERFACE, "br0"),
        (ON_NETWORK, "lan"),
        (ON_NETWORK, "br0"),
        (IN_GROUP, "lan/web"),
        (IN_GROUP, "lan"),
        (ON_OVS, "br-int"),
        (ON_DEVICE, "eth1"),
    ],
)
def test_what_the_admin_says_of_both_hosts_decides(interface: InterfaceFacts, name: str) -> None:
    same = only(attached(interface, said_here={name: "prod-10"}, said_there={name: "prod-10"}))
    assert same.result is CheckResult.PASS
    assert same.message.endswith("segment prod-10 by spec.networks")
    other = only(attached(interface, said_here={name: "prod-10"}, said_there={name: "prod-20"}))
    assert other.stops
    assert "is segment prod-10 on host1 and prod-20 on host2, by spec.networks" in other.message
    assert MAC in other.message
    assert "host of segment prod-10" in other.remedy


def test_the_closest_name_counts() -> None:
    said = {"lan": "all", "lan/web": "web"}
    verdict = only(attached(IN_GROUP, said_here=said, said_there={"lan": "web"}))
    assert (verdict.result, "segment web" in verdict.message) == (CheckResult.PASS, True)


def test_what_the_admin_says_counts_before_what_is_seen() -> None:
    apart = replace(BR0, subnets=("10.9.9.0/24",))
    said = {"br0": "stretched"}
    known = attached(INTERFACE, here=(BR0,), there=(apart,), said_here=said, said_there=said)
    assert only(known).result is CheckResult.PASS


def test_one_subnet_on_both_is_one_segment() -> None:
    verdict = between(BR0, BR0)
    assert verdict.result is CheckResult.PASS
    assert verdict.message == "bridge br0: both hosts are in 10.0.1.0/24 there"
    both = replace(BR0, subnets=("10.9.9.0/24", "10.0.1.0/24", "2001:db8::/64"))
    assert between(BR0, both).result is CheckResult.PASS


def test_subnets_that_have_nothing_in_common_are_two() -> None:
    verdict = between(BR0, replace(BR0, subnets=("10.0.2.0/24",)))
    assert verdict.stops
    assert f"{MAC}: bridge br0 is another segment on host2" in verdict.message
    assert "10.0.1.0/24 on host1, 10.0.2.0/24 on host2" in verdict.message
    assert "kubectl edit hypervisor host1 host2" in verdict.remedy
    assert "{name: br0, segment: NAME}" in verdict.remedy


@pytest.mark.parametrize("subnet", ["10.0.0.0/16", "2001:db8::/64", "no subnet"])
def test_subnets_that_only_overlap_or_are_not_comparable_tell_nothing(subnet: str) -> None:
    assert between(BR0, replace(BR0, subnets=(subnet,))).result is CheckResult.WARN


def test_a_source_whose_link_is_down_or_gone_is_told_as_the_reason_why_no_frame_was_tried() -> None:
    down = between(replace(BARE, active=False), BARE)
    assert down.result is CheckResult.WARN
    assert "no frame was tried: bridge br0 of host1 is down" in down.message
    gone = only(attached(INTERFACE, here=()))
    assert "no frame was tried: bridge br0 of host1 is not there" in gone.message
    untold = only(attached(ON_DEVICE, here=()))
    assert "host1 is not there" not in untold.message, "not each device is told of"


def test_a_destination_whose_link_is_down_is_told_by_another_check_whatever_else_agrees() -> None:
    down = replace(BR0, active=False)
    assert between(BR0, down).result is CheckResult.NOT_APPLICABLE
    apart = replace(down, subnets=("10.0.2.0/24",))
    assert between(BR0, apart).stops, "it would be another segment, too"


def test_vlans_agree_or_contradict() -> None:
    ten, twenty = replace(BARE, vlans=(10,)), replace(BARE, vlans=(20,))
    assert between(ten, ten).message == "bridge br0: VLAN 10 on both hosts"
    verdict = between(ten, twenty)
    assert verdict.stops
    assert "VLAN 10 on host1, 20 on host2" in verdict.message
    assert between(ten, BARE).result is CheckResult.WARN, "a port of the switch may take the tag off"


def test_a_port_group_s_tag_counts_before_its_network_s() -> None:
    bridge = replace(BARE, vlans=(7,))
    other = replace(LAN, port_groups=(PortGroup("web", (20,)),))
    verdict = only(attached(IN_GROUP, here=(bridge, LAN), there=(bridge, other)))
    assert "VLAN 10 on host1, 20 on host2" in verdict.message
    verdict = only(attached(ON_NETWORK, here=(bridge, LAN), there=(bridge, other)))
    assert verdict.message == "libvirt network lan: VLAN 7 on both hosts"


def test_a_port_group_that_is_not_there_is_told_by_networks_alone() -> None:
    bare = replace(LAN, port_groups=())
    assert only(attached(IN_GROUP, there=(BR0, bare))).result is CheckResult.NOT_APPLICABLE


def test_all_that_contradicts_is_told() -> None:
    here = replace(BR0, vlans=(10,))
    there = replace(BR0, vlans=(20,), uplinks=(), subnets=("10.0.2.0/24",))
    message = between(here, there).message
    assert "it is host2's own there, and leads out of host1 by eth0" in message
    assert "VLAN 10" in message
    assert "10.0.2.0/24" in message


def test_a_network_of_the_host_s_own_is_one_segment_with_no_other() -> None:
    nat = (NAT, VIRBR0)
    verdict = only(attached(ON_NETWORK, here=nat, there=nat))
    assert verdict.result is CheckResult.WARN, "equal subnets of two hosts' own are two segments"
    assert "is each host's own" in verdict.message
    verdict = only(attached(ON_NETWORK, here=(LAN, BR0), there=nat))
    assert verdict.stops
    assert "it is host2's own there, and leads out of host1 by eth0" in verdict.message


@pytest.mark.parametrize(
    ("interface", "networks"),
    [(INTERFACE, (BARE,)), (ON_OVS, (BR_INT,)), (ON_DEVICE, (ETH1,)), (ON_NETWORK, (LAN, BARE))],
)
def test_what_can_t_be_shown_is_a_warning_with_what_to_say(
    interface: InterfaceFacts, networks: tuple[Network, ...]
) -> None:
    verdict = only(attached(interface, here=networks, there=networks))
    assert (verdict.result, verdict.host) == (CheckResult.WARN, "host2")
    assert "nothing shows that host1 and host2 have one segment there" in verdict.message
    assert "spec.networks: [{name: " in verdict.remedy


def test_where_one_host_s_segment_is_said_the_other_s_is_asked_for() -> None:
    known = attached(INTERFACE, here=(BARE,), there=(BARE,), said_here={"br0": "prod-10"})
    verdict = only(known)
    assert verdict.remedy == (
        "`kubectl edit hypervisor host2` and write `spec.networks: [{name: br0, segment: prod-10}]`"
    )


def test_what_an_older_agent_does_not_tell_is_no_pass() -> None:
    old = Network("br0", "bridge", "br0", active=True, mtu=1500)
    assert between(old, old).result is CheckResult.WARN
    assert between(BR0, old).result is CheckResult.WARN
    assert only(not_looked_at(facts())).result is CheckResult.NOT_RUN


SEEN = Frame("br0", "br0", Arrival.ARRIVED)
UNSEEN = replace(SEEN, arrival=Arrival.MISSED)
UNTRIED = replace(SEEN, arrival=Arrival.NOT_TRIED, message="br0 can't be listened on: no such device")


def framed(
    frame: Frame, here: Network = BARE, there: Network = BARE, said: tuple[str, str] | None = None
) -> Check:
    """Between these, of which the admin says that, with that become of a frame."""
    here_said, there_said = [{"br0": each} for each in said] if said else ({}, {})
    known = attached(INTERFACE, here=(here,), there=(there,), said_here=here_said, said_there=there_said)
    return only(replace(known, contact=replace(CONTACT, frames=(frame,))))


def test_a_frame_that_was_seen_is_proof_where_no_fact_is() -> None:
    proven = framed(SEEN)
    assert proven.result is CheckResult.PASS
    assert proven.message == "bridge br0: a frame from host1 was seen on host2"


@pytest.mark.parametrize(
    "there", [replace(BR0, vlans=(10,), subnets=("10.0.2.0/24",)), replace(BR0, vlans=(20,))]
)
def test_it_is_stronger_than_what_is_only_concluded(there: Network) -> None:
    here = replace(BR0, vlans=(10,))
    assert between(here, there).stops
    assert framed(SEEN, here, there).result is CheckResult.PASS


def test_the_admin_s_word_is_stronger_than_a_frame() -> None:
    assert framed(SEEN, said=("a", "b")).stops
    assert framed(UNSEEN, said=("a", "a")).result is CheckResult.PASS


def test_one_that_was_not_seen_is_a_warning_whatever_facts_agree() -> None:
    warned = framed(UNSEEN)
    assert (warned.result, warned.host) == (CheckResult.WARN, "host2")
    assert f"{MAC}: bridge br0: a frame from host1 was not seen on host2" in warned.message
    assert "0x88B5" in warned.remedy
    assert "spec.networks" in warned.remedy
    warned = framed(UNSEEN, BR0, BR0)
    assert warned.result is CheckResult.WARN
    assert "though both hosts are in 10.0.1.0/24 there" in warned.message


def test_facts_that_contradict_fail_without_it_as_before() -> None:
    assert framed(UNSEEN, BR0, replace(BR0, subnets=("10.0.2.0/24",))).stops


def test_a_frame_that_was_not_tried_leaves_it_to_the_facts_and_says_why() -> None:
    assert framed(UNTRIED, BR0, BR0).result is CheckResult.PASS
    warned = framed(UNTRIED)
    assert warned.result is CheckResult.WARN
    assert "no frame was tried: host2: br0 can't be listened on: no such device" in warned.message


def test_a_source_that_can_send_none_is_named_once_the_host_was_asked() -> None:
    known = attached(INTERFACE, here=(BARE,), there=(BARE,))
    silent = replace(known, offer=replace(OFFER, no_frames="its agent may not"))
    assert "and no frame was tried: host1: its agent may not" in only(silent).message
    assert "frame" not in only(replace(silent, contact=None)).message


def test_another_network_s_frame_proves_nothing() -> None:
    assert framed(replace(SEEN, there="br1")).result is CheckResult.WARN


def test_user_mode_loses_what_is_open() -> None:
    verdict = only(attached(InterfaceFacts(MAC, "user")))
    assert verdict.result is CheckResult.WARN
    assert "ends with the move" in verdict.message


@pytest.mark.parametrize("there", [(), (replace(BARE, active=False),)])
def test_what_is_missing_or_down_is_told_by_another_check(there: tuple[Network, ...]) -> None:
    verdict = only(attached(INTERFACE, here=(BARE,), there=there))
    assert verdict.result is CheckResult.NOT_APPLICABLE
    assert only(attached()).result is CheckResult.NOT_APPLICABLE
