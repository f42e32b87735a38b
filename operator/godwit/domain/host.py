"""A hypervisor as its agent describes it, and as its admin wants it."""

from enum import StrEnum
from typing import TypeVar

import msgspec

from godwit.domain import quantity
from godwit.domain.conditions import Condition
from godwit.domain.guest import DomainSummary
from godwit.domain.value import Value


class Program(StrEnum):
    """What moves guests, as people call it."""

    LIBVIRT = "libvirt"
    QEMU = "QEMU"


class Versions(Value):
    """As people write them, e.g. `11.3.0`; empty when unknown."""

    libvirt: str = ""
    qemu: str = ""
    agent: str = ""

    def of(self, program: Program) -> str:
        """That program's."""
        return self.libvirt if program is Program.LIBVIRT else self.qemu


def version_text(number: int) -> str:
    """From libvirt's form, `1000000 * major + 1000 * minor + release`: 11003000 is `11.3.0`."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def version_parts(text: str) -> tuple[int, ...]:
    """To be compared: `11.3.0` and `v11.3.0` are `(11, 3, 0)`; empty when not of numbers alone."""
    parts = text.removeprefix("v").split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


class CPU(Value):
    """The host's CPU as libvirt's capabilities name it."""

    arch: str = ""
    model: str = ""
    vendor: str = ""
    features: tuple[str, ...] = ()
    count: int = 0
    """Of those that are online."""
    online: str = ""
    """Their numbers as a list such as `0-3,8`; empty: unknown."""
    microcode: str = ""
    """Its version; empty where libvirt doesn't tell one."""
    tsc_hertz: int = 0
    """Frequency of its time stamp counter; 0 where libvirt can't read it (by KVM)."""
    tsc_scaling: bool | None = None
    """Whether a guest's counter may have another frequency; None: unknown."""


class NUMANode(Value):
    """One NUMA cell."""

    id: int
    cpus: int = 0
    memory_bytes: int = 0


class Memory(Value):
    """The host's memory; `free` is rounded down to 64 MiB."""

    total_bytes: int = 0
    free_bytes: int = 0


class Hugepages(Value):
    """The host's large pages of one size, of all its cells."""

    size_bytes: int
    total: int = 0
    free: int = 0


class SecurityModel(Value):
    """What libvirt confines guests with: a model, and the label that guests of that type get by default."""

    model: str
    """`dac` (the user and group of QEMU), `selinux`, `apparmor` or `none`."""
    virt_type: str = ""
    """`kvm` or `qemu`; empty: the model has no labels."""
    base_label: str = ""
    """Of `dac`: `+uid:+gid`."""


class PortGroup(Value):
    """Settings of a libvirt network that an interface may ask for by their name."""

    name: str
    vlans: tuple[int, ...] = ()


class Network(Value):
    """A network, bridge or device that guests can be attached to."""

    name: str
    kind: str
    """`network` (libvirt's) or `bridge` (the host's); among the links `device` or `ovs`."""
    bridge: str = ""
    active: bool = False
    mtu: int = 0
    uplink_mtu: int = 0
    """Of a bridge: the largest of its uplinks'; 0: it has none, or it is not known."""
    forward: str = ""
    """Of libvirt's: `<forward mode=...>`; empty: it has none."""
    vlans: tuple[int, ...] = ()
    """The tags that its frames bear outside, as the network's definition or a VLAN link says."""
    port_groups: tuple[PortGroup, ...] | None = None
    """Of libvirt's; None where nobody looked."""
    uplinks: tuple[str, ...] | None = None
    """By what it leads out of the host, `veth` for all of that kind; None where nobody looked."""
    carrier: bool | None = None
    """Whether one of these has a carrier; None without any."""
    subnets: tuple[str, ...] = ()
    """Those in which the host itself has an address there."""
    speed_megabits_per_second: int = 0
    """Of a bridge: that of its fastest uplink; 0: unknown."""


NETWORK, BRIDGE, DEVICE, OVS = "network", "bridge", "device", "ovs"
"""Kinds of a network."""


class Segment(Value):
    """Which segment of the service network one of the host's networks is."""

    name: str
    """Of a bridge, a device, a libvirt network; or `network/portgroup`."""
    segment: str


class ImageDirectory(Value):
    """A directory in which images may lie; `free` is rounded down to 64 MiB."""

    path: str
    total_bytes: int = 0
    free_bytes: int = 0
    file_system: str = ""


