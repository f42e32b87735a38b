"""What an inspection tells of real disks, and what is left of others' metadata after a migration."""

import libvirt
import pytest

from godwit.domain.guest import DiskKind

from .lab_world import IMAGE_BYTES, LabWorld
from .worlds import NAME, UUID, request

pytestmark = pytest.mark.contract


async def test_a_disk_on_shared_storage_is_told_with_its_size_and_its_kind_of_file_system(
    lab: LabWorld,
) -> None:
    await lab.start_guest()
    (disk,) = (await lab.source.guests.inspect(UUID)).disks
    assert (disk.target, disk.kind, disk.format) == ("vda", DiskKind.FILE, "raw")
    assert disk.path == f"{lab.shared}/{NAME}.raw"
    assert disk.virtual_size_bytes == IMAGE_BYTES
    assert disk.regular_file
    assert disk.file_system == "fuse.glusterfs"
    assert disk.writable


async def test_others_metadata_arrives_as_it_was(lab: LabWorld) -> None:
    await lab.start_guest()
    await lab.source.jobs.migrate(await request(lab))
    found: list[str] = []
    await lab.by_hand(1, lambda host: found.append(_others(host, libvirt.VIR_DOMAIN_AFFECT_LIVE)))
    await lab.by_hand(1, lambda host: found.append(_others(host, libvirt.VIR_DOMAIN_AFFECT_CONFIG)))
    assert found == ["<note>ü &lt;kept&gt;</note>"] * 2


async def test_bridges_are_told_with_their_mtu(lab: LabWorld) -> None:
    networks = {network.name: network for network in (await lab.source.host.facts()).networks}
    assert networks["guests"].kind == "bridge"
    assert networks["guests"].active
    assert networks["guests"].mtu > 0


def _others(host: libvirt.virConnect, flags: int) -> str:
    text: str = host.lookupByName(NAME).metadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT, "urn:example:other", flags
    )
    return text
