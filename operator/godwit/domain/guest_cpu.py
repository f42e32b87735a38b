"""A guest's CPU as its live definition has it, and what a host says of running it."""

from enum import StrEnum

from godwit.domain.value import Value


class CPUMode(StrEnum):
    """`<cpu mode=...>` of a guest that runs."""

    NONE = "None"
    """The definition has no `<cpu>`: QEMU's own choice for the machine type."""
    CUSTOM = "Custom"
    HOST_MODEL = "HostModel"
    HOST_PASSTHROUGH = "HostPassthrough"
    """Its host's, whatever that is."""
    MAXIMUM = "Maximum"
    """Everything that its QEMU can give there."""
    OTHER = "Other"


class GuestCPU(Value):
    """What the guest sees."""

    mode: CPUMode
    emulated: bool = False
    """By QEMU itself (`<domain type='qemu'>`), whatever the host's CPU is."""
    model: str = ""
    features: tuple[str, ...] = ()
    """Those that the definition requires beyond the model's."""
    disabled: tuple[str, ...] = ()
    """Those of the model that it takes away."""
    threads_per_socket: int = 1
    """Logical CPUs in each socket."""
    migratable: bool = True
    """False: nothing is held back of its host's own CPU (`<cpu migratable='off'>`)."""
    tsc_hertz: int = 0
    """`<timer name='tsc' frequency=...>`; 0: its time stamp counter has no frequency of its own."""
    unjudged: tuple[str, ...] = ()
    """Features that it has though libvirt says that not even its own host could give them."""


class CPUFit(StrEnum):
    """How the CPU that a host can give stands to the one that a guest has."""

    IDENTICAL = "Identical"
    SUPERSET = "Superset"
    INCOMPATIBLE = "Incompatible"
    UNKNOWN = "Unknown"


class CPUVerdict(Value):
    """What a host's libvirt says of a guest's CPU."""

    fit: CPUFit
    missing: tuple[str, ...] = ()
    """The features that the host can't give."""
    text: str = ""
    """libvirt's, where it isn't a fit."""
