"""A good world by its seed: both hosts and the guest are drawn from what is in order, and nothing is wrong.

Two hosts never agree in everything: the destination is as new or newer, larger or smaller, and has other
guests. A world has whatever its guest asks for.
"""

import random
from typing import TypeVar

from msgspec.structs import replace

from godwit.domain.equipment import TPM, Equipment, GuestAgent
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.domain.host import (
    HostNode,
    Hugepages,
    HypervisorSpec,
    Memory,
    NUMANode,
    Reserve,
    SecurityModel,
    Segment,
)
from godwit.domain.image import FileKind, ImageFacts
from godwit.domain.migration import CPURule, Safety
from godwit.domain.observation import ClockSkew
from godwit.domain.placement import CellBinding, HugepageDemand, Part, Pin, Placement
from godwit.domain.plan import PromisedMemory
from godwit.domain.reception import HostPath, Listener, Listening, Presence
from godwit.domain.road import Answer

from ..builders import DISK, INTERFACE, OFFER, facts, listed
from ..checks.attached import EVERYTHING, IN_GROUP, ON_DEVICE, ON_NETWORK, ON_OVS
from ..storage.known import (
    ABSENT,
    BLOCK,
    CDROM,
    CREATE,
    DELETE,
    DEVICE,
    EMPTY,
    GIB,
    ISO,
    LOCAL,
    MUST_EXIST,
    NETWORK,
    OLDER,
    RAW,
    THERE,
)
from .world import (
    World,
    at_destination,
    at_source,
    changed,
    with_cpus,
    with_disks,
    with_facts,
    with_guest,
    with_reception,
    with_road,
    with_secrets,
    with_versions,
    with_view,
)

SEEDS = range(15)
KNOWN_UUID = "99999999-2222-3333-4444-555555555555"
"""Of a libvirt secret that both hosts have."""
ENCRYPTED = replace(DISK, target="vde", encrypted=True, secret=KNOWN_UUID)
LAYERED = replace(LOCAL, backing=("/images/base.qcow2",), backing_allocated_bytes=1 << 20)
COPIES_THERE = (
    THERE,
    replace(
        THERE,
        path=RAW.path,
        format="raw",
        cluster_size_bytes=None,
        compat="",
        fingerprint=replace(OLDER, changed="400.0"),
    ),
)
INTERFACES = (INTERFACE, ON_NETWORK, IN_GROUP, ON_OVS, ON_DEVICE)
VERSIONS = ("11.3.0", "11.10.0", "12.0.0", "12.8.0")
QEMUS = ("10.0.2", "10.0.13", "10.1.0", "10.2.1")
SILENT_OFFER = replace(OFFER, no_frames="its agent may not open a packet socket")
"""As of most hosts: it sends no frames."""
TSC_HERTZ = 2_100_000_000
Dice = random.Random
T = TypeVar("T")


