"""Two labs, and two boxes of one lab, never meet: not in an address, a link, a bridge or a directory."""

import ipaddress
from itertools import combinations

import pytest

from labkit.lab import MOST_HOSTS, Lab, Plane, host_number
from labkit.network import planes_of
from labkit.registry import MOST_LABS
from labkit.shell import LabError

FIRST, LAST = Lab("first", 0), Lab("last", MOST_LABS - 1)
HOSTS = [f"host{number}" for number in range(1, MOST_HOSTS + 1)]
BOXES = ["control", "store", "infra", *HOSTS]
LONGEST_LINK_NAME = 15


def test_no_two_links_have_one_address() -> None:
    addresses = [
        lab.address(plane, box) for lab in (FIRST, LAST) for box in BOXES for plane in planes_of(box)
    ]
    assert len(set(addresses)) == len(addresses)


def test_every_link_has_a_card_of_its_own_and_the_same_one_each_time_its_box_comes() -> None:
    cards = [lab.mac(plane, box) for lab in (FIRST, LAST) for box in BOXES for plane in planes_of(box)]
    assert len(set(cards)) == len(cards)
    assert all(int(card[:2], 16) & 0b11 == 0b10 for card in cards), "of one box, and of no maker's"
    assert Lab("again", 0).mac(Plane.DATA, "host1") == FIRST.mac(Plane.DATA, "host1")


def test_the_machine_itself_has_the_address_of_no_box() -> None:
    assert not {FIRST.address(plane, box) for plane in Plane for box in BOXES} & {
        f"{FIRST.subnet(plane)}.254" for plane in Plane
    }


def test_the_networks_of_a_lab_do_not_overlap() -> None:
    written = [*(f"{FIRST.subnet(plane)}.0/24" for plane in Plane), FIRST.services, FIRST.pods]
    networks = [ipaddress.IPv4Network(network) for network in written]
    assert not [pair for pair in combinations(networks, 2) if pair[0].overlaps(pair[1])]


def test_every_nodes_pods_have_a_range_of_their_own_within_that_of_all_pods() -> None:
    ranges = [ipaddress.IPv4Network(FIRST.pod_range(node)) for node in ["infra", *HOSTS]]
    assert len(set(ranges)) == len(ranges)
    assert all(pods.subnet_of(ipaddress.IPv4Network(FIRST.pods)) for pods in ranges)


def test_all_of_a_lab_lies_in_its_own_sixteenth_bit_network() -> None:
    for lab, own in ((FIRST, "10.64.0.0/16"), (LAST, f"10.{63 + MOST_LABS}.0.0/16")):
        everything = [lab.services, lab.pods, *(f"{lab.subnet(plane)}.0/24" for plane in Plane)]
        assert all(ipaddress.IPv4Network(net).subnet_of(ipaddress.IPv4Network(own)) for net in everything)


def test_names_of_links_and_bridges_differ_and_fit_into_what_the_kernel_takes() -> None:
    names = [lab.link(plane, box) for lab in (FIRST, LAST) for box in BOXES for plane in planes_of(box)]
    names += [lab.bridge(plane) for lab in (FIRST, LAST) for plane in Plane]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= LONGEST_LINK_NAME


def test_the_api_servers_address_in_the_cluster_is_the_first_of_the_services() -> None:
    assert FIRST.api_service_address == str(next(ipaddress.IPv4Network(FIRST.services).hosts()))


def test_a_box_keeps_its_files_below_its_own_labs_directory() -> None:
    assert FIRST.logs("host1").is_relative_to(FIRST.box_state("host1"))
    assert FIRST.box_state("host1").is_relative_to(FIRST.state)
    assert not FIRST.state.is_relative_to(LAST.state)


@pytest.mark.parametrize(("host", "number"), [("host1", 1), ("host9", 9), ("host20", 20)])
def test_a_hosts_number_is_in_its_name(host: str, number: int) -> None:
    assert host_number(host) == number


@pytest.mark.parametrize(
    "host", ["host0", "host01", "host21", "host100", "host", "Host1", "host1\n", "h1", ""]
)
def test_what_is_called_otherwise_is_no_host_and_is_named(host: str) -> None:
    with pytest.raises(LabError) as refused:
        host_number(host)
    assert repr(host) in str(refused.value)


def test_only_a_libvirt_host_is_on_the_planes_of_data_storage_and_guests() -> None:
    assert set(planes_of("host1")) == set(Plane)
    assert planes_of("control") == planes_of("infra") == (Plane.API,)
    assert planes_of("store") == (Plane.STORAGE,)
