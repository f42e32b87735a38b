"""What the destination is told to listen for."""

import pytest
from msgspec.structs import replace

from godwit.domain.contact import MOST_SPANS, ContactOrder, Offer, Span, frame_token, token_for
from godwit.domain.guest import InterfaceFacts
from godwit.domain.host import Network
from godwit.domain.steps import contact
from godwit.domain.task import Goal, TaskStatus

from ..builders import BEGUN, BR0, DESTINATION_TASK, INTERFACE, OFFER, observation, source
from ..checks.attached import (
    BR_INT,
    ETH1,
    IN_GROUP,
    LAN,
    NAT,
    ON_DEVICE,
    ON_NETWORK,
    ON_OVS,
    VIRBR0,
    attached,
)

TAGGED = replace(LAN, vlans=(7,))
SILENT = replace(OFFER, no_frames="it may not")
ON_BRIDGES = tuple(InterfaceFacts(f"52:54:00:00:00:{n:02x}", "bridge", bridge=f"br{n}") for n in range(20))


def order(
    *interfaces: InterfaceFacts,
    here: tuple[Network, ...] = (BR0,),
    there: tuple[Network, ...] = (BR0,),
    offer: Offer | None = OFFER,
    said_here: dict[str, str] | None = None,
    said_there: dict[str, str] | None = None,
) -> ContactOrder | None:
    known = attached(*interfaces, here=here, there=there, said_here=said_here, said_there=said_there)
    inspected = TaskStatus(reached=Goal.INSPECTED, facts=known.guest, offer=offer)
    observed = observation(BEGUN, source(Goal.INSPECTED, inspected))
    return contact.order(replace(observed, hypervisors=(known.source, known.destination)))


def spans(*interfaces: InterfaceFacts, **more: object) -> list[tuple[str, str]]:
    ordered = order(*interfaces, **more)  # type: ignore[arg-type] # a test's own words
    assert ordered is not None
    return [(span.here, span.there) for span in ordered.spans]


def test_it_is_told_where_it_is_called_and_a_token_for_its_own_task_alone() -> None:
    told = order(INTERFACE)
    assert told == ContactOrder(token_for(OFFER, DESTINATION_TASK), "address-of-host2", (Span("br0", "br0"),))
    assert told.token != token_for(OFFER, f"{DESTINATION_TASK}-2")
    assert OFFER.token not in told.token
    assert len(told.token) == 32


def test_a_source_too_old_to_call_is_not_waited_for() -> None:
    assert order(INTERFACE, offer=None) is None


def test_frames_bear_another_token_on_each_pair_of_links() -> None:
    told = order(INTERFACE)
    assert told is not None
    tokens = {told.token, *(frame_token(told, Span(*pair)) for pair in (("a", "b"), ("b", "a"), ("a", "a")))}
    assert len(tokens) == 4


@pytest.mark.parametrize(
    ("interface", "networks", "link"),
    [
        (INTERFACE, (BR0,), "br0"),
        (ON_NETWORK, (LAN, BR0), "br0"),
        (ON_DEVICE, (ETH1,), "eth1"),
        (replace(INTERFACE, bridge="br1"), (replace(BR0, name="br1", vlans=(7,)),), "br1"),
    ],
)
def test_a_frame_is_tried_on_bridges_and_devices_that_both_hosts_have(
    interface: InterfaceFacts, networks: tuple[Network, ...], link: str
) -> None:
    assert spans(interface, here=networks, there=networks) == [(link, link)]


def test_the_bridges_of_a_libvirt_network_may_bear_two_names() -> None:
    other = replace(LAN, bridge="br9"), replace(BR0, name="br9", bridge="br9")
    assert spans(ON_NETWORK, here=(LAN, BR0), there=other) == [("br0", "br9")]


@pytest.mark.parametrize(
    ("interface", "networks"),
    [
        (ON_OVS, (BR_INT,)),
        (IN_GROUP, (LAN, BR0)),
        (ON_NETWORK, (TAGGED, BR0)),
        (ON_NETWORK, (NAT, VIRBR0)),
        (InterfaceFacts(INTERFACE.mac, "user"), (BR0,)),
    ],
    ids=["ovs", "a tagged port group", "a tagged network", "nat", "user"],
)
def test_none_is_tried_where_it_would_tell_nothing(
    interface: InterfaceFacts, networks: tuple[Network, ...]
) -> None:
    assert spans(interface, here=networks, there=networks) == []
    assert spans(interface, here=(BR0,), there=networks) == []


def test_none_is_sent_on_a_link_that_is_down_but_one_is_waited_for_on_one_that_may_have_come_up() -> None:
    down = replace(BR0, active=False)
    assert spans(INTERFACE, here=(down,), there=(BR0,)) == []
    assert spans(INTERFACE, here=(BR0,), there=(down,)) == [("br0", "br0")]


@pytest.mark.parametrize(
    ("interface", "link"), [(INTERFACE, "br0"), (replace(ON_DEVICE, device="eth9"), "eth9"), (ON_OVS, "")]
)
def test_one_is_tried_by_the_links_name_where_the_destination_has_not_told_of_it_yet(
    interface: InterfaceFacts, link: str
) -> None:
    eth9 = replace(ETH1, name="eth9")
    expected = [(link, link)] if link else []
    assert spans(interface, here=(BR0, BR_INT, eth9), there=()) == expected
    assert spans(INTERFACE, here=(BR0,), there=(replace(BR0, uplinks=()),)) == [("br0", "br0")]
    assert spans(ON_NETWORK, here=(LAN, BR0), there=()) == [], "each host has its own behind it"


def test_none_is_tried_where_the_admin_has_spoken_of_both() -> None:
    assert spans(INTERFACE, said_here={"br0": "a"}, said_there={"br0": "b"}) == []
    assert spans(INTERFACE, said_here={"br0": "a"}) == [("br0", "br0")]


def test_none_is_tried_by_a_source_that_can_send_none() -> None:
    assert spans(INTERFACE, offer=SILENT) == []


def test_two_interfaces_of_one_bridge_need_one_frame_and_there_are_only_so_many() -> None:
    assert spans(INTERFACE, replace(INTERFACE, mac="52:54:00:00:00:02")) == [("br0", "br0")]
    bridges = tuple(replace(BR0, name=f"br{number}") for number in range(20))
    assert len(spans(*ON_BRIDGES, here=bridges, there=bridges)) == MOST_SPANS