def good(seed: int) -> World:
    """The same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice, no secret
    world = facts()
    for part in (_disks, _guest, _devices, _memory, _placement, _interfaces, _cpu, _hosts, _road):
        world = part(world, dice)
    return world


def _yes(dice: Dice) -> bool:
    return dice.random() < 0.5


def _some(dice: Dice, *things: T) -> tuple[T, ...]:
    """Now and then none of them."""
    there_are_any = dice.random() < 0.85
    return tuple(thing for thing in things if there_are_any and _yes(dice))


def _disks(world: World, dice: Dice) -> World:
    """From none at all to one of each kind."""
    kept = dice.choice((DISK, ENCRYPTED))
    copied = dice.choice(((LOCAL, RAW), (LAYERED, RAW), (LAYERED,), ()))
    disks = _some(dice, kept, *copied, CDROM, EMPTY, NETWORK, BLOCK)
    wish = dice.choice((CREATE, DELETE, MUST_EXIST))
    there = (*(COPIES_THERE if wish is MUST_EXIST else ABSENT), ISO, DEVICE)
    world = with_disks(world, *disks, wish=wish, there=there)
    return with_secrets(world, KNOWN_UUID)


def _guest(world: World, dice: Dice) -> World:
    state, reason = dice.choice(
        (
            (DomainState.RUNNING, StateReason.BOOTED),
            (DomainState.RUNNING, StateReason.MIGRATED),
            (DomainState.BLOCKED, StateReason.UNKNOWN),
            (DomainState.PAUSED, StateReason.USER),
        )
    )
    nvram = ImageFacts("/nvram/vm1.fd", FileKind.REGULAR) if _yes(dice) else None
    return with_guest(with_view(world, state=state, reason=reason), nvram=nvram, vcpus=dice.randint(1, 4))


def _devices(world: World, dice: Dice) -> World:
    """A TPM has a libvirt without a known bug of it."""
    tpm = dice.choice((None, None, TPM("emulator"), TPM("emulator", KNOWN_UUID)))
    agent = dice.choice((GuestAgent.NONE, GuestAgent.CONNECTED))
    log = HostPath("serial", "/var/log/vm1", Presence.PRESENT)
    paths = _some(dice, log, HostPath("kernel", "/boot/vmlinuz", Presence.PRESENT))
    listener = Listener("vnc", "127.0.0.1", Listening.POSSIBLE, port=5900 + dice.randint(0, 9))
    world = with_reception(world, paths=paths, listeners=(listener,) if _yes(dice) else ())
    world = with_guest(world, equipment=Equipment(tpm=tpm, agent=agent))
    first = VERSIONS.index("12.0.0") if tpm else 0
    here, there = sorted(dice.choices(range(first, len(VERSIONS)), k=2))
    qemus = sorted(dice.choices(range(len(QEMUS)), k=2))
    world = with_versions(
        world,
        {"libvirt": VERSIONS[here], "qemu": QEMUS[qemus[0]]},
        {"libvirt": VERSIONS[there], "qemu": QEMUS[qemus[1]]},
    )
    return at_destination(world, tpm_backends=("passthrough", "emulator"), secrets=(KNOWN_UUID,))


def _memory(world: World, dice: Dice) -> World:
    """What is free suffices for the guest, the reserve and what others were promised."""
    guest, reserve, promised = dice.choice((1, 4, 16)), dice.choice((None, "2Gi")), dice.choice((0, 1))
    free = guest + 4 + dice.randint(0, 64)
    spec = HypervisorSpec(reserve=Reserve(reserve))
    world = replace(
        with_guest(world, memory_bytes=guest * GIB),
        destination=replace(world.destination, spec=spec),
        promised_memory=PromisedMemory(promised * GIB),
    )
    return at_destination(world, memory=Memory(total_bytes=2 * free * GIB, free_bytes=free * GIB))


def _placement(world: World, dice: Dice) -> World:
    """CPUs, cells, large pages and a limit that the destination has, too."""
    memory = world.guest.memory_bytes
    sizes = (Hugepages(2 << 20, 16384, 8192), Hugepages(GIB, 32, 16))
    page = dice.choice(sizes).size_bytes
    placement = Placement(
        virt_type="qemu",
        video_bytes=dice.choice((0, 16 << 20)),
        locked=_yes(dice),
        hard_limit_bytes=2 * memory + GIB if _yes(dice) else None,
        hugepages=(HugepageDemand(memory, page),) if _yes(dice) else (),
        pins=(Pin(Part.VCPU, "0-3", 0), Pin(Part.EMULATOR, "7")) if _yes(dice) else (),
        cells=(CellBinding("the guest's memory", "0-1"),) if _yes(dice) else (),
        fixed_labels=("dac",) if _yes(dice) else (),
    )
    other = (SecurityModel("selinux", "qemu", "system_u"), SecurityModel("none"))[: dice.randint(0, 2)]
    security = (*world.source.status.security, *other)
    world = at_source(with_guest(world, placement=placement), security=security)
    cells = tuple(NUMANode(number, 8, GIB) for number in range(dice.randint(2, 4)))
    return at_destination(world, hugepages=sizes, numa=cells, security=security)


def _interfaces(world: World, dice: Dice) -> World:
    """What no fact proves to be one segment, the admin has said."""
    spec = dice.choice((HypervisorSpec(), HypervisorSpec(networks=(Segment("br0", "front"),))))
    networks = tuple(each for each in EVERYTHING if each.kind in ("network", "bridge"))
    links = tuple(each for each in EVERYTHING if each not in networks)
    said = (*spec.networks, *(Segment(name, "back") for name in ("br-int", "eth1")))
    hosts = [
        replace(changed(host, networks=networks, links=links), spec=replace(host.spec, networks=said))
        for host in (world.source, world.destination)
    ]
    attached = _some(dice, *INTERFACES)
    return with_guest(replace(world, source=hosts[0], destination=hosts[1]), interfaces=attached)


def _cpu(world: World, dice: Dice) -> World:
    """The guest's own, or its host's where both hosts have the same."""
    mode = dice.choice((CPUMode.CUSTOM, CPUMode.HOST_MODEL, CPUMode.NONE, CPUMode.HOST_PASSTHROUGH))
    fit = dice.choice((CPUFit.IDENTICAL, CPUFit.SUPERSET))
    rule = dice.choice((CPURule.COMPATIBLE, CPURule.IDENTICAL))
    hertz = dice.choice((0, TSC_HERTZ))
    cpu = GuestCPU(mode, model="EPYC", threads_per_socket=dice.choice((1, 2)), tsc_hertz=hertz)
    world = replace(with_guest(world, cpu=cpu), safety=Safety(cpu=rule))
    counter: dict[str, object] = {"tsc_hertz": TSC_HERTZ, "tsc_scaling": _yes(dice)}
    world = with_cpus(world, counter, {"count": dice.choice((8, 64)), "online": "0-7", **counter})
    return with_reception(world, cpu=CPUVerdict(fit))


def _hosts(world: World, dice: Dice) -> World:
    """One leaves a host that is in maintenance, or cordoned."""
    source = replace(
        world.source,
        spec=replace(world.source.spec, maintenance=_yes(dice)),
        node=HostNode(cordoned=_yes(dice)),
    )
    others = tuple(listed(f"other{number}", str(number)) for number in range(dice.randint(0, 3)))
    return at_destination(replace(world, source=source), domains=others)


def _road(world: World, dice: Dice) -> World:
    skew = ClockSkew(dice.uniform(-0.8, 0.8), dice.uniform(0, 0.1))
    timeout = dice.choice((None, 3600))
    world = replace(world, clock_skew=skew, timeout_seconds=timeout)
    knock = dice.choice((Answer.REFUSED, Answer.OPEN))
    return with_facts(with_road(world, knock=knock), offer=dice.choice((OFFER, SILENT_OFFER)))
