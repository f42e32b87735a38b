"""The lab's two hosts, with local disks that hold something and a link that can be cut."""

import asyncio
import json
from pathlib import Path

import libvirt

from labkit import box, links
from labkit.lab import Plane

from .copies_asked import CDROM, DATA_BYTES, DESTINATION, MEDIUM, SOURCE, VIRTUAL_BYTES, Local
from .lab_world import LabWorld, domain_xml
from .worlds import NAME, NAMESAKE_UUID, UUID

HOSTS = ("host1", "host2")
MEBIBYTE = 1 << 20
FLASHED_BIOS = "/usr/share/seabios/bios-256k.bin"
FLASH_BYTES = 256 * 1024


class LabCopies(LabWorld):
    """As `copies_asked.CopyWorld`."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        # The machine's libvirt (9.0) loses wake-ups of a connection on which a migration waits: calls there
        # take up to 5 s. The agent's image has one that doesn't (11.3).
        here = self._hosts[SOURCE]
        self.watching = here.ports(here.socket)
        self._hung = False

    async def start(self) -> None:
        await super().start()
        await self.watching.start()

    async def close(self) -> None:
        if self._hung:
            await asyncio.to_thread(links.cut, self.lab, HOSTS[DESTINATION], Plane.DATA, down=False)
        await self.watching.close()
        await super().close()

    async def start_with(self, *disks: Local, medium: bool = False, nvram: bool = False) -> None:
        own = await self.put_image(self.shared)
        for number, disk in enumerate(disks):
            await self._make(disk, 0x41 + 2 * number)
        devices = "".join(_disk(disk, self.local) for disk in disks)
        if medium:
            await self._in(SOURCE, "truncate", "-s", "1M", f"{self.local}/{MEDIUM}")
            devices += _drive(f"{self.local}/{MEDIUM}")
        firmware = ""
        if nvram:
            await self._in(SOURCE, "truncate", "-s", str(FLASH_BYTES), self._nvram())
            firmware = self._firmware()
        xml = domain_xml(UUID, own, devices=devices, firmware=firmware)

        def act(connection: libvirt.virConnect) -> None:
            domain = connection.defineXML(xml)
            domain.create()
            domain.migrateSetMaxDowntime(2000)  # it writes to its memory faster than 1 MiB/s

        await self.by_hand(SOURCE, act)

    async def put_content(self, host: int, path: str, format: str) -> None:
        await self._in(host, "qemu-io", "-f", format, "-c", f"write -P 0x20 0 {DATA_BYTES}", path)

    async def content(self, host: int, path: str, format: str) -> str:
        raw = f"{path}.read"
        try:
            await self._in(host, "qemu-img", "convert", "-U", "-f", format, "-O", "raw", path, raw)
            return (await self._in(host, "sha256sum", raw)).split()[0]
        finally:
            await self._in(host, "rm", "-f", raw)

    async def nvram_is_there(self) -> bool:
        return await asyncio.to_thread(box.ok_inside, self.lab, HOSTS[SOURCE], "test", "-e", self._nvram())

    async def share_nvram(self) -> None:
        xml = domain_xml(NAMESAKE_UUID, None, firmware=self._firmware())
        other = xml.replace(f"<name>{NAME}<", f"<name>{NAME}-other<")
        await self.by_hand(SOURCE, lambda host: host.defineXML(other))

    def _firmware(self) -> str:
        loader = f"<loader readonly='yes' type='pflash'>{FLASHED_BIOS}</loader>"
        return f"{loader}<nvram>{self._nvram()}</nvram>"

    async def synchronous(self, *disks: Local) -> set[str]:
        """QEMU refuses the way back, and takes the mode that a mirror has already for no change."""
        return {disk.target for disk in disks if "error" in await self._make_background(disk)}

    async def _make_background(self, disk: Local) -> str:
        job = f"drive-virtio-disk{ord(disk.target[-1]) - ord('a')}"
        change = {"id": job, "type": "mirror", "copy-mode": "background"}
        command = json.dumps({"execute": "block-job-change", "arguments": change})
        return await self._in(SOURCE, "virsh", "-q", "qemu-monitor-command", NAME, command)

    async def hang(self) -> None:
        self._hung = True
        await asyncio.to_thread(links.cut, self.lab, HOSTS[DESTINATION], Plane.DATA, down=True)

    async def hold_copies(self) -> None:
        """16 MiB at once and the next 16 s later: QEMU's mirrors keep their limit so."""

    async def definitions(self) -> tuple[str, str]:
        """The destination's, live and of the next boot."""
        found: list[str] = []

        def act(connection: libvirt.virConnect) -> None:
            domain = connection.lookupByName(NAME)
            found.extend(domain.XMLDesc(flags) for flags in (0, libvirt.VIR_DOMAIN_XML_INACTIVE))

        await self.by_hand(DESTINATION, act)
        live, next_boot = found
        return live, next_boot

    async def _make(self, disk: Local, pattern: int) -> None:
        path, base = disk.path(self.local), disk.base(self.local)
        create = ("qemu-img", "create", "-q", "-f", disk.format)
        if disk.layered:
            await self._in(SOURCE, *create, base, str(VIRTUAL_BYTES))
            await self._write(disk, base, pattern + 1, 24 * MEBIBYTE, DATA_BYTES // 4)
            await self._in(SOURCE, *create, "-b", base, "-F", disk.format, path)
        else:
            await self._in(SOURCE, *create, path, str(VIRTUAL_BYTES))
        await self._write(disk, path, pattern, MEBIBYTE, DATA_BYTES)

    async def _write(self, disk: Local, path: str, pattern: int, at: int, length: int) -> None:
        await self._in(SOURCE, "qemu-io", "-f", disk.format, "-c", f"write -P {pattern} {at} {length}", path)

    def _nvram(self) -> str:
        return f"{self.local}/{NAME}.nvram"

    async def _in(self, host: int, *argv: str) -> str:
        return await asyncio.to_thread(box.inside, self.lab, HOSTS[host], *argv)


def _disk(disk: Local, directory: str) -> str:
    return f"""
    <disk type='file' device='disk'>
      <driver name='qemu' type='{disk.format}' cache='none'/>
      <source file='{disk.path(directory)}'/><target dev='{disk.target}' bus='virtio'/>
    </disk>"""


def _drive(path: str) -> str:
    return f"""
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/><source file='{path}'/><target dev='{CDROM}' bus='ide'/><readonly/>
    </disk>"""
