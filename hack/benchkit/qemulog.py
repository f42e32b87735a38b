"""When libvirt began a migration's job: it writes down when it starts the destination's QEMU.

It gives no event for the job itself. The log is its first trace, a little after the job became active:
nothing that is measured up to it is too short.
"""

import re
from datetime import datetime

from labkit.lab import Lab

_START = re.compile(r"^(\S+ \S+): starting up libvirt version", re.M)


def started(log: str, since: float) -> float | None:
    """When a QEMU was first started at or after `since`, in seconds of the epoch; `log` is its domain's."""
    starts = (datetime.fromisoformat(at).timestamp() for at in _START.findall(log))
    return next((at for at in starts if at >= since), None)


def job_active(lab: Lab, destination: str, guest: str, since: float) -> float | None:
    """Of the guest's QEMU on that host."""
    path = lab.logs(destination) / "libvirt" / "qemu" / f"{guest}.log"
    return started(path.read_text(errors="replace"), since) if path.exists() else None
