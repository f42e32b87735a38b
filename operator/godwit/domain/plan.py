"""How a migration is done: the plan that both hosts' tasks carry, made once from what was found on them."""

from enum import StrEnum

from godwit.domain.image import Copy, Kept
from godwit.domain.placement import HugepageDemand
from godwit.domain.value import Value


class Switchover(StrEnum):
    """Who lets the guest go on at the destination: libvirt at once, or its agent on the source's word."""

    FAST = "Fast"
    STRICT = "Strict"


class ResumeWhen(Value):
    """The destination resumes its guest when this task, in this attempt, recorded STOPPED(migrated)."""

    task: str
    attempt: int


class MemoryClaim(Value):
    """What the guest takes of the destination's memory: promised to it from the plan on."""

    bytes: int
    """With what its QEMU takes beside it."""
    reserve_bytes: int = 0
    """What has to stay free there."""
    forced: bool = False
    """Taken though it may not be there: the user said so."""
    hugepages: tuple[HugepageDemand, ...] = ()
    """Beside `bytes`; one for each size."""
    hugepages_forced: bool = False
    """As `forced`."""


class PromisedMemory(Value):
    """What migrations on their way will still take of a host."""

    bytes: int = 0
    hugepages: tuple[HugepageDemand, ...] = ()


class Plan(Value):
    """How to migrate; written once, with the goal Prepared, and never changed."""

    switchover: Switchover
    destination_uri: str
    """libvirt's, e.g. `qemu+tls://10.0.1.12/system`."""
    migrate_uri: str
    """Memory's, e.g. `tcp://10.0.1.12`."""
    unsafe: bool = False
    persistent: bool = True
    auto_converge: bool = False
    paused_before: bool = False
    autostart: bool = False
    run_mark: str = ""
    """The mark of the QEMU that the destination starts."""
    resume_when: ResumeWhen | None = None
    copies: tuple[Copy, ...] = ()
    """The disks that libvirt copies: all of them, and no other."""
    ejected: tuple[str, ...] = ()
    """Targets of drives that arrive empty."""
    kept: tuple[Kept, ...] = ()
    """The disks in files that stay: the destination looks at them once more before the job."""
    nvram: str = ""
    """The file of the firmware's variables: where there is none, the destination's libvirt makes it."""
    synchronous_writes: bool = False
    """The guest's writes wait for the copy, or it would never be complete."""
    delete_nvram: bool = False
    """`sourceImages: Delete`, and the firmware's variables are proven to be the source's alone."""
    memory: MemoryClaim | None = None
    """For the destination, which counts once more; None: the plan is older than this field."""