class Leftover(Value):
    """Something of Godwit's that nobody removes by himself: it is told until it is gone."""

    kind: str
    """`Image`, `Directory`, `NVRAM`, `Pool` or `ProbeFile`."""
    path: str
    """Of the pool: its name."""
    remedy: str
    """The command that removes it; or in words why none is told."""
    why: str = ""
    """Why it was left there."""
    identity: str = ""
    """Of the very file or directory; empty: nobody wrote it down."""
    in_doubt: bool = False
    """It may be needed: no command is told, whosever it is."""


class HostNow(Value):
    """What of a host may be another at any moment: an inspection looks at it."""

    memory: Memory = Memory()
    hugepages: tuple[Hugepages, ...] | None = None
    """None: the agent is older than this field."""
    networks: tuple[Network, ...] = ()
    links: tuple[Network, ...] | None = None
    """Further ones: devices and bridges of Open vSwitch; None where nobody looked."""
    secrets: tuple[str, ...] = ()
    """UUIDs of the libvirt secrets that are defined here."""


class HostFacts(HostNow):
    """Everything that one host tells about itself."""

    host_uuid: str = ""
    host_name: str = ""
    versions: Versions = Versions()
    cpu: CPU = CPU()
    numa: tuple[NUMANode, ...] = ()
    security: tuple[SecurityModel, ...] = ()
    """Never empty where the agent knows this field."""
    migration_address: str = ""
    image_directories: tuple[ImageDirectory, ...] = ()
    machine_types: tuple[str, ...] = ()
    domains: tuple[DomainSummary, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    tpm_backends: tuple[str, ...] | None = None
    """What may be behind a guest's TPM here, e.g. `emulator`; None: an older agent told nothing of it."""
    tpm_state_file_system: str = ""
    """Where libvirt keeps the state of emulated TPMs, e.g. `ext4`; empty: unknown."""


class Reserve(Value):
    """What of a host no guest may come into by a migration."""

    memory: str | None = None
    """With a unit, e.g. `4Gi`; None: nothing is kept back."""

    @property
    def memory_bytes(self) -> int:
        """`ValueError` for what the CRD would refuse."""
        return quantity.bytes_in(self.memory) if self.memory else 0


class HypervisorSpec(Value):
    """What the admin says about a hypervisor; all of it is optional."""

    migration_address: str | None = None
    """Where other hosts reach its libvirtd and QEMU; found from the agent's migrationCIDR when not given."""
    image_directories: tuple[str, ...] | None = None
    """Under which images may be created; must lie in those that the agent is given, which is the default."""
    maintenance: bool = False
    """No guest comes here; those that are here may leave."""
    reserve: Reserve = Reserve()
    networks: tuple[Segment, ...] = ()
    """One line per network whose segment the admin names."""


class HypervisorStatus(HostFacts):
    """The facts, and for which generation of the spec they were gathered."""

    observed_generation: int = -1
    conditions: tuple[Condition, ...] = ()
    """`Ready`, by the operator: whether the agent's Lease is being renewed."""


class HostNode(Value):
    """What Kubernetes says of the host: its Node."""

    labels: dict[str, str] = msgspec.field(default_factory=dict)
    cordoned: bool = False
    """`spec.unschedulable`: nothing new is to come here."""
    deleting: bool = False


class Hypervisor(Value):
    """A hypervisor as the operator decides about it."""

    name: str
    spec: HypervisorSpec = HypervisorSpec()
    status: HypervisorStatus = HypervisorStatus()
    generation: int = 1
    ready: bool = False
    """The Lease was renewed within 40 s, as the operator's own monotonic clock saw it."""
    node: HostNode | None = None
    """None where no Node of that name was seen."""

    @property
    def has_told(self) -> bool:
        """Its agent has written what the host is, at least once."""
        return self.status.observed_generation >= 0

    @property
    def migration_address(self) -> str:
        """The admin's word, or what the agent found; empty when there is neither."""
        return self.spec.migration_address or self.status.migration_address

    def seen(self, now: HostNow | None) -> "Hypervisor":
        """With what an inspection has found there; None: there was none, or by an older agent."""
        return msgspec.structs.replace(self, status=with_now(self.status, now)) if now else self


FactsT = TypeVar("FactsT", bound=HostNow)


def with_now(facts: FactsT, now: HostNow) -> FactsT:
    """The facts, but for what may change at any moment."""
    return msgspec.structs.replace(facts, **{name: getattr(now, name) for name in HostNow.__struct_fields__})
