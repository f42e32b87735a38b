import pytest
from defusedxml import DTDForbidden

from godwit.domain.guest import DiskFacts, DiskKind
from godwit.hypervisor import xml
from godwit.hypervisor.imageusers import paths_in

DOMAIN = """<domain>
  <memory unit='KiB'>2048</memory><vcpu placement='static' current='2'>4</vcpu>
  <os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/i/a.qcow2'/><target dev='vda'/><shareable/>
    </disk>
    <disk type='block'><source dev='/dev/x'/><target dev='vdb'/></disk>
    <disk type='network'>
      <source protocol='rbd' name='pool/img'><host name='mon' port='6789'/></source><target dev='vdc'/>
    </disk>
    <disk type='volume'><source pool='p' volume='v'/><target dev='vdd'/></disk>
    <disk type='nvme'><source type='pci' namespace='1'/><target dev='vde'/></disk>
    <disk type='file' device='cdrom'><target dev='sda' tray='open'/><readonly/></disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/></channel>
  </devices>
</domain>"""


def test_every_kind_of_disk_is_told() -> None:
    assert xml.disks(xml.parse(DOMAIN)) == (
        DiskFacts(target="vda", kind=DiskKind.FILE, path="/i/a.qcow2", format="qcow2", shareable=True),
        DiskFacts(target="vdb", kind=DiskKind.BLOCK, path="/dev/x"),
        DiskFacts(target="vdc", kind=DiskKind.NETWORK, path="rbd://mon:6789/pool/img"),
        DiskFacts(target="vdd", kind=DiskKind.VOLUME, path="p/v"),
        DiskFacts(target="vde", kind=DiskKind.OTHER, path="pci"),
        DiskFacts(target="sda", kind=DiskKind.EMPTY, device="cdrom", read_only=True),
    )


@pytest.mark.parametrize(
    ("host", "uri"),
    [
        ("<host name='a' port='10809'/>", "nbd://a:10809/x"),
        ("<host name='fd00::1' port='10809'/>", "nbd://[fd00::1]:10809/x"),
        ("<host name='fd00::1'/>", "nbd://[fd00::1]/x"),
        ("<host transport='unix' socket='/run/nbd'/>", "nbd:///x"),
        ("", "nbd:///x"),
    ],
)
def test_a_network_disk_is_told_by_its_server_with_the_port(host: str, uri: str) -> None:
    source = f"<source protocol='nbd' name='x'>{host}</source>"
    [disk] = xml.disks(xml.parse(f"<domain><devices><disk type='network'>{source}</disk></devices></domain>"))
    assert disk.path == uri


def test_a_source_of_an_unknown_kind_is_no_empty_drive() -> None:
    odd = xml.parse("<domain><devices><disk type='new'><source/></disk></devices></domain>")
    assert xml.disks(odd)[0].writable


LAYERED = """<domain><os><nvram template='/t'>/v/a.fd</nvram></os><devices>
  <disk type='file' device='disk'>
    <source file='/i/top' startupPolicy='requisite'>
      <encryption format='luks'><secret type='passphrase' uuid='u-u'/></encryption>
    </source>
    <backingStore type='file'><format type='qcow2'/><source file='/i/middle'/>
      <backingStore type='block'><format type='raw'/><source dev='/dev/base'/><backingStore/></backingStore>
    </backingStore>
    <target dev='vda'/><transient/>
  </disk>
</devices></domain>"""


STORED = """<domain><devices><disk type='file' device='disk'>
  <source file='/i/top'>
    <dataStore type='file'><format type='raw'/><source file='/data/top'/></dataStore>
  </source>
  <backingStore type='file'><format type='qcow2'/>
    <source file='/i/base'><dataStore type='block'><source dev='/dev/data'/></dataStore></source>
    <backingStore/>
  </backingStore>
  <target dev='vda'/>
</disk></devices></domain>"""


def test_a_file_that_holds_an_images_content_is_a_layer_of_it() -> None:
    (disk,) = xml.disks(xml.parse(STORED))
    assert disk.backing == ("/data/top", "/i/base", "/dev/data")


def test_layers_encryption_and_policies_are_told() -> None:
    (disk,) = xml.disks(xml.parse(LAYERED))
    assert disk.backing == ("/i/middle", "/dev/base")
    assert (disk.encrypted, disk.secret) == (True, "u-u")
    assert (disk.transient, disk.startup_policy) == (True, "requisite")
    by_usage = LAYERED.replace("uuid='u-u'", "usage='/i/top'")
    assert xml.disks(xml.parse(by_usage))[0].secret == f"{xml.BY_USAGE}/i/top"


def test_the_file_of_the_firmwares_variables_is_told_in_both_forms() -> None:
    assert xml.nvram(xml.parse(LAYERED)) == "/v/a.fd"
    newer = "<domain><os><nvram type='file'><source file='/v/b.fd'/></nvram></os></domain>"
    assert xml.nvram(xml.parse(newer)) == "/v/b.fd"
    elsewhere = newer.replace("file=", "protocol='iscsi' name=").replace("'file'", "'network'")
    assert xml.nvram(xml.parse(elsewhere)) == ""
    assert xml.nvram(xml.parse("<domain/>")) == ""


def test_every_file_that_a_definition_names_is_found() -> None:
    assert set(paths_in(xml.parse(LAYERED))) == {"/i/top", "/i/middle", "/dev/base", "/v/a.fd"}
    mirrored = "<mirror type='file'><source file='/i/copy'/></mirror><target dev='vda'/>"
    copied = LAYERED.replace("<target dev='vda'/>", mirrored)
    assert "/i/copy" in set(paths_in(xml.parse(copied)))


def test_vcpus_memory_and_machine_are_told() -> None:
    domain = xml.parse(DOMAIN)
    assert xml.vcpus(domain) == 2
    assert xml.memory_bytes(domain) == 2048 * 1024
    assert xml.machine_and_arch(domain) == ("pc-q35-10.0", "x86_64")


def test_the_digest_is_of_the_devices_and_not_of_how_they_are_written() -> None:
    digest = xml.devices_digest(xml.parse(DOMAIN))
    for same in (
        DOMAIN.replace("<vcpu ", "<title>x</title><vcpu "),
        DOMAIN.replace("dev='vdb'", "dev = 'vdb' "),
        DOMAIN.replace("    <disk", "  <disk"),
        DOMAIN.replace("state='disconnected'", "state='connected'"),
        DOMAIN.replace("tray='open'", "tray='closed'"),
    ):
        assert same != DOMAIN
        assert xml.devices_digest(xml.parse(same)) == digest
    for other in (DOMAIN.replace("vdb", "vdz"), DOMAIN.replace("<shareable/>", "")):
        assert xml.devices_digest(xml.parse(other)) != digest


def test_reading_the_digest_leaves_the_definition_alone() -> None:
    domain = xml.parse(DOMAIN)
    assert xml.devices_digest(domain) == xml.devices_digest(domain)
    target = domain.find("./devices/channel/target")
    assert target is not None
    assert target.get("state") == "disconnected"


def test_a_document_type_is_refused() -> None:
    with pytest.raises(DTDForbidden):
        xml.parse('<!DOCTYPE d [<!ENTITY e "x">]><domain>&e;</domain>')
