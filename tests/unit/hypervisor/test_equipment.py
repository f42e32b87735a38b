"""What a definition says of devices that don't simply come along; the lab has hardly any to give away."""

import pytest

from godwit.domain.equipment import TPM, Device, DeviceKind, GuestAgent
from godwit.hypervisor.equipment import equipment
from godwit.hypervisor.xml import parse

PCI = "<address domain='0x0000' bus='0x06' slot='0x12' function='0x5'/>"
UUID = "c2177883-f1bb-47f0-914d-32a22e3a8804"
QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"


def tied(devices: str, more: str = "") -> list[Device]:
    domain = parse(f"<domain xmlns:qemu='{QEMU}'><devices>{devices}</devices>{more}</domain>")
    return list(equipment(domain).devices)


def hostdev(kind: str, source: str, more: str = "") -> str:
    return f"<hostdev mode='subsystem' type='{kind}'>{source}{more}</hostdev>"


def interface(kind: str, source: str, more: str = "") -> str:
    return f"<interface type='{kind}'><mac address='52:54:00:aa:bb:cc'/>{source}{more}</interface>"


def disk(kind: str, source: str) -> str:
    return f"<disk type='{kind}'>{source}<target dev='vda'/></disk>"


@pytest.mark.parametrize(
    ("xml", "name"),
    [
        (hostdev("pci", f"<source>{PCI}</source>"), "PCI device 0000:06:12.5"),
        (
            hostdev("usb", "<source><vendor id='0x1234'/><product id='0xbeef'/></source>"),
            "USB device 0x1234 0xbeef",
        ),
        (hostdev("usb", "<source><address bus='1' device='4'/></source>"), "USB device bus 1 device 4"),
        (hostdev("mdev", f"<source><address uuid='{UUID}'/></source>"), f"mdev {UUID}"),
        (
            hostdev(
                "scsi",
                "<source><adapter name='scsi_host0'/><address bus='0' target='1' unit='2'/></source>",
            ),
            "SCSI device scsi_host0 0:1:2",
        ),
        (hostdev("scsi", "<source protocol='iscsi' name='iqn.x'/>"), "SCSI device iqn.x"),
        (hostdev("scsi_host", "<source protocol='vhost' wwpn='naa.5'/>"), "SCSI host naa.5"),
        (hostdev("new", "<source thing='7'/>"), "new device 7"),
        (hostdev("new", ""), "new device"),
        (
            interface("hostdev", f"<source>{PCI}</source>"),
            "interface 52:54:00:aa:bb:cc, which is PCI device 0000:06:12.5",
        ),
        (
            interface("hostdev", f"<source><address type='mdev' uuid='{UUID}'/></source>"),
            f"interface 52:54:00:aa:bb:cc, which is mdev {UUID}",
        ),
        (
            interface("vdpa", "<source dev='/dev/vhost-vdpa-0'/>"),
            "interface 52:54:00:aa:bb:cc, which is vDPA /dev/vhost-vdpa-0",
        ),
        (disk("nvme", f"<source type='pci'>{PCI}</source>"), "disk vda, which is NVMe 0000:06:12.5"),
        (disk("vhostvdpa", "<source dev='/dev/vhost-vdpa-1'/>"), "disk vda, which is vDPA /dev/vhost-vdpa-1"),
        ("<smartcard mode='host'/>", "smartcard host"),
    ],
)
def test_each_piece_of_the_host_is_named_by_its_address(xml: str, name: str) -> None:
    assert tied(xml) == [Device(DeviceKind.HOST_DEVICE, name)]


