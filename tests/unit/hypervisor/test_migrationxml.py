import msgspec
import pytest

from godwit.domain.guest import Marks
from godwit.domain.image import Copy
from godwit.hypervisor import marks, migrationxml, xml
from godwit.hypervisor.ports import MigrationRequest

DOMAIN = """<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>vm1</name>
  <metadata>
    <other:note xmlns:other="urn:example:other">
    <disk type='file'>
      <target dev='vdb'/>
    </disk>
    </other:note>
  </metadata>
  <devices>
    <!-- kept -->
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='/shared/a.qcow2' index='3'/>
      <backingStore type='file' index='4'>
        <format type='qcow2'/>
        <source file='/shared/base.qcow2'/>
        <backingStore/>
      </backingStore>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' discard='ignore'/>
      <source file='/local/b &amp; c.raw' index='2'/>
      <backingStore/>
      <target dev='vdb' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/local/c.qcow2' index='1'/>
      <backingStore type='file' index='4'>
        <format type='qcow2'/>
        <source file='/local/base.qcow2'/>
        <backingStore/>
      </backingStore>
      <target dev='vdc' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='/local/medium.iso' startupPolicy='optional'/>
      <target dev='hda' bus='ide' tray='closed'/>
      <readonly/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='hdb' bus='ide'/>
      <readonly/>
    </disk>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-name'/>
  </qemu:commandline>
</domain>
"""
MARKS = Marks(run="r", attempt="uid/1")


def image(target: str, path: str, format: str) -> Copy:
    return Copy(target=target, path=path, format=format, virtual_size_bytes=1 << 20)


RAW, QCOW2 = image("vdb", "/local/b & c.raw", "raw"), image("vdc", "/local/c.qcow2", "qcow2")
REQUEST = MigrationRequest(
    uuid="u",
    destination_uri="d",
    migrate_uri="m",
    live_marks=MARKS,
    devices_digest="x",
    copies=(RAW, QCOW2),
    ejected=("hda",),
)


def disk(definition: str, target: str) -> str:
    """One disk's lines."""
    parts = definition[definition.index("\n  <devices>") :].split("    <disk ")[1:]
    (found,) = [part for part in parts if f"dev='{target}'" in part or f'dev="{target}"' in part]
    return found


@pytest.mark.parametrize("form", [migrationxml.live, migrationxml.persistent])
def test_copies_are_layered_on_nothing_and_other_disks_stay_as_they_are(
    form: migrationxml.Form,
) -> None:
    found = form(DOMAIN, REQUEST)
    assert "backingStore" not in disk(found, "vdc")
    for target in ("vda", "hdb"):
        assert disk(found, target) == disk(DOMAIN, target)
    assert '"/local/c.qcow2"' in disk(found, "vdc")
    assert '"/local/b &amp; c.raw"' in disk(found, "vdb")


@pytest.mark.parametrize("form", [migrationxml.live, migrationxml.persistent])
def test_a_copy_that_was_layered_on_nothing_before_still_says_so(form: migrationxml.Form) -> None:
    assert "<backingStore" in disk(form(DOMAIN, REQUEST), "vdb")


def test_a_raw_copy_may_discard_in_the_live_definition_alone() -> None:
    assert 'discard="unmap"' in disk(migrationxml.live(DOMAIN, REQUEST), "vdb")
    assert 'discard="ignore"' in disk(migrationxml.persistent(DOMAIN, REQUEST), "vdb")
    assert "discard" not in disk(migrationxml.live(DOMAIN, REQUEST), "vdc")


@pytest.mark.parametrize("form", [migrationxml.live, migrationxml.persistent])
def test_an_ejected_drive_has_no_medium_and_is_still_there(form: migrationxml.Form) -> None:
    found = disk(form(DOMAIN, REQUEST), "hda")
    assert "medium.iso" not in found
    assert 'device="cdrom"' in found


def test_nothing_outside_of_those_disks_changes_by_a_byte() -> None:
    found = migrationxml.live(DOMAIN, REQUEST)
    for kept in (
        "    <!-- kept -->\n",
        "    <disk type='file'>\n      <target dev='vdb'/>\n    </disk>\n    </other:note>\n",
        "  <qemu:commandline>\n    <qemu:arg value='-name'/>\n  </qemu:commandline>\n</domain>\n",
    ):
        assert kept in found


def test_each_definition_bears_its_marks() -> None:
    assert marks.read(migrationxml.live(DOMAIN, REQUEST)) == MARKS
    assert marks.read(migrationxml.persistent(DOMAIN, REQUEST)) == Marks(attempt="uid/1")


def test_without_copies_only_marks_are_put() -> None:
    asked = msgspec.structs.replace(REQUEST, copies=(), ejected=())
    assert migrationxml.live(DOMAIN, asked) == marks.put(DOMAIN, MARKS)


def test_a_disk_that_the_guest_has_not_is_an_error_with_its_name() -> None:
    asked = msgspec.structs.replace(REQUEST, copies=(image("vdz", "/local/z", "raw"),))
    with pytest.raises(ValueError, match="vdz"):
        migrationxml.live(DOMAIN, asked)


def test_the_definition_of_the_next_boot_may_have_other_disks() -> None:
    asked = msgspec.structs.replace(
        REQUEST, copies=(image("vdz", "/local/z", "raw"), image("vdc", "/local/another.qcow2", "qcow2"))
    )
    found = migrationxml.persistent(DOMAIN, asked)
    assert "/local/base.qcow2" in disk(found, "vdc")
    assert [each.target for each in xml.disks(xml.parse(found))] == ["vda", "vdb", "vdc", "hda", "hdb"]


def test_a_definition_that_is_not_printed_as_libvirt_does_is_refused_rather_than_spoiled() -> None:
    with pytest.raises(ValueError, match="changing something else"):
        migrationxml.live(DOMAIN.replace("    <disk", "  <disk"), REQUEST)
