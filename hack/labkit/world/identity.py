"""A host that takes itself for another one, as copied machines do; libvirtd starts anew, its guests go on."""

from enum import StrEnum

from labkit import libvirt
from labkit.box import inside, ok_inside
from labkit.lab import Lab, host_number

_POSES = "/run/lab/poses"


class Same(StrEnum):
    """What both have alike."""

    UUID = "uuid"
    NAME = "name"


def pose(lab: Lab, host: str, other: str, same: Same) -> None:
    """libvirtd has the other host's UUID, or the system calls itself by the other host's name."""
    for each in (host, other):
        host_number(each)
    inside(lab, host, "sh", "-c", f"mkdir -p /run/lab; touch {_POSES}")
    if same is Same.UUID:
        libvirt.configure(lab, host, libvirt.host_uuid(lab, other))
    else:
        inside(lab, host, "hostname", other)
    libvirt.restart(lab, host)


def own(lab: Lab, host: str) -> None:
    """It is itself again."""
    if not ok_inside(lab, host, "rm", _POSES):
        return
    libvirt.configure(lab, host, libvirt.host_uuid(lab, host))
    inside(lab, host, "hostname", host)
    libvirt.restart(lab, host)
