"""The domain XML of a guest; pure."""

from html import escape  # that of xml.sax brings a client for HTTP along, with each command of the lab
from pathlib import Path

from labkit.guest.spec import MOST_DISKS, Drive, Guest

# The kernel is given as it is packaged, compressed: an ELF image would boot 0.7 s sooner, but QEMU would
# write it into the memory of a destination too, where a migration expects zeros.
_FAST_BOOT = "quiet panic=-1 tsc=reliable no_timer_check nokaslr mitigations=off net.ifnames=0"

_FLASHED_BIOS = "/usr/share/seabios/bios-256k.bin"
_TEMPLATE = "/usr/share/seabios/bios.bin"
"""libvirt makes the destination's file from it, as from OVMF's: any of that size, which is overwritten."""


_FIRST_NBD_PORT = 11000


def nbd_port(guest: Guest, number: int) -> int:
    """Where that network disk of the guest is served: no other one of the lab is."""
    return _FIRST_NBD_PORT + guest.number * MOST_DISKS + number


def console_log(name: str) -> str:
    """The guest's serial console, as its host sees it."""
    return f"/var/log/lab/guest-{name}.log"


def domain_xml(guest: Guest, address: str, artifacts: str, store: str) -> str:
    """A `qemu` domain (no KVM): kernel and initramfs from `artifacts`, one card on the bridge `guests`.

    Network disks are served at `store`.
    """
    disks = "".join(_disk(guest, number, store) for number in range(len(guest.disks)))
    disks += "".join(
        _drive("cdrom", drive, guest.cdrom_path(number), f"dev='{cdrom_target(number)}' bus='ide'")
        for number, drive in enumerate(guest.cdroms)
    )
    disks += "".join(
        _drive("floppy", drive, guest.floppy_path(number), f"dev='{floppy_target(number)}' bus='fdc'")
        for number, drive in enumerate(guest.floppies)
    )
    command = (
        f"console=ttyS0 {_FAST_BOOT} guest.address={address} guest.working_set={guest.working_set_bytes} "
        f"guest.dirty={guest.dirty_bytes_per_second} guest.write={guest.write_bytes_per_second}"
    )
    return f"""<domain type='qemu'>
  <name>{escape(guest.name)}</name>
  <uuid>{guest.uuid}</uuid>
  <memory unit='b'>{guest.memory_bytes}</memory>
  <vcpu>{guest.vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>{_firmware(guest)}
    <kernel>{artifacts}/kernel</kernel>
    <initrd>{artifacts}/initrd</initrd>
    <cmdline>{command}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>{disks}
    <interface type='bridge'>
      <mac address='{guest.mac}'/>
      <source bridge='guests'/>
      <model type='virtio'/>
    </interface>
    <serial type='file'>
      <source path='{escape(console_log(guest.name))}' append='on'/>
      <target port='0'/>
    </serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
"""


def _firmware(guest: Guest) -> str:
    """SeaBIOS in flash, where it is alone with its variables: it boots as it does from a ROM."""
    nvram = guest.nvram_path()
    if not nvram:
        return ""
    return f"""
    <loader readonly='yes' type='pflash'>{_FLASHED_BIOS}</loader>
    <nvram template='{_TEMPLATE}'>{escape(str(nvram))}</nvram>"""


def _disk(guest: Guest, number: int, store: str) -> str:
    disk = guest.disks[number]
    kind, source = "file", f"<source file='{escape(str(disk.path(guest.name, number)))}'/>"
    if not disk.lies_on_hosts:
        server = f"<host name='{store}' port='{nbd_port(guest, number)}'/>"
        kind, source = "network", f"<source protocol='nbd'>{server}</source>"
    marks = ("<readonly/>" if disk.read_only else "") + ("<shareable/>" if disk.shareable else "")
    return f"""
    <disk type='{kind}' device='disk'>
      <driver name='qemu' type='{disk.format}' cache='{guest.cache}'/>
      {source}
      <target dev='{target(number)}' bus='virtio'/>{marks}
    </disk>"""


def _drive(device: str, drive: Drive, path: Path | None, target: str) -> str:
    source = ""
    if path:
        policy = " startupPolicy='optional'" if drive.optional else ""
        source = f"\n      <source file='{escape(str(path))}'{policy}/>"
    return f"""
    <disk type='file' device='{device}'>
      <driver name='qemu' type='raw'/>{source}
      <target {target}/><readonly/>
    </disk>"""


def cdrom_target(number: int) -> str:
    """The drive's name in the definition: hda, hdb, ..."""
    return f"hd{chr(ord('a') + number)}"


def floppy_target(number: int) -> str:
    """The drive's name in the definition: fda or fdb."""
    return f"fd{chr(ord('a') + number)}"


def target(number: int) -> str:
    """The disk's name in the guest: vda, vdb, ..."""
    return f"vd{chr(ord('a') + number)}"
