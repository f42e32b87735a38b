"""What a host's QEMU shows of itself when a guest's memory and disks go from host to host, seen as a file."""

from datetime import datetime

from godwit.domain.road import Own
from godwit.domain.value import Value


class QEMUCertificate(Value):
    """Of one end: a source shows its client certificate, a destination its server certificate."""

    at: datetime
    """When it was looked at, by the host's clock: by that one its QEMU takes it for good or not."""
    own: Own = Own()
