"""Where a guest is, by asking libvirt on every host for its UUID: a namesake is somebody else."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from labkit import box, listing
from labkit.guest.spec import Guest
from labkit.lab import Lab, hosts
from labkit.listing import Entry

VIRSH = ("virsh", "-q", "-c", "qemu:///system")
ABSENT, OFF, UNKNOWN = "absent", "powered off", "unknown"
_PATIENCE_SECONDS = 10


def states(lab: Lab, uuid: str) -> dict[str, str]:
    """Per host: libvirt's word for the domain's state (`running`, `paused`, `shut off`, ...), or `absent`.

    `powered off` stands for a host that is off, `unknown: ...` for a libvirtd that gives no answer.
    """
    with ThreadPoolExecutor() as askers:
        return dict(
            zip(hosts(lab), askers.map(lambda host: _state(lab, host, uuid), hosts(lab)), strict=True)
        )


def running(found: dict[str, str]) -> list[str]:
    """The hosts where it runs."""
    return [host for host, state in found.items() if state == "running"]


@dataclass(frozen=True, slots=True)
class Place:
    """Of a guest on one host: libvirt's word for it, and its images there by their paths."""

    state: str
    images: dict[str, Entry]


def places(lab: Lab, guest: Guest) -> dict[str, Place]:
    """All hosts. Images may lie on several: a migration leaves the source's where they are."""
    found = states(lab, guest.uuid)
    return {host: Place(state, _images(lab, host, guest, state)) for host, state in found.items()}


def _images(lab: Lab, host: str, guest: Guest, state: str) -> dict[str, Entry]:
    return {} if state == OFF else listing.of(lab, host, guest.files())


def _state(lab: Lab, host: str, uuid: str) -> str:
    if not box.init_pid(lab, host):
        return OFF
    command = box.enter(lab, host, *VIRSH, "domstate", uuid)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return f"{UNKNOWN}: libvirtd gave no answer in {_PATIENCE_SECONDS} s"
    if done.returncode == 0:
        return done.stdout.strip()
    said = done.stderr.strip()
    return ABSENT if "failed to get domain" in said else f"{UNKNOWN}: {said}"
