"""The address at which other hosts reach this one; the loop-back device is a network that is always there."""

from ipaddress import IPv4Address, ip_network

from godwit.agent.address import migration_address

NODE = IPv4Address("192.0.2.7")


def test_without_a_network_it_is_the_nodes_own() -> None:
    assert migration_address(None, NODE) == "192.0.2.7"


def test_it_is_the_hosts_own_address_in_the_network() -> None:
    assert migration_address(ip_network("127.0.0.0/8"), NODE) == "127.0.0.1"


def test_a_network_of_one_address_is_that_address() -> None:
    assert migration_address(ip_network("127.0.0.1/32"), NODE) == "127.0.0.1"


def test_a_network_that_the_host_is_not_in_gives_none() -> None:
    assert migration_address(ip_network("203.0.113.0/24"), NODE) == ""


def test_a_network_of_the_other_family_that_the_host_is_not_in_gives_none() -> None:
    assert migration_address(ip_network("2001:db8::/64"), NODE) == ""
