"""What a destination says of taking a guest, from the guest's own definition; nothing is defined for it."""

from enum import StrEnum

from godwit.domain.guest_cpu import CPUVerdict
from godwit.domain.value import Value

MOST_DEFINITION = 256 << 10
"""Characters. A longer one is not sent through the API server, and what needs it is not known."""

MOST_TEXT = 2048
"""Characters of what a libvirt says."""

NVRAM_TEMPLATE = "nvram template"
"""What names the file that the firmware's variables are made from, where there are none yet."""

MOST_OF_A_KIND = 1024
"""Paths, and places to listen at. Of a definition that names more of them, none is told."""


class Presence(StrEnum):
    """Whether something is there."""

    PRESENT = "Present"
    ABSENT = "Absent"
    UNKNOWN = "Unknown"
    """It could have been looked for, and was not."""
    OUT_OF_SIGHT = "OutOfSight"
    """Nothing that an agent has can look there: devices, sockets, pipes."""


class HostPath(Value):
    """A path of the host that the definition names, but for the disks'."""

    device: str
    """What names it, e.g. `serial` or `kernel`."""
    path: str
    """A directory, where QEMU or libvirt makes the file itself."""
    presence: Presence
    message: str = ""
    """Why it is not known."""


class Listening(StrEnum):
    """Whether a port could be opened."""

    POSSIBLE = "Possible"
    NO_SUCH_ADDRESS = "NoSuchAddress"
    """The address is none of this host's."""
    PORT_TAKEN = "PortTaken"
    UNKNOWN = "Unknown"
    """The agent could not try."""


class Listener(Value):
    """An address and port on which the guest's screen would listen."""

    graphics: str
    """`vnc`, `spice` or `rdp`."""
    address: str
    listening: Listening
    port: int = 0
    """0: libvirt chooses a free one."""


class Reception(Value):
    """Each field is what one question gave; None where it could not be asked."""

    refusal: str | None = None
    """libvirt's text, where the QEMU there can't be started with such a definition; empty: it can."""
    paths: tuple[HostPath, ...] | None = None
    """Those that the definition names."""
    listeners: tuple[Listener, ...] | None = None
    """Those of addresses that are not the same on every host, and of ports that are fixed."""
    cpu: CPUVerdict | None = None
    """Whether a CPU like the guest's can be had there."""
