"""A guest without disks whose CPU a test chooses."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..bad.scene import Scene
from .odd_guests import odd_guest

HERE, ALIKE = "host1", "host2"
IDENTICAL = {"cpu": "Identical"}
"""A `safety`."""
MAXIMUM = "<cpu mode='maximum'/>"
MACHINE = "pc-i440fx-7.2"
"""QEMU 7.2 knows it, and so does 10.0."""


def requiring(*features: str) -> str:
    """A whole `<cpu>`: `qemu64` and these."""
    wanted = "".join(f"<feature policy='require' name='{feature}'/>" for feature in features)
    return f"<cpu mode='custom' match='exact'><model fallback='forbid'>qemu64</model>{wanted}</cpu>"


@contextmanager
def running(scene: Scene, name: str, cpu: str = "", *, vcpus: int = 1) -> Iterator[str]:
    """On host1, which lists it; `cpu` is a whole `<cpu>`."""
    definition = (
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>{vcpus}</vcpu>"
        f"<os><type arch='x86_64' machine='{MACHINE}'>hvm</type></os><features><acpi/></features>{cpu}"
        "<devices><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"
    )
    with odd_guest(scene, name, definition, host=HERE, state="running") as vm:
        yield vm
