"""Two hosts of the lab, with a guest of 32 MiB that is one sector long and writes to its memory."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import libvirt

from godwit.hypervisor import affinity
from godwit.hypervisor.adapter import Libvirt
from labkit.box import init_pid
from labkit.lab import LOCAL, SHARED, Plane
from labkit.registry import open_lab
from labkit.shell import LabError, run

from .patience import until
from .relay import Relay
from .worlds import NAME, NAMESAKE_UUID, NETWORK, UUID

Act = Callable[[libvirt.virConnect], object]
ByHand = Callable[[Act], Awaitable[None]]
IMAGE = f"{NAME}.raw"
IMAGE_BYTES = 1024 * 1024  # SeaBIOS boots no virtio disk of 64 KiB
# 448 KiB are written again and again: more than 1 MiB/s and a downtime of 1 ms can ever move.
BOOT_SECTOR = bytes.fromhex("b80020 8ec0 31ff 43 26891d 81c70001 75f7 050010 3d0090 72ea ebe5")
NETWORK_XML = (
    f"<network><name>{NETWORK}</name><forward mode='bridge'/><bridge name='guests'/>"
    "<portgroup name='web'/><portgroup name='all'/></network>"
)
OTHERS_MARK = "<other:note xmlns:other='urn:example:other'>ü &lt;kept&gt;</other:note>"


class NoLabError(Exception):
    """The lab doesn't run."""


