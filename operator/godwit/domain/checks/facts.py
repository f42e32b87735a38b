"""What the checks judge: gathered on both hosts by the inspection, in one frozen value."""

from godwit.domain.contact import Contact, Offer
from godwit.domain.disks import Disk
from godwit.domain.guest import GuestFacts, GuestView
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Safety
from godwit.domain.observation import ClockSkew
from godwit.domain.plan import PromisedMemory
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.reception import Reception
from godwit.domain.road import Outlook, Road
from godwit.domain.storage.facts import StorageFacts
from godwit.domain.task import VMIdentity
from godwit.domain.value import Value


class PreflightFacts(Value):
    """The guest at its source, and what the destination says about taking it."""

    vm: VMIdentity
    guest: GuestFacts
    source: Hypervisor
    destination: Hypervisor
    namesakes: tuple[GuestView, ...]
    """The destination's domains of that name or UUID."""
    reception: Reception | None
    """What the destination says of taking the guest; None where it could not be asked."""
    storage: StorageFacts
    disks: tuple[Disk, ...]
    """Classified: see `godwit.domain.storage`."""
    outlook: Outlook | None = None
    """What the source sees of other hosts' libvirtd; None where it did not look."""
    offer: Offer | None = None
    """How the source is able to call; None where its agent is too old to."""
    contact: Contact | None = None
    """What of that call has arrived at the destination; None where it did not listen."""
    clock_skew: ClockSkew | None = None
    """None when nobody has measured it."""
    qemu_client: QEMUCertificate | None = None
    """What QEMU of the source shows; None where its agent has not told."""
    qemu_server: QEMUCertificate | None = None
    """What QEMU of the destination shows; None where its agent has not told."""
    timeout_seconds: int | None = None
    """Of the job, where the user has set one."""
    safety: Safety = Safety()
    promised_memory: PromisedMemory = PromisedMemory()
    """Of the destination's, to other migrations."""
    elsewhere: tuple[str, ...] = ()
    """Other hosts than the source and the destination that list the VM's UUID."""
    operator_version: str = ""
    """Of Godwit, as the operator runs it."""

    @property
    def road(self) -> Road | None:
        """To the destination; None where the source did not look there."""
        return self.outlook.road(self.destination.migration_address) if self.outlook else None
