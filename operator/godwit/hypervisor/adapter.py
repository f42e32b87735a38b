"""The ports of `godwit.hypervisor.ports` on a real libvirt.

Promise: `start` never fails because libvirtd is away: calls raise `LibvirtUnreachable` until it is there, and
it is tried for ever. `close` leaves migration jobs running; they belong to the two libvirtds.
"""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from godwit.hypervisor.calls import Calls, Observer
from godwit.hypervisor.connection import Connection
from godwit.hypervisor.currentjob import CurrentJob
from godwit.hypervisor.events import Stream
from godwit.hypervisor.eyes import Eyes
from godwit.hypervisor.guests import LibvirtGuests
from godwit.hypervisor.host import LibvirtHost
from godwit.hypervisor.images import LibvirtImages
from godwit.hypervisor.jobs import LibvirtJobs
from godwit.hypervisor.links import Links
from godwit.hypervisor.mirrors import LibvirtMirrors
from godwit.hypervisor.mounts import Mounts
from godwit.hypervisor.power import LibvirtPower
from godwit.hypervisor.probes import LibvirtProbes
from godwit.hypervisor.reception import LibvirtReceptions
from godwit.hypervisor.removal import LibvirtRemoval
from godwit.hypervisor.tuning import LibvirtTuning

if TYPE_CHECKING:
    from godwit.hypervisor.ports import (
        Guests,
        Host,
        Images,
        Jobs,
        Mirrors,
        Power,
        Probes,
        Receptions,
        Removal,
        Tuning,
    )

SYSTEM_URI = "qemu:///system"
SYS_CLASS_NET = Path("/sys/class/net")
PROC_NET = Path("/proc/net")
PROC_MEMINFO = Path("/proc/meminfo")
ROOT = Path("/")


def _unobserved(_call: str, _outcome: str, _seconds: float) -> None:
    """Nobody counts."""


class Libvirt:
    """One host's libvirt, by its parts. Made on the event loop that uses it."""

    def __init__(
        self,
        uri: str = SYSTEM_URI,
        *,
        mountinfo: Path,
        observe: Observer = _unobserved,
        sys_class_net: Path = SYS_CLASS_NET,
        proc_net: Path = PROC_NET,
        image_directories: tuple[PurePosixPath, ...] = (),
        root: Path = ROOT,
    ) -> None:
        """`image_directories` are seen below `root` at the same paths as on the host."""
        stream = Stream()
        self._connection = Connection(uri, stream.put)
        self._calls = Calls(self._connection, observe)
        job = CurrentJob(self._calls)
        mounts = Mounts(mountinfo)
        self.host: Host = LibvirtHost(self._calls, job, Links(sys_class_net, proc_net), PROC_MEMINFO, stream)
        eyes = Eyes(tuple(str(directory) for directory in image_directories), mounts, root)
        self.images: Images = LibvirtImages(self._calls, eyes, mounts)
        self.guests: Guests = LibvirtGuests(self._calls, job, mounts, self.images)
        self.power: Power = LibvirtPower(self._calls)
        self.tuning: Tuning = LibvirtTuning(self._calls)
        self.removal: Removal = LibvirtRemoval(self._calls, eyes)
        self.jobs: Jobs = LibvirtJobs(self._calls, job)
        self.probes: Probes = LibvirtProbes(self._calls, mounts, eyes)
        self.receptions: Receptions = LibvirtReceptions(self._calls, self.images)
        self.mirrors: Mirrors = LibvirtMirrors(self._calls)

    @property
    def connected(self) -> bool:
        """There is a connection, as far as is known."""
        return self._connection.connected

    @property
    def left_behind(self) -> int:
        """Calls that missed their deadline and have not come back: libvirt is stuck when it grows."""
        return self._calls.left_behind

    async def start(self) -> None:
        """Connect, or go on trying in the background; returns after the first attempt."""
        await self._connection.start()

    async def close(self) -> None:
        """Let go of libvirt."""
        await self._connection.close()
