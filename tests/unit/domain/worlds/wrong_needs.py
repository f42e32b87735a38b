"""What the guest needs of a host that may not be there: its CPU, and a place for its vCPUs and memory."""

from msgspec.structs import replace

from godwit.domain.guest import DomainState
from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.placement import CellBinding, HugepageDemand, Part, Pin

from ..builders import DISK
from ..storage.known import GIB
from .row import fails, not_run, row, warns
from .world import (
    World,
    at_destination,
    with_cpus,
    with_disks,
    with_facts,
    with_guest,
    with_placement,
    with_reception,
    with_versions,
)

EPYC = GuestCPU(CPUMode.CUSTOM, model="EPYC")


def _cpu(world: World, cpu: GuestCPU | None = EPYC, verdict: CPUVerdict | None = None) -> World:
    return with_reception(with_guest(world, cpu=cpu), cpu=verdict)


def _passed_through(world: World, **there: object) -> World:
    return with_cpus(with_guest(world, cpu=GuestCPU(CPUMode.HOST_PASSTHROUGH)), there=there)


def _paced(world: World, *, tsc_scaling: bool | None) -> World:
    world = _cpu(world, replace(EPYC, tsc_hertz=2_000_000_000), FITS)
    return with_cpus(world, there={"tsc_hertz": 3_000_000_000, "tsc_scaling": tsc_scaling})


def _all_features(world: World) -> World:
    world = with_guest(world, cpu=GuestCPU(CPUMode.MAXIMUM, emulated=True))
    return with_versions(world, {"qemu": "10.0.0"}, {"qemu": "10.1.0"})


def _damaged(world: World) -> World:
    return with_versions(_cpu(world, replace(EPYC, emulated=True), FITS), {"qemu": "7.2.0"})


def _large(world: World) -> World:
    world = with_placement(with_guest(world, memory_bytes=70 * GIB), hard_limit_bytes=None, hugepages=())
    memory = world.destination.status.memory
    return at_destination(world, memory=replace(memory, free_bytes=100 * GIB, total_bytes=128 * GIB))


def _by_an_older_agent(world: World) -> World:
    """Nothing is known of where its parts lie."""
    return with_guest(with_disks(world, DISK), placement=None)


def _pools_not_told(world: World) -> World:
    world = with_placement(world, hugepages=(HugepageDemand(GIB),))
    return at_destination(world, hugepages=None)


def _pages_promised(world: World) -> World:
    world = with_placement(world, hugepages=(HugepageDemand(GIB, GIB),))
    others = (HugepageDemand(16 * GIB, GIB),)
    return with_facts(world, promised_memory=replace(world.promised_memory, hugepages=others))


def _pinned(world: World, online: str) -> World:
    world = with_placement(world, pins=(Pin(Part.VCPU, "2,99", 1),))
    return with_cpus(world, there={"online": online})


FITS = CPUVerdict(CPUFit.SUPERSET)
LACKS = CPUVerdict(CPUFit.INCOMPATIBLE, ("avx512f", "pku"))
PAUSED = DomainState.PAUSED
PLACED = ("Permissions", "Pinning", "NUMA", "Hugepages", "MemoryLock", "ImageAccess")

WRONG_NEEDS = (
    row("missing features", "cpu", _cpu, fails("CPU"), "host2", "avx512f, pku", "CPU EPYC", verdict=LACKS),
    row(
        "a CPU nobody knows",
        "cpu",
        _cpu,
        not_run("CPU"),
        "host2",
        "the CPU of VM vm1",
        "unknown model",
        verdict=CPUVerdict(CPUFit.UNKNOWN, text="unknown model"),
    ),
    row(
        "features that libvirt can't judge",
        "cpu",
        _cpu,
        warns("CPU"),
        "host2",
        "avx512f, pku",
        "host1",
        cpu=replace(EPYC, unjudged=LACKS.missing),
        verdict=LACKS,
    ),
    row(
        "another host CPU",
        "cpu",
        _passed_through,
        fails("HostCPU"),
        "host2",
        "model Skylake",
        "EPYC-Rome",
        model="Skylake",
    ),
    row("other microcode", "cpu", _passed_through, warns("HostCPU"), "host2", "2 on host2", microcode="2"),
    row(
        "a host CPU without a name", "cpu", _passed_through, not_run("HostCPU"), "libvirt on host2", model=""
    ),
    row(
        "a promise without a frequency",
        "cpu",
        _cpu,
        fails("TimeStampCounter"),
        "host1",
        "VM vm1",
        "invtsc",
        cpu=replace(EPYC, features=("invtsc",)),
        verdict=FITS,
    ),
    row(
        "another frequency",
        "cpu",
        _paced,
        fails("TimeStampCounter"),
        "that of host2 at 3000000000 Hz",
        "can't scale it",
        tsc_scaling=False,
    ),
    row(
        "another frequency, which may be scaled",
        "cpu",
        _paced,
        warns("TimeStampCounter"),
        "that of host2 at 3000000000 Hz",
        tsc_scaling=None,
    ),
    row("emulated by another QEMU", "cpu versions", _all_features, fails("HostCPU"), "QEMU 10.0.0 on host1"),
    row("emulated by an old QEMU", "cpu versions", _damaged, fails("KnownBugs"), "QEMU 7.2.0 on host1"),
    row("more memory than TLS takes", "memory placement", _large, warns("KnownBugs"), "host1", "GnuTLS"),
    row(
        "a vCPU's CPU is missing",
        "pins",
        _pinned,
        fails("Pinning"),
        "host2",
        "vCPU 1",
        "CPU 99",
        online="0-7",
    ),
    row(
        "online CPUs not told",
        "pins",
        _pinned,
        not_run("Pinning"),
        "host2",
        "which CPUs are online",
        online="",
    ),
    row(
        "a NUMA cell is missing",
        "cells",
        with_placement,
        fails("NUMA"),
        "host2",
        "its memory",
        "cell 9",
        cells=(CellBinding("its memory", "0,9"),),
    ),
    row(
        "too few large pages",
        "placement memory",
        with_placement,
        fails("Hugepages"),
        "host2",
        "100 pages of 1 GiB",
        "16 of 32",
        hugepages=(HugepageDemand(100 * GIB, GIB),),
    ),
    row(
        "large pages promised to others",
        "placement memory",
        _pages_promised,
        fails("Hugepages"),
        "host2",
        "1 pages of 1 GiB are needed, 16 are promised to other migrations, 16 of 32 are free",
    ),
    row(
        "large pages not told",
        "placement memory",
        _pools_not_told,
        not_run("Hugepages"),
        "host2",
        "large pages",
    ),
    row(
        "too little may be locked",
        "placement memory",
        with_placement,
        fails("MemoryLock"),
        "host2",
        "<hard_limit> of VM vm1",
        "locked",
        locked=True,
        hard_limit_bytes=1 << 20,
    ),
    row(
        "a narrow limit",
        "placement memory",
        with_placement,
        warns("MemoryLock"),
        "host2",
        "<hard_limit> of VM vm1",
        "killed",
        locked=False,
        hard_limit_bytes=1 << 20,
    ),
    row(
        "placement not told",
        "placement memory pins cells security disks",
        _by_an_older_agent,
        not_run(*PLACED),
        "host1",
        "the memory of VM vm1",
    ),
)