class LabHands:
    """On the first host."""

    def __init__(self, root: Path, pid: int, by_hand: ByHand) -> None:
        self._root = root
        self._inside = ("nsenter", "--target", str(pid), "--mount")
        self._by_hand = by_hand

    def place(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    async def write(self, path: str) -> None:
        def act() -> None:
            with self.place(path).open("r+b") as image:
                image.seek(0, os.SEEK_END if image.read(4) == b"QFI\xfb" else os.SEEK_SET)
                image.write(b"written.".ljust(65536, b"."))

        await asyncio.to_thread(act)

    async def make_directory(self, path: str) -> None:
        await asyncio.to_thread(self.place(path).mkdir)

    async def take_away(self, path: str) -> None:
        await asyncio.to_thread(self.place(path).unlink)

    async def replace(self, path: str) -> None:
        def act() -> None:
            content = self.place(path).read_bytes()
            self.place(path).unlink()
            self.place(path).write_bytes(content)

        await asyncio.to_thread(act)

    async def symlink(self, path: str, target: str) -> None:
        await asyncio.to_thread(self.place(path).symlink_to, target)

    async def hard_link(self, path: str, target: str) -> None:
        await asyncio.to_thread(self.place(path).hardlink_to, self.place(target))

    async def define(self, image: str) -> None:
        await self._by_hand(lambda host: host.defineXML(domain_xml(UUID, image)))

    async def cover(self, directory: str) -> None:
        tmpfs = ("mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "none", directory)
        await asyncio.to_thread(run, *self._inside, *tmpfs)

    async def uncover(self, directory: str) -> None:
        await asyncio.to_thread(run, *self._inside, "umount", directory)


def cleared(directory: Path, prefix: str) -> None:
    """Nothing whose name begins so is left."""
    for path in directory.glob(f"{prefix}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


class LabHost:
    """One host as the machine reaches it."""

    def __init__(self, name: str) -> None:
        try:
            lab = open_lab(_lab_name())
            pid = init_pid(lab, name)
        except LabError as why:
            raise NoLabError(str(why)) from why
        if pid is None:
            raise NoLabError(f"{name} is off: `hack/lab boot {name}`")
        self.pid = pid
        self.root = Path(f"/proc/{pid}/root")
        self.mountinfo = Path(f"/proc/{pid}/mountinfo")
        self.socket = self.root / "run/libvirt/libvirt-sock"
        self.address = lab.address(Plane.DATA, name)

    def ports(self, socket: Path) -> Libvirt:
        return Libvirt(
            uri(socket),
            mountinfo=self.mountinfo,
            sys_class_net=self.root / "sys/class/net",
            proc_net=Path(f"/proc/{self.pid}/net"),
            image_directories=(PurePosixPath(SHARED), PurePosixPath(LOCAL)),
            root=self.root,
        )


class LabWorld:
    """As `worlds.World`; `start` and `close` leave nothing of the guest on either host."""

    shared, local = str(SHARED), str(LOCAL)

    def __init__(self, directory: Path) -> None:
        self._hosts = (LabHost("host1"), LabHost("host2"))
        self.lab = open_lab(_lab_name())
        here, there = self._hosts
        self._relay = Relay(directory / "libvirt-sock", here.socket)
        self.source = here.ports(self._relay.path)
        self.destination = there.ports(there.socket)
        self.destination_uri = f"qemu+tls://{there.address}/system"
        self.migrate_uri = f"tcp://{there.address}"
        self.destination_root = there.root
        self.hands = LabHands(here.root, here.pid, lambda act: self.by_hand(0, act))

    async def start(self) -> None:
        await self._clear()
        await self._relay.open()
        await self.source.start()
        await self.destination.start()

    async def close(self) -> None:
        await self.source.close()
        await self.destination.close()
        await self._relay.cut()
        await self._clear()

    async def start_guest(
        self, *, persistent: bool = True, autostart: bool = False, paused: bool = False, endless: bool = False
    ) -> None:
        path = await self.put_image(self.shared)

        def act(connection: libvirt.virConnect) -> None:
            xml = domain_xml(UUID, path)
            flags = libvirt.VIR_DOMAIN_START_PAUSED if paused else 0
            if persistent:
                domain = connection.defineXML(xml)
                domain.createWithFlags(flags)
                domain.setAutostart(int(autostart))
            else:
                domain = connection.createXML(xml, flags)
            if endless:
                domain.migrateSetMaxSpeed(1)
                domain.migrateSetMaxDowntime(1)

        await self.by_hand(0, act)
        if endless:
            await until(self._sectors_read, bool)  # its BIOS has found the sector that writes to memory

    async def plug(self) -> None:
        flags = libvirt.VIR_DOMAIN_AFFECT_LIVE
        device = "<controller type='virtio-serial' index='1'/>"
        await self.by_hand(0, lambda host: host.lookupByName(NAME).attachDeviceFlags(device, flags))

    async def keep_apart(self, *groups: str) -> None:
        element = f"<{affinity.NAME}>{' '.join(groups)}</{affinity.NAME}>"
        await self.by_hand(0, lambda host: set_metadata(host, affinity.URI, element))

    async def shut_off(self) -> None:
        await self.by_hand(0, lambda host: host.lookupByName(NAME).destroy())

    async def start_namesake(self) -> None:
        await self.by_hand(1, lambda host: host.createXML(domain_xml(NAMESAKE_UUID, None)))

    async def start_network(self) -> None:
        await self.by_hand(0, lambda host: host.networkCreateXML(NETWORK_XML))

    async def stop_network(self) -> None:
        await self.by_hand(0, lambda host: host.networkLookupByName(NETWORK).destroy())

    async def put_image(self, directory: str) -> str:
        path = f"{directory}/{IMAGE}"
        place = self._hosts[0].root / path.lstrip("/")
        sector = BOOT_SECTOR.ljust(510, b"\0") + b"\x55\xaa"
        await asyncio.to_thread(place.write_bytes, sector.ljust(IMAGE_BYTES, b"\0"))
        return path

    async def cut(self) -> None:
        await self._relay.cut()

    async def mend(self) -> None:
        await self._relay.open()

    async def _sectors_read(self) -> int:
        read: list[int] = []
        await self.by_hand(0, lambda host: read.append(host.lookupByName(NAME).blockStats("vda")[0]))
        return read[0]

    async def _clear(self) -> None:
        for number, host in enumerate(self._hosts):
            await self.by_hand(number, _removed)
            for directory in (self.shared, self.local):
                place = host.root / directory.lstrip("/")
                await asyncio.to_thread(cleared, place, NAME)
                # Asked by its name, GlusterFS forgets there a file that the other host has removed.
                (place / IMAGE).unlink(missing_ok=True)

    async def by_hand(self, number: int, act: Act) -> None:
        """As the admin of host 0 or 1."""

        def work() -> None:
            connection = libvirt.open(uri(self._hosts[number].socket))
            try:
                act(connection)
            finally:
                connection.close()

        await asyncio.to_thread(work)


def _lab_name() -> str:
    return os.environ.get("GODWIT_LAB", "godwit")


def uri(socket: Path) -> str:
    return f"qemu+unix:///system?socket={quote(str(socket), safe='')}"


def domain_xml(uuid: str, image: str | None, *, devices: str = "", firmware: str = "") -> str:
    disk = "" if image is None else f"""
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none'/><source file='{image}'/><target dev='vda' bus='virtio'/>
    </disk>"""  # fmt: skip
    return f"""<domain type='qemu'>
  <name>{NAME}</name>
  <uuid>{uuid}</uuid>
  <metadata>{OTHERS_MARK}</metadata>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type>{firmware}</os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
  <devices>{disk}{devices}
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>"""


def set_metadata(connection: libvirt.virConnect, namespace: str, element: str) -> None:
    """As virsh does, in both definitions of the guest."""
    flags = libvirt.VIR_DOMAIN_AFFECT_LIVE | libvirt.VIR_DOMAIN_AFFECT_CONFIG
    kind = libvirt.VIR_DOMAIN_METADATA_ELEMENT
    connection.lookupByUUIDString(UUID).setMetadata(kind, element, "by-hand", namespace, flags)


def _removed(connection: libvirt.virConnect) -> None:
    for uuid in (UUID, NAMESAKE_UUID):
        with suppress(libvirt.libvirtError):
            connection.lookupByUUIDString(uuid).destroy()
        with suppress(libvirt.libvirtError):
            connection.lookupByUUIDString(uuid).undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)
    with suppress(libvirt.libvirtError):
        connection.networkLookupByName(NETWORK).destroy()
