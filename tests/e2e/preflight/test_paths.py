"""What the definition names of the host's files is there, is missing by name, or is told as out of sight."""

import pytest

from ..bad.scene import Scene
from .odd_guests import THERE, complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

ONLY_HERE = "/var/log/only-on-host1"
CONSOLE = f"<serial type='file'><source path='{ONLY_HERE}/console.log'/><target port='0'/></serial>"
RANDOM = "<rng model='virtio'><backend model='random'>/dev/zero</backend></rng>"


def test_the_place_of_a_console_that_is_missing_there_is_named_and_passes_when_it_is_made(
    scene: Scene,
) -> None:
    scene.inside("host1", f"mkdir -p {ONLY_HERE}")
    try:
        with odd_guest(scene, "console", definition("console", CONSOLE)) as vm:
            missing = judged(scene, "missing", vm)
            scene.inside(THERE, f"mkdir -p {ONLY_HERE}")
            made = judged(scene, "made", vm)
    finally:
        for host in ("host1", THERE):
            scene.inside(host, f"rm -rf {ONLY_HERE}")
    [(name, [said])] = complaints(missing).items()
    assert name == "Paths"
    assert said.startswith(f"Fail on {THERE}: serial of VM console needs {ONLY_HERE}, and {THERE} does not")
    assert (made.phase, complaints(made)) == ("Succeeded", {})


def test_a_file_that_the_firmware_hands_on_and_that_is_missing_there_is_named(scene: Scene) -> None:
    path = f"{ONLY_HERE}/word"
    handed_on = f"<sysinfo type='fwcfg'><entry name='opt/org.example/word' file='{path}'/></sysinfo>"
    scene.inside("host1", f"mkdir -p {ONLY_HERE}; echo word > {path}")
    try:
        with odd_guest(scene, "handed", definition("handed", more=handed_on)) as vm:
            found = complaints(judged(scene, "handed", vm))
    finally:
        scene.inside("host1", f"rm -rf {ONLY_HERE}")
    [(name, [said])] = found.items()
    assert name == "Paths"
    assert said.startswith(
        f"Fail on {THERE}: sysinfo of VM handed needs {path}, and {THERE} does not have it"
    )


def test_a_device_that_nobody_can_look_at_is_a_warning_and_stops_nothing(scene: Scene) -> None:
    with odd_guest(scene, "random", definition("random", RANDOM)) as vm:
        told = judged(scene, "random", vm)
    assert (told.phase, told.reason) == ("Succeeded", "ValidWithWarnings")
    [(name, [said])] = complaints(told).items()
    assert name == "Paths"
    assert said.startswith(f"Warn on {THERE}: rng of VM random needs /dev/zero, and whether {THERE} has it")
