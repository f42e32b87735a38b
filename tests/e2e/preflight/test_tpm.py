"""A virtual TPM needs swtpm, which the lab's hosts don't have."""

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

SECRET = "6a3e1f0c-2b5d-4c7e-8f90-1a2b3c4d5e6f"  # noqa: S105 - a UUID that no secret has
EMULATED = f"""<tpm model='tpm-tis'>
  <backend type='emulator' version='2.0'><encryption secret='{SECRET}'/></backend>
</tpm>"""


def test_what_the_destination_lacks_for_it_is_named(scene: Scene) -> None:
    with odd_guest(scene, "sealed", definition("sealed", EMULATED), state="shut off") as vm:
        found = complaints(judged(scene, "sealed", vm))
    assert {"TPM", "VMRuns"} <= set(found) <= {"TPM", "VMRuns", "Definition"}
    swtpm, secret = found["TPM"]
    assert swtpm.startswith(f"Fail on {THERE}: VM sealed has an emulated TPM, and libvirt on {THERE} offers")
    assert "install swtpm" in swtpm
    assert f"{THERE} has no secret {SECRET}" in secret
