"""What the guest's kernel unpacks at boot: an archive that is wrong gives a guest that panics."""

import pytest

from labkit.guest.archive import directory, file, newc
from labkit.guest.modules import depends, load_order

MODULES = {
    "virtio_blk": b"\0depends=virtio,virtio_ring\0",
    "virtio_net": b"\0depends=net-failover,virtio\0",
    "net_failover": b"\0depends=failover\0",
    "failover": b"\0depends=\0",
    "virtio_ring": b"\0depends=virtio\0",
    "virtio": b"\0license=GPL\0",
}


def members(archive: bytes) -> list[tuple[str, int, bytes]]:
    """Name, mode and content of each member: `newc` as the kernel's initramfs documentation has it."""
    found: list[tuple[str, int, bytes]] = []
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        mode, content_size, name_size = fields[1], fields[6], fields[11]
        name = archive[at + 110 : at + 110 + name_size - 1].decode()
        begin = -(-(at + 110 + name_size) // 4) * 4
        if name == "TRAILER!!!":
            return found
        found.append((name, mode, archive[begin : begin + content_size]))
        at = -(-(begin + content_size) // 4) * 4


@pytest.mark.parametrize("content", [b"", b"a", b"abc", b"abcd", b"abcde", bytes(range(256)) * 17])
def test_what_goes_in_comes_out_whatever_its_length(content: bytes) -> None:
    entries = [directory("modules"), file("init", content, 0o755), file("modules/x.ko", content, 0o644)]
    assert members(newc(entries)) == [
        ("modules", 0o040755, b""),
        ("init", 0o100755, content),
        ("modules/x.ko", 0o100644, content),
    ]


def test_every_member_has_an_inode_of_its_own() -> None:
    archive = newc([file("a", b"", 0o644), file("b", b"", 0o644)])
    assert b"07070100000001" in archive and b"07070100000002" in archive


def test_a_module_loads_after_those_it_needs_and_once() -> None:
    order = load_order(("virtio_blk", "virtio_net"), MODULES.get)
    assert order == ["virtio", "virtio_ring", "virtio_blk", "failover", "net_failover", "virtio_net"]


def test_what_is_built_into_the_kernel_is_not_loaded() -> None:
    assert load_order(("virtio_pci", "failover"), MODULES.get) == ["failover"]


def test_a_module_that_names_no_other_needs_none() -> None:
    assert depends(MODULES["virtio"]) == depends(MODULES["failover"]) == []
