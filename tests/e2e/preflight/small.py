"""A guest without disks whose CPU a test chooses, and a host with an older libvirt and QEMU."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from labkit import flavor
from labkit.registry import open_lab

from ..bad.scene import Scene
from ..lab import wait_until
from .odd_guests import odd_guest

HERE, ALIKE, OLDER = "host1", "host2", "host3"
SUITE = "bookworm"
MACHINE = "pc-i440fx-7.2"
"""QEMU 7.2 knows it, and so does 10.0."""


def older_host(scene: Scene) -> str:
    """The lab's host of Debian 12; the test is skipped in a lab that was made without one."""
    if flavor.of(open_lab(scene.lab.name), OLDER) != SUITE:
        pytest.skip(f"`hack/lab down; hack/lab up --hosts 3 --flavor {OLDER}={SUITE}` makes a lab with one")
    wait_until(f"the agent on {OLDER}", lambda: scene.ready(OLDER), 120)
    return OLDER


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
