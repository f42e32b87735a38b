"""A hypervisor as its agent describes it, and as its admin wants it."""

import msgspec

from godwit.domain.conditions import Condition
from godwit.domain.guest import DomainSummary
from godwit.domain.value import Value


class Versions(Value):
    """As people write them, e.g. `11.3.0`; empty when unknown."""

    libvirt: str = ""
    qemu: str = ""
    agent: str = ""


def version_text(number: int) -> str:
    """From libvirt's form, `1000000 * major + 1000 * minor + release`: 11003000 is `11.3.0`."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def version_parts(text: str) -> tuple[int, ...]:
    """To be compared: `11.3.0` is `(11, 3, 0)`; empty when unknown."""
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


class CPU(Value):
    """The host's CPU as libvirt's capabilities name it."""

    arch: str = ""
    model: str = ""
    vendor: str = ""
    features: tuple[str, ...] = ()
    count: int = 0


class NUMANode(Value):
    """One NUMA cell."""

    id: int
    cpus: int = 0
    memory_bytes: int = 0


class Memory(Value):
    """The host's memory; `free` is rounded down to 64 MiB."""

    total_bytes: int = 0
    free_bytes: int = 0


class Network(Value):
    """A network or bridge that guests can be attached to."""

    name: str
    kind: str
    """`network` (libvirt's) or `bridge` (the host's)."""
    bridge: str = ""
    active: bool = False
    mtu: int = 0


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


class HostFacts(Value):
    """Everything that one host tells about itself."""

    host_uuid: str = ""
    host_name: str = ""
    versions: Versions = Versions()
    cpu: CPU = CPU()
    memory: Memory = Memory()
    numa: tuple[NUMANode, ...] = ()
    networks: tuple[Network, ...] = ()
    migration_address: str = ""
    image_directories: tuple[ImageDirectory, ...] = ()
    machine_types: tuple[str, ...] = ()
    domains: tuple[DomainSummary, ...] = ()
    secrets: tuple[str, ...] = ()
    """UUIDs of the libvirt secrets that are defined here."""
    leftovers: tuple[Leftover, ...] = ()


class HypervisorSpec(Value):
    """What the admin says about a hypervisor; all of it is optional."""

    migration_address: str | None = None
    """Where other hosts reach its libvirtd and QEMU; found from the agent's migrationCIDR when not given."""
    image_directories: tuple[str, ...] | None = None
    """Under which images may be created; must lie in those that the agent is given, which is the default."""
    maintenance: bool = False
    """No guest comes here; those that are here may leave."""


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
    def migration_address(self) -> str:
        """The admin's word, or what the agent found; empty when there is neither."""
        return self.spec.migration_address or self.status.migration_address
