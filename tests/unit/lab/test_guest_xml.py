"""The domain that a guest becomes; read back as XML, as libvirt reads it."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from labkit.guest.spec import Guest, parse_cdrom, parse_disk, parse_floppy
from labkit.guest.xml import console_log, domain_xml, nbd_port, target

DISKS = tuple(
    map(parse_disk, ("shared:64Mi:qcow2", "local:1Mi:raw", "shared:1Mi:qcow2:ro", "shared:1Mi:raw:shareable"))
)
UUID = "6a9a4a3e-3c0e-4f0c-8a3e-0d1b6c3a9f10"


def domain(guest: Guest) -> Element:
    root: Element = fromstring(domain_xml(guest, "10.64.4.107", "/lab/guest/x", "10.64.2.2"))
    return root


GUEST = Guest("m", "host1", DISKS, uuid=UUID, number=7)


def test_it_is_the_guest_that_was_asked_for() -> None:
    root = domain(replace(GUEST, vcpus=3, memory_bytes=256 << 20))
    assert (root.findtext("name"), root.findtext("uuid"), root.findtext("vcpu")) == ("m", UUID, "3")
    memory = root.find("memory")
    assert memory is not None
    assert (memory.get("unit"), memory.text) == ("b", str(256 << 20))


def test_no_kvm_is_asked_for_and_every_host_has_the_same_machine() -> None:
    root = domain(GUEST)
    assert root.get("type") == "qemu"
    assert root.findtext("cpu/model") == "qemu64"


def test_each_disk_is_the_image_of_its_number_with_its_format_and_cache() -> None:
    found = [
        (
            disk.findall("source")[0].get("file"),
            disk.findall("driver")[0].get("type"),
            disk.findall("driver")[0].get("cache"),
            disk.findall("target")[0].get("dev"),
        )
        for disk in domain(GUEST).iterfind("devices/disk")
    ]
    images = [str(path) for path in GUEST.images()]
    formats = ["qcow2", "raw", "qcow2", "raw"]
    names = ["vda", "vdb", "vdc", "vdd"]
    assert found == [(*known, "none", name) for *known, name in zip(images, formats, names, strict=True)]


def test_only_a_disk_that_was_asked_to_be_is_read_only_or_shareable() -> None:
    disks = domain(GUEST).findall("devices/disk")
    assert [disk.find("readonly") is not None for disk in disks] == [False, False, True, False]
    assert [disk.find("shareable") is not None for disk in disks] == [False, False, False, True]


def test_what_it_writes_and_its_address_stand_on_the_kernels_command_line() -> None:
    asked = replace(
        GUEST, working_set_bytes=1 << 20, dirty_bytes_per_second=2 << 20, write_bytes_per_second=3 << 20
    )
    words = (domain(asked).findtext("os/cmdline") or "").split()
    assert {
        "guest.address=10.64.4.107",
        f"guest.working_set={1 << 20}",
        f"guest.dirty={2 << 20}",
        f"guest.write={3 << 20}",
    } <= set(words)


def test_a_guest_without_disks_has_none() -> None:
    assert not domain(Guest("m", "host1", uuid=UUID)).findall("devices/disk")


def test_its_console_goes_to_the_log_that_bears_its_name() -> None:
    found = domain(GUEST).find("devices/serial/source")
    assert found is not None
    assert found.get("path") == console_log("m")


def test_the_sixteenth_disk_is_vdp() -> None:
    assert target(15) == "vdp"


def test_firmware_variables_lie_where_they_are_asked_for_and_otherwise_nowhere() -> None:
    for place in ("shared", "local"):
        asked = domain(replace(GUEST, nvram=place))
        assert asked.findtext("os/nvram") == f"/var/lib/godwit/{place}/m-nvram.fd"
        assert asked.find("os/loader") is not None
    assert domain(GUEST).find("os/nvram") is None


def test_a_drive_is_read_only_and_has_its_medium_which_may_be_optional() -> None:
    drives = tuple(map(parse_cdrom, ("empty", "local:1Mi", "local:1Mi:optional")))
    found = domain(replace(GUEST, disks=(), cdroms=drives)).findall("devices/disk")
    assert {disk.get("device") for disk in found} == {"cdrom"}
    assert all(disk.find("readonly") is not None for disk in found)
    assert [disk.findall("target")[0].get("dev") for disk in found] == ["hda", "hdb", "hdc"]
    sources = [source.attrib for disk in found for source in disk.iterfind("source")]
    assert sources == [
        {"file": "/var/lib/godwit/local/m-cdrom1.iso"},
        {"file": "/var/lib/godwit/local/m-cdrom2.iso", "startupPolicy": "optional"},
    ]


def test_a_floppy_is_read_only_in_a_drive_of_its_own() -> None:
    drives = tuple(map(parse_floppy, ("shared", "empty")))
    found = domain(replace(GUEST, disks=(), floppies=drives)).findall("devices/disk")
    assert {disk.get("device") for disk in found} == {"floppy"}
    assert all(disk.find("readonly") is not None for disk in found)
    assert [disk.findall("target")[0].attrib for disk in found] == [
        {"dev": "fda", "bus": "fdc"},
        {"dev": "fdb", "bus": "fdc"},
    ]
    sources = [source.attrib for disk in found for source in disk.iterfind("source")]
    assert sources == [{"file": "/var/lib/godwit/shared/m-floppy0.img"}]


def test_a_network_disk_names_its_server_in_the_store() -> None:
    guest = replace(GUEST, disks=(DISKS[0], parse_disk("network:16Mi")))
    disk = domain(guest).findall("devices/disk")[1]
    assert disk.get("type") == "network"
    host = disk.find("source/host")
    assert host is not None
    assert host.attrib == {"name": "10.64.2.2", "port": str(nbd_port(guest, 1))}


def test_no_two_network_disks_of_a_lab_have_one_port() -> None:
    ports = [nbd_port(replace(GUEST, number=number), disk) for number in range(151) for disk in range(16)]
    assert len(set(ports)) == len(ports)
