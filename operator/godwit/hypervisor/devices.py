"""Block devices by the names that tell which device they are: those under /dev/disk/by-id.

Only that directory is ever listed. libvirt opens every entry of a directory that it lists, before it asks
what the entry is; in /dev itself that would start the host's watchdog.
"""

from posixpath import basename, dirname

BY_ID = "/dev/disk/by-id"
_WWN = "wwn-"
_OTHERS = ("dm-uuid-", "nvme-eui.", "nvme-uuid.")


def is_device(path: str) -> bool:
    """No place for images."""
    return path == "/dev" or path.startswith("/dev/")


def wwn_of(path: str) -> str:
    """What the name says of the device; empty for every other name, since that may be any device's."""
    if dirname(path) != BY_ID:
        return ""
    name = basename(path)
    if name.startswith(_WWN):
        return name.removeprefix(_WWN)
    return name if name.startswith(_OTHERS) else ""
