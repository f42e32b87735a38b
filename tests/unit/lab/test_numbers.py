"""Which number, and so which network, a new lab gets."""

import ipaddress

import pytest

from labkit.registry import MOST_LABS, claim_lab, free_number
from labkit.shell import LabError


def networks(*written: str) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(network) for network in written]


def test_the_first_lab_has_number_0() -> None:
    assert free_number(set(), []) == 0


def test_a_number_that_was_given_back_is_the_next_one() -> None:
    assert free_number({0, 2}, []) == 1


def test_a_network_of_the_machine_is_left_alone_whether_it_is_part_of_a_labs_or_the_other_way_round() -> None:
    assert free_number(set(), networks("10.64.200.0/24")) == 1
    assert free_number(set(), networks("10.64.0.0/14")) == 4


def test_networks_elsewhere_do_not_matter() -> None:
    assert free_number(set(), networks("192.168.0.0/16", "10.0.0.0/16", "172.17.0.0/16")) == 0


def test_no_number_left_says_what_to_end() -> None:
    with pytest.raises(LabError, match="hack/lab down --name LAB"):
        free_number(set(range(MOST_LABS)), [])
    with pytest.raises(LabError, match=r"10\.64\.0\.0"):
        free_number(set(), networks("10.0.0.0/8"))


@pytest.mark.parametrize("name", ["", "Lab", "1st", "-lab", "a_b", "a/b", "..", "a" * 21, "lab\n"])
def test_a_name_that_could_not_be_a_directory_or_cgroup_is_refused_by_name(name: str) -> None:
    with pytest.raises(LabError) as refused:
        claim_lab(name)
    assert repr(name) in str(refused.value)
