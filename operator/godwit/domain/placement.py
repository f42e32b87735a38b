"""What a guest asks of its host's CPUs, NUMA cells, memory and security models, beside their amount."""

from enum import StrEnum

from godwit.domain.value import Value


class Part(StrEnum):
    """What of a guest is pinned."""

    VCPU = "VCPU"
    EMULATOR = "Emulator"
    IO_THREAD = "IOThread"


class Pin(Value):
    """A part of the guest that runs on some of the host's CPUs only."""

    part: Part
    cpus: str
    """E.g. `0-3,8`."""
    number: int | None = None
    """Of the vCPU or I/O thread; None: all of them."""

    @property
    def what(self) -> str:
        """For people."""
        if self.part is Part.EMULATOR:
            return "the emulator"
        kind = "vCPU" if self.part is Part.VCPU else "I/O thread"
        return f"each {kind}" if self.number is None else f"{kind} {self.number}"


class CellBinding(Value):
    """Memory of the guest that comes from some of the host's NUMA cells."""

    what: str
    """For people, e.g. `the memory of cell 0`."""
    cells: str
    """E.g. `0-1`."""
    mode: str = "strict"
    """libvirt's: strict, preferred, interleave or restrictive."""


class HugepageDemand(Value):
    """Memory of the guest that consists of large pages."""

    bytes: int
    page_bytes: int = 0
    """0: the size that is the host's default."""


class Placement(Value):
    """Of one live definition."""

    virt_type: str = ""
    """`kvm` or `qemu`: what runs it."""
    video_bytes: int = 0
    """Memory of its graphics devices."""
    locked: bool = False
    """All of its memory is kept in the host's."""
    hard_limit_bytes: int | None = None
    """What all of its QEMU may take (`<memtune>`); None: no limit."""
    hugepages: tuple[HugepageDemand, ...] = ()
    pins: tuple[Pin, ...] = ()
    cells: tuple[CellBinding, ...] = ()
    fixed_labels: tuple[str, ...] = ()
    """Security models of which the definition itself gives the label: the same on each host."""
