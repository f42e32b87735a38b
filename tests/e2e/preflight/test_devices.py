"""A device that ties the guest to its host is named before anything is touched."""

import pytest

from ..bad.scene import Scene
from .odd_guests import complaints, definition, judged, odd_guest

pytestmark = pytest.mark.e2e

TIED = """
<filesystem type='mount' accessmode='passthrough'><source dir='/var/tmp'/><target dir='share'/></filesystem>
<shmem name='odd'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>
<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>
"""
ARGUMENTS = """
<qemu:commandline><qemu:arg value='-msg'/><qemu:arg value='timestamp=on'/></qemu:commandline>"""
SOUND = "<sound model='usb'/><sound model='virtio'/>"
PASSED_THROUGH = """
<hostdev mode='subsystem' type='pci' managed='yes'>
  <source><address domain='0' bus='6' slot='0x12' function='5'/></source>
</hostdev>
<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>
<interface type='hostdev' managed='yes'>
  <mac address='52:54:00:aa:bb:cc'/><source><address type='pci' bus='7' slot='0' function='1'/></source>
</interface>
"""


def test_each_device_that_qemu_does_not_move_is_named_and_what_nobody_knows_is_a_warning(
    scene: Scene,
) -> None:
    with odd_guest(scene, "tied", definition("tied", TIED, ARGUMENTS)) as vm:
        told = judged(scene, "tied", vm)
    found = complaints(told)
    assert told.reason == "DeviceNotMigratable"
    assert set(found) == {"Devices"}
    files, memory, crypto, arguments = found["Devices"]
    assert files.startswith("Fail on host1: VM tied has filesystem share, which is 9p of /var/tmp: ")
    assert memory.startswith("Fail on host1: VM tied has shmem odd: ")
    assert crypto.startswith("Fail on host1: VM tied has crypto virtio: ")
    assert arguments.startswith("Warn on host1: VM tied has qemu:commandline with 2 arguments: ")
    assert "timestamp" not in told.message + "".join(found["Devices"])
    assert "`virsh detach-device tied FILE --live --config`" in files


def test_a_sound_card_whose_state_qemu_does_not_save_is_named(scene: Scene) -> None:
    with odd_guest(scene, "loud", definition("loud", SOUND)) as vm:
        told = judged(scene, "loud", vm)
    found = complaints(told)
    assert (told.reason, set(found)) == ("DeviceNotMigratable", {"Devices"})
    said = sorted(found["Devices"])
    for card, line in zip(("usb", "virtio"), said, strict=True):
        assert line.startswith(f"Fail on host1: VM loud has sound {card}: QEMU can't move its state")


def test_what_is_passed_through_is_named_by_its_address(scene: Scene) -> None:
    with odd_guest(scene, "passed", definition("passed", PASSED_THROUGH), state="shut off") as vm:
        found = complaints(judged(scene, "passed", vm))
    pci, usb, card = sorted(found["Devices"])
    assert "VM passed has PCI device 0000:06:12.5: " in pci
    assert "VM passed has USB device 0x1234 0xbeef: " in usb
    assert "VM passed has interface 52:54:00:aa:bb:cc, which is PCI device 0000:07:00.1: " in card
