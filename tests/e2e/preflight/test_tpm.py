"""A virtual TPM needs swtpm, which the lab's hosts don't have; host1's libvirt is made to believe it has."""

import json
from collections.abc import Iterator

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

PROGRAMS = ("swtpm", "swtpm_setup", "swtpm_ioctl")
SECRET = "6a3e1f0c-2b5d-4c7e-8f90-1a2b3c4d5e6f"  # noqa: S105 - a UUID that no secret has
EMULATED = f"""<tpm model='tpm-tis'>
  <backend type='emulator' version='2.0'><encryption secret='{SECRET}'/></backend>
</tpm>"""


@pytest.fixture
def swtpm_on_host1(scene: Scene) -> Iterator[None]:
    """Enough of it that a guest with a TPM can be defined."""
    for program in PROGRAMS:
        can = json.dumps({"type": program, "features": ["tpm-1.2", "tpm-2.0"]})
        path, script = f"/usr/local/bin/{program}", f"#!/bin/sh\necho '{can}'\n"
        scene.lab.inside("host1", "python3", "-c", f"open({path!r}, 'w').write({script!r})")
        scene.inside("host1", f"chmod 755 {path}")
    yield
    for program in PROGRAMS:
        scene.inside("host1", f"rm -f /usr/local/bin/{program}")


@pytest.mark.usefixtures("swtpm_on_host1")
def test_what_the_destination_lacks_for_it_is_named(scene: Scene) -> None:
    with odd_guest(scene, "sealed", definition("sealed", EMULATED), state="shut off") as vm:
        found = complaints(judged(scene, "sealed", vm))
    assert {"TPM", "VMRuns"} <= set(found) <= {"TPM", "VMRuns", "Definition"}
    swtpm, secret = found["TPM"]
    assert swtpm.startswith(f"Fail on {THERE}: VM sealed has an emulated TPM, and libvirt on {THERE} offers")
    assert "install swtpm" in swtpm
    assert f"{THERE} has no secret {SECRET}" in secret
