"""A domain in memory; tests may change any field of it."""

import asyncio
import hashlib
from dataclasses import dataclass, field

import msgspec

from godwit.domain.equipment import Equipment
from godwit.domain.guest import (
    ACTIVE_STATES,
    DiskFacts,
    DomainState,
    GuestView,
    InterfaceFacts,
    Job,
    JobStats,
    Marks,
    StateReason,
)
from godwit.domain.image import Mirror
from godwit.domain.placement import Placement

MEMORY_BYTES = 32 * 1024 * 1024
NO_MARKS = Marks()
NO_EQUIPMENT = Equipment()
PLAIN = Placement(virt_type="qemu")
AT_THE_BEGINNING = JobStats(memory_total_bytes=MEMORY_BYTES)


@dataclass
class FakeDomain:
    """A domain as libvirt has it."""

    name: str
    uuid: str
    state: DomainState = DomainState.RUNNING
    reason: StateReason = StateReason.BOOTED
    domain_id: int | None = 1
    persistent: bool = True
    autostart: bool = False
    live: Marks = NO_MARKS
    defined: Marks = NO_MARKS
    job: Job = Job.NONE
    stats: JobStats = AT_THE_BEGINNING
    completed: JobStats | None = None
    max_downtime_milliseconds: int = 300
    bandwidth_mebibytes_per_second: int = 8796093022207
    devices: tuple[str, ...] = ("controller",)
    disks: tuple[DiskFacts, ...] = ()
    interfaces: tuple[InterfaceFacts, ...] = ()
    snapshots: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ()
    writes_bytes_per_second: int | None = None
    disk_requests: int = 0
    equipment: Equipment = NO_EQUIPMENT
    placement: Placement = PLAIN
    anti_affinity: tuple[str, ...] = ()
    nvram: str = ""
    """Path of its firmware's variables."""
    mirrors: dict[str, Mirror] = field(default_factory=dict)
    to_copy: dict[str, int] = field(default_factory=dict)
    """What each mirror will find."""
    """By target, while a job copies disks."""
    synchronous: set[str] = field(default_factory=set)
    """Targets of mirrors for which the guest's writes wait."""
    old_qemu: bool = False
    """It can't change the mode of a mirror that runs."""
    hung: bool = False
    """The peer of its job vanished: until it is cut off the job doesn't end."""
    frozen: bool = False
    """It was aborted before it was cut off: QEMU waits for the peer and answers nobody, until it is back."""
    abort: asyncio.Event = field(default_factory=asyncio.Event)
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    back: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.devices, self.disks)).encode()).hexdigest()

    def become(self, state: DomainState, reason: StateReason) -> None:
        self.state, self.reason = state, reason
        if not self.active:
            self.domain_id, self.live, self.job, self.mirrors = None, NO_MARKS, Job.NONE, {}

    def peer_is_back(self) -> None:
        """The end of `hung`: whatever waited for it goes on."""
        self.hung = self.frozen = False
        self.back.set()

    def copied(self, target: str, copied_bytes: int) -> None:
        """A mirror gets so far, and the job's figures with it."""
        self.count(target)
        self.mirrors[target] = msgspec.structs.replace(self.mirrors[target], copied_bytes=copied_bytes)
        self.show_mirrors()

    def count(self, target: str) -> None:
        """A mirror knows from now on how much there is to copy."""
        mirror = self.mirrors[target]
        if mirror.total_bytes is None:
            self.mirrors[target] = msgspec.structs.replace(mirror, total_bytes=self.to_copy[target])
            self.show_mirrors()

    def show_mirrors(self) -> None:
        """The job's figures of its disks are those of its mirrors."""
        total = sum(mirror.total_bytes or 0 for mirror in self.mirrors.values())
        done = sum(mirror.copied_bytes for mirror in self.mirrors.values())
        self.stats = msgspec.structs.replace(
            self.stats,
            disk_total_bytes=total,
            disk_processed_bytes=done,
            disk_remaining_bytes=total - done,
        )

    def view(self) -> GuestView:
        return GuestView(
            name=self.name,
            uuid=self.uuid,
            state=self.state,
            reason=self.reason,
            domain_id=self.domain_id,
            job=self.job,
            persistent=self.persistent,
            autostart=self.autostart,
            marks=self.live if self.active else self.defined,
        )
