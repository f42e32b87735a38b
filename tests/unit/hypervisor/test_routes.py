from pathlib import Path

from godwit.hypervisor.routes import Routes

from .kernel import ADDRESSES, ROUTES, VLANS, Kernel


def test_subnets_are_what_is_reached_without_a_gateway_and_is_more_than_one_host(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path)
    kernel.tell(routes=ROUTES, addresses=ADDRESSES)
    found = Routes(kernel.proc_net).subnets()
    assert {link: subnets for link, subnets in found.items() if subnets} == {
        "br0": ("10.0.1.0/24", "2001:db8::/64"),
        "veth2": ("10.1.0.0/16",),
    }


def test_vlan_links_are_told_by_their_tags_whatever_their_names(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path)
    kernel.tell(vlans=VLANS)
    assert Routes(kernel.proc_net).vlans() == {"eth0.10": 10, "lan20": 20}


def test_a_kernel_without_these_files_tells_nothing(tmp_path: Path) -> None:
    assert Routes(tmp_path).subnets() == {}
    assert Routes(tmp_path).vlans() == {}


def test_this_machine_s_own_files_can_be_read() -> None:
    """Of the kernel that runs this: the form is the kernel's, and is not made up here."""
    for subnets in Routes(Path("/proc/net")).subnets().values():
        assert all("/" in subnet for subnet in subnets)
