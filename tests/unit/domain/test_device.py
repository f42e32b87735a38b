"""Which names under /dev/disk/by-id tell one device from all others."""

import pytest

from godwit.domain.device import BY_ID, identity_of

TELLING = [
    "dm-uuid-mpath-36001405abcdef0123456789abcdef012",
    "dm-uuid-part2-mpath-36001405abcdef0123456789abcdef012",
    "nvme-eui.0025385b71b00f2e",
    "nvme-eui.0025385b71b00f2e0025385b71b00f2e",
    "nvme-uuid.3f0a51b0-6f2e-4a38-8a2f-3a7d0c9d1e55",
    "nvme-Samsung_SSD_980_PRO_1TB_S5GXNX0T123456_1",
    "ata-Samsung_SSD_860_EVO_500GB_S3Z1NB0K123456X",
    "ata-ST1000DM003-1CH162_Z1D5ABCD",
    "ata-WDC_WD10EZEX-08WN4A0_WD-WCC6Y1234567",
    "scsi-35000c500a1b2c3d4",
    "scsi-360014051234567890abcdef012345678",
    "scsi-SSEAGATE_ST600MM0006_S0M1ABCD",
    "scsi-SATA_ST1000DM003-1CH1_Z1D5ABCD",
]


@pytest.mark.parametrize("part", ["", "-part1", "-part12"])
@pytest.mark.parametrize("name", TELLING)
def test_a_wwn_or_a_serial_with_its_model_tells_the_device_and_its_partition(name: str, part: str) -> None:
    assert identity_of(f"{BY_ID}/{name}{part}") == name + part


def test_a_wwn_is_told_without_its_prefix_and_a_partition_of_it_is_another_device() -> None:
    assert identity_of(f"{BY_ID}/wwn-0x5000c500a1b2c3d4") == "0x5000c500a1b2c3d4"
    assert identity_of(f"{BY_ID}/wwn-0x5000c500a1b2c3d4-part1") == "0x5000c500a1b2c3d4-part1"


@pytest.mark.parametrize(
    "name",
    [
        "virtio-0123456789",
        "usb-SanDisk_Ultra_4C530001230123456789-0:0",
        "scsi-0QEMU_QEMU_HARDDISK_drive-scsi0",
        "scsi-1ATA_ST1000DM003-1CH162_Z1D5ABCD",
        "scsi-2001b4d2812345678",
        "scsi-8iqn.2026-01.example:target,L,0x0001",
        "scsi-33000000012345678",
        "scsi-35000c500",
        "scsi-SQEMU_QEMU_HARDDISK_drive12345",
        "scsi-SATA_VBOX_HARDDISK_VB12345678-9abcdef0",
        "scsi-SVMware_Virtual_disk_6000c29abcdef012",
        "scsi-SLIO-ORG_disk_3f0a51b0-6f2e-4a38",
        "ata-QEMU_HARDDISK_QM00001",
        "ata-QEMU_HARDDISK_QM00001-part1",
        "ata-X",
        "ata-Model_Without-Serial",
        "ata-INTEL_SSDSC_000000",
        "ata-INTEL_SSDSC_123456789",
        "ata-INTEL_SSDSC_A12",
        "nvme-Samsung_SSD_980_PRO_1TB_S5GXNX0T123456",
        "nvme-QEMU_NVMe_Ctrl_deadbeef01_1",
        "nvme-Linux_8a1b2c3d4e5f6a7b_1",
        "nvme-eui.5254000000000001",
        "nvme-eui.0025",
        "dm-uuid-LVM-a-volume-of-hosts-installed-from-one-image",
        "dm-uuid-CRYPT-LUKS2-1",
        "dm-uuid-mpath-0QEMU_QEMU_HARDDISK_1",
        "dm-uuid-mpath-1IET_00010001",
        "dm-uuid-mpath-360000000000000000e00000000010001",
        "scsi-360000000000000000e00000000010001",
        "wwn-0x60000000000000000e00000000010001",
        "wwn-0x0000000000000000",
        "dm-name-mpatha",
        "lvm-pv-uuid-abcdef",
        "md-uuid-3f0a51b0",
        "wwn-",
    ],
)
def test_any_other_name_tells_nothing(name: str) -> None:
    assert identity_of(f"{BY_ID}/{name}") == ""


@pytest.mark.parametrize("place", ["/dev", "/dev/disk/by-path", "/dev/disk/by-id/below", "/images"])
def test_the_same_name_elsewhere_tells_nothing(place: str) -> None:
    assert identity_of(f"{place}/wwn-0x5000c500a1b2c3d4") == ""