@pytest.mark.parametrize(
    ("xml", "device"),
    [
        (
            "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='share'/>"
            "</filesystem>",
            Device(DeviceKind.FILE_SYSTEM, "filesystem share, which is virtiofs of /srv"),
        ),
        (
            "<filesystem type='mount'><driver type='path'/><source dir='/srv'/><target dir='share'/>"
            "</filesystem>",
            Device(DeviceKind.FILE_SYSTEM, "filesystem share, which is 9p of /srv"),
        ),
        (
            interface("vhostuser", "<source type='unix' path='/run/vhost.sock' mode='server'/>"),
            Device(DeviceKind.VHOST_USER, "interface 52:54:00:aa:bb:cc at /run/vhost.sock"),
        ),
        (
            disk("vhostuser", "<source type='unix' path='/run/vhost.sock'/>"),
            Device(DeviceKind.VHOST_USER, "disk vda at /run/vhost.sock"),
        ),
        (
            "<shmem name='a' role='peer'><model type='ivshmem-plain'/></shmem>",
            Device(DeviceKind.SHARED_MEMORY, "shmem a"),
        ),
        ("<shmem name='a' role='master'/>", Device(DeviceKind.OWN_SHARED_MEMORY, "shmem a")),
        (
            "<memory model='nvdimm'><source><path>/srv/nvdimm</path></source></memory>",
            Device(DeviceKind.PERSISTENT_MEMORY, "memory nvdimm in /srv/nvdimm"),
        ),
        (
            "<memory model='virtio-pmem'><source><path>/srv/pmem</path></source></memory>",
            Device(DeviceKind.PERSISTENT_MEMORY, "memory virtio-pmem in /srv/pmem"),
        ),
        ("<memory model='sgx-epc'/>", Device(DeviceKind.CONFIDENTIAL, "memory sgx-epc")),
        (
            "<tpm model='tpm-tis'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>",
            Device(DeviceKind.TPM, "tpm /dev/tpm0"),
        ),
        (
            "<video><model type='virtio'><acceleration accel3d='yes'/></model></video>",
            Device(DeviceKind.RENDERER, "video with accel3d"),
        ),
        ("<sound model='virtio'/>", Device(DeviceKind.SOUND, "sound virtio")),
        ("<sound model='usb'/>", Device(DeviceKind.SOUND, "sound usb")),
        (
            "<disk type='file'><source file='/a'/><target dev='nvme0n1' bus='nvme'/></disk>",
            Device(DeviceKind.NVME, "disk nvme0n1, which hangs on an emulated NVMe controller"),
        ),
        ("<iommu model='amd'/>", Device(DeviceKind.IOMMU, "iommu amd")),
        ("<crypto model='virtio' type='qemu'/>", Device(DeviceKind.CRYPTO, "crypto virtio")),
    ],
)
def test_each_other_tie_is_told_as_what_it_is(xml: str, device: Device) -> None:
    assert tied(xml) == [device]


def test_a_card_with_a_partner_that_takes_over_is_told_as_one() -> None:
    teaming = "<teaming type='transient' persistent='ua-backup0'/>"
    source = f"<source>{PCI}</source>"
    found = tied(interface("hostdev", source, teaming) + hostdev("pci", source, teaming))
    assert [each.kind for each in found] == [DeviceKind.FAILOVER] * 2


@pytest.mark.parametrize("kind", ["sev", "sev-snp", "tdx"])
def test_secret_memory_is_told(kind: str) -> None:
    assert tied("", f"<launchSecurity type='{kind}'/>") == [
        Device(DeviceKind.CONFIDENTIAL, f"launchSecurity {kind}")
    ]


def test_arguments_for_qemu_are_counted_and_what_they_hold_is_not_told() -> None:
    more = (
        "<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='edu'/>"
        "<qemu:env name='TOKEN' value='secret'/></qemu:commandline>"
    )
    told = "qemu:commandline with 2 arguments and 1 environment variable"
    assert tied("", more) == [Device(DeviceKind.ARGUMENTS, told)]
    assert tied("", "<qemu:commandline/>") == []


def test_a_name_is_no_longer_than_its_schema_allows() -> None:
    [device] = tied(f"<shmem name='{'x' * 5000}'/>")
    assert len(device.name) == 1024


def test_what_simply_comes_along_is_not_told() -> None:
    devices = (
        "<redirdev bus='usb' type='spicevmc'/><memory model='dimm'/><memory model='virtio-mem'/>"
        "<sound model='ich9'/><sound model='hda'/><iommu model='intel'/><iommu model='virtio'/>"
        "<video><model type='virtio'/></video><smartcard mode='passthrough' type='spicevmc'/>"
        "<tpm model='tpm-tis'><backend type='emulator'/></tpm><vsock model='virtio'/>"
        + interface("bridge", "<source bridge='br0'/>")
        + interface("network", "<source network='default'/>", "<teaming type='persistent'/>")
        + disk("file", "<source file='/i/a'/>")
    )
    assert tied(devices) == []


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("", None),
        ("<backend type='emulator' version='2.0'/>", TPM("emulator")),
        ("<backend type='emulator'><encryption secret='0000'/></backend>", TPM("emulator", "0000")),
        (
            "<backend type='emulator'><source type='dir' path='/srv/tpm'/></backend>",
            TPM("emulator", state="/srv/tpm"),
        ),
    ],
)
def test_a_tpm_is_told_with_the_secret_of_its_state(backend: str, expected: TPM | None) -> None:
    domain = parse(f"<domain><devices><tpm model='tpm-tis'>{backend}</tpm></devices></domain>")
    assert equipment(domain).tpm == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("<target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>", GuestAgent.CONNECTED),
        (
            "<target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/>",
            GuestAgent.DISCONNECTED,
        ),
        ("<target type='virtio' name='org.qemu.guest_agent.0'/>", GuestAgent.UNKNOWN),
        ("<target type='virtio' name='com.redhat.spice.0' state='connected'/>", GuestAgent.NONE),
    ],
)
def test_a_guest_agent_is_told_by_the_state_of_its_channel(target: str, expected: GuestAgent) -> None:
    domain = parse(f"<domain><devices><channel type='unix'>{target}</channel></devices></domain>")
    assert equipment(domain).agent is expected
