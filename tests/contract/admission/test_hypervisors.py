"""What the API server says to an admin about a Hypervisor."""

import pytest

from .server import Server

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("address", ["10.0.1.12", "host1-data.example.org", "fd00::12", "::1", "2001:db8::"])
def test_an_address_of_any_family_is_accepted(server: Server, address: str) -> None:
    server.would_create(server.body("Hypervisor", {"migrationAddress": address}))


@pytest.mark.parametrize("address", ["", "10.0.1.12/24", "tcp://host1", "a b", "host1;reboot", "a" * 10_000])
def test_a_bad_address_is_refused_by_the_fields_name(server: Server, address: str) -> None:
    said = server.refusal_to_create(server.body("Hypervisor", {"migrationAddress": address}))
    assert "spec.migrationAddress: " in said


@pytest.mark.parametrize(
    "directories",
    [[], ["/var/lib/libvirt/images"], ["/srv/vm images", "/srv/.vms", "/srv/..vms", "/a..b"]],
)
def test_directories_for_images_are_accepted(server: Server, directories: list[str]) -> None:
    server.would_create(server.body("Hypervisor", {"imageDirectories": directories}))


@pytest.mark.parametrize(
    "directory",
    ["", "/", "images", "./images", "/images/", "//images", "/images//a", "/images/..", "/../etc",
     "/a/../etc", "/a/./b", "/.", "/images\n", "/" + "a" * 10_000],
)  # fmt: skip
def test_a_bad_directory_is_refused_by_the_fields_name(server: Server, directory: str) -> None:
    said = server.refusal_to_create(server.body("Hypervisor", {"imageDirectories": ["/images", directory]}))
    assert "spec.imageDirectories[1]: " in said


def test_a_directory_that_is_named_twice_is_refused(server: Server) -> None:
    said = server.refusal_to_create(server.body("Hypervisor", {"imageDirectories": ["/images", "/images"]}))
    assert 'spec.imageDirectories[1]: Duplicate value: "/images"' in said


@pytest.mark.parametrize("memory", ["1k", "512Mi", "4Gi", "1024Ti"])
def test_a_reserve_of_memory_is_accepted(server: Server, memory: str) -> None:
    server.would_create(server.body("Hypervisor", {"reserve": {"memory": memory}}))


@pytest.mark.parametrize(
    "memory", ["", "0", "0Gi", "4", "-4Gi", "4.5Gi", "4 Gi", "4gb", "1025Ti", "9" * 20 + "k"]
)
def test_a_bad_reserve_is_refused_by_the_fields_name(server: Server, memory: str) -> None:
    said = server.refusal_to_create(server.body("Hypervisor", {"reserve": {"memory": memory}}))
    assert "spec.reserve.memory: " in said


@pytest.mark.parametrize("name", ["br0", "eth0.10", "my network", "lan/web"])
def test_the_segment_of_a_network_is_accepted(server: Server, name: str) -> None:
    said = {"name": name, "segment": "site-1/prod:10"}
    server.would_create(server.body("Hypervisor", {"networks": [said]}))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "br0"}, "segment"),
        ({"segment": "prod"}, "name"),
        ({"name": "", "segment": "prod"}, "name"),
        ({"name": "/web", "segment": "prod"}, "name"),
        ({"name": "br0", "segment": ""}, "segment"),
        ({"name": "br0", "segment": "a b"}, "segment"),
        ({"name": "br0", "segment": "-"}, "segment"),
    ],
)
def test_a_bad_segment_is_refused_by_the_fields_name(
    server: Server, wrong: dict[str, str], field: str
) -> None:
    assert f"spec.networks[0].{field}: " in server.refusal_to_create(
        server.body("Hypervisor", {"networks": [wrong]})
    )


def test_a_network_has_one_segment(server: Server) -> None:
    twice = [{"name": "br0", "segment": "prod"}, {"name": "br0", "segment": "test"}]
    said = server.refusal_to_create(server.body("Hypervisor", {"networks": twice}))
    assert "spec.networks[1]: Duplicate value" in said


def test_an_admin_may_change_his_mind(server: Server) -> None:
    name = server.create(server.body("Hypervisor", {"migrationAddress": "10.0.1.12"}, name="changed"))
    for address in ("10.0.1.13", None):
        server.patch(name, {"spec": {"migrationAddress": address}})
    for directories in (["/images"], ["/images", "/srv"], [], None):
        server.patch(name, {"spec": {"imageDirectories": directories}})


def test_a_hypervisor_is_born_with_a_status_that_says_nothing_yet(server: Server) -> None:
    assert server.would_create(server.body("Hypervisor", {}))["status"] == {"observedGeneration": -1}
