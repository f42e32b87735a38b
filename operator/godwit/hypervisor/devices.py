"""Where block devices have their names.

Only /dev/disk/by-id is ever listed. libvirt opens every entry of a directory that it lists, before it asks
what the entry is; in /dev itself that would start the host's watchdog.
"""


def is_device(path: str) -> bool:
    """No place for images."""
    return path == "/dev" or path.startswith("/dev/")
