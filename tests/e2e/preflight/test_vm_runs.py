"""Each state that is no good start is told as what it is, with what helps."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import Scene
from ..lab import wait_until
from .odd_guests import complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

PANICS = bytes.fromhex("ba0505 b001 ee f4 ebfd")
"""Tells QEMU's pvpanic device at port 0x505, and halts."""
SLEEPS = bytes.fromhex("ba0406 b80024 ef f4 ebfd")
"""Writes S3 into the power register at 0x604, and halts."""
DIRECTORY = "/var/lib/godwit/shared"
PANIC = "<panic model='isa'><address type='isa' iobase='0x505'/></panic>"
MORE = "<on_crash>preserve</on_crash><pm><suspend-to-mem enabled='yes'/></pm>"


@contextmanager
def boot_sector(scene: Scene, name: str, code: bytes) -> Iterator[str]:
    """A disk of 1 MiB that begins with it; gives the `<disk>`."""
    path = f"{DIRECTORY}/{name}.raw"
    sector = (code.ljust(510, b"\0") + b"\x55\xaa").hex()
    writing = f"import sys; open('{path}', 'wb').write(bytes.fromhex('{sector}').ljust(1 << 20, b'\\0'))"
    scene.lab.inside("host1", "python3", "-c", writing)
    try:
        yield (
            f"<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/>"
            f"<source file='{path}'/><target dev='vda' bus='virtio'/></disk>"
        )
    finally:
        scene.inside("host1", f"rm -f {path}")


@pytest.mark.parametrize(
    ("name", "code", "state", "said"),
    [
        ("panics", PANICS, "crashed", "VM panics has crashed, and its QEMU is kept for a look"),
        ("sleeps", SLEEPS, "pmsuspended", "VM sleeps sleeps: its own system has suspended it"),
    ],
)
def test_a_guest_that_stopped_by_itself_is_refused(
    scene: Scene, name: str, code: bytes, state: str, said: str
) -> None:
    with (
        boot_sector(scene, name, code) as disk,
        odd_guest(scene, name, definition(name, disk + PANIC, MORE), state="running") as vm,
    ):
        wait_until(f"{vm} to be {state}", lambda: state in scene.virsh("host1", "domstate", vm), 60)
        found = complaints(judged(scene, name, vm))
    assert set(found) == {"VMRuns"}
    [told] = found["VMRuns"]
    assert told.startswith(f"Fail on host1: {said}")
    assert f"{vm}`" in told


def test_a_guest_that_is_off_is_refused(scene: Scene) -> None:
    with odd_guest(scene, "off", definition("off"), state="shut off") as vm:
        found = complaints(judged(scene, "off", vm))
    [(name, [told])] = found.items()
    assert (name, told.partition(" (")[0]) == ("VMRuns", "Fail on host1: VM off is off")
    assert "`virsh start off`" in told
