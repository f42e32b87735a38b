"""Names under /dev/disk/by-id that udev made of what the hardware says: no other device bears them.

Accepted: a WWN, or a serial together with maker and model. Not accepted: what is made of things written on a
disk (LVM, LUKS: hosts that were installed from one image have them in common) or of an adapter's or a
hypervisor's word (`usb-`, `virtio-`, `scsi-0`, `scsi-1`, the models of virtual disks), and an NVMe
controller's serial without the number of a namespace: all of its namespaces bear it.
"""

import re
from posixpath import basename, dirname

BY_ID = "/dev/disk/by-id"

_WWN = "wwn-"
_SERIAL = r"_(?P<serial>[A-Za-z0-9.:+-]{6,})"
_NAA = r"([25][0-9a-f]{15}|6[0-9a-f]{31})"
_NAMES = tuple(
    re.compile(rf"{pattern}(-part[0-9]+)?")
    for pattern in (
        r"wwn-.+?",
        rf"dm-uuid-(part[0-9]+-)?mpath-(3{_NAA}|2[0-9a-f]{{16}}|eui\..+?|uuid\..+?|S.+{_SERIAL})",
        r"nvme-eui\.([0-9a-f]{16}|[0-9a-f]{32})",
        r"nvme-uuid\.[0-9a-f-]{36}",
        rf"nvme-.+{_SERIAL}_[0-9]{{1,3}}",
        rf"ata-.+{_SERIAL}",
        rf"scsi-3{_NAA}",
        rf"scsi-S.+{_SERIAL}",
    )
)
_MADE_UP = re.compile(
    r"qemu|virtio|virtual|vbox|vmware|msft|bhyve|parallels|xen|linux|lio-org|eui\.525400"
    r"|iet_|60000000000000000e|wwn-0x0+$",
    re.IGNORECASE,
)
"""Who numbers disks in software. QEMU takes an NVMe's EUI from 52:54:00; tgt counts targets and LUNs alone,
the same on each server.
"""
_PLACEHOLDERS = "012345678901234567890ABCDEF"
_FEWEST_CHARACTERS = 3
"""Different ones, in a serial that somebody gave to one disk only."""


def identity_of(path: str) -> str:
    """What the name says of the device, a partition's number included; empty for every other name."""
    name = basename(path)
    if dirname(path) != BY_ID or _MADE_UP.search(name):
        return ""
    found = next((match for pattern in _NAMES if (match := pattern.fullmatch(name))), None)
    if found is None or not _is_serial(found.groupdict().get("serial")):
        return ""
    return name.removeprefix(_WWN)


def _is_serial(serial: str | None) -> bool:
    """None: the name needs none. Where a disk has no serial its model stands last, often without a digit."""
    if serial is None:
        return True
    different = len(set(serial)) >= _FEWEST_CHARACTERS
    return different and any(map(str.isdigit, serial)) and serial.upper() not in _PLACEHOLDERS
