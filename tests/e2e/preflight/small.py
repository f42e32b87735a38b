"""A guest without disks whose CPU a test chooses, and a host with an older libvirt and QEMU."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from labkit import flavor
from labkit.registry import open_lab

from ..api_server import Body
from ..bad.scene import POLL_SECONDS, Scene, Told
from ..lab import wait_until

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
    scene.virsh(HERE, "define", "/dev/stdin", stdin=definition)
    try:
        scene.virsh(HERE, "start", name)
        wait_until(f"{HERE} to list {name}", lambda: name in scene.domains(HERE), 30, POLL_SECONDS)
        yield name
    finally:
        scene.lab.attempt("exec", HERE, "--", "virsh", "destroy", name)
        scene.virsh(HERE, "undefine", name)
        wait_until(f"{HERE} to forget {name}", lambda: name not in scene.domains(HERE), 90, POLL_SECONDS)


def validated(scene: Scene, name: str, vm: str, to: str, **more: object) -> Told:
    """The whole preflight passes, and nothing is left of it."""
    with scene.as_before():
        scene.ask(name, vm, to, mode="Validate", **more)
        scene.until(name, "Succeeded")
        told = scene.clean(name)
    assert scene.left_over(told) == []
    return told


def of(told: Told, check: str) -> Body:
    """That check's one verdict."""
    [found] = [each for each in told.body["status"]["checks"] if each["name"] == check]
    verdict: Body = found
    return verdict
