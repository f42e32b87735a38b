"""How much memory the operator and the agents hold."""

from benchkit.figures import Figure, Section
from labkit.lab import Lab
from labkit.shell import LabError
from labkit.status import status

LIMIT_MIB = 120
_OURS = ("operator", "agent")


def measure(lab: Lab, finished: int) -> Section:
    """What `hack/lab status` says of each."""
    rows = [row for row in status(lab) if row.service in _OURS]
    if not rows or any(row.pid is None for row in rows):
        raise LabError("operator or agent does not run: `hack/lab status` says which")
    return Section(
        f"Resident memory with {finished} finished migrations",
        [Figure(f"{row.service} on {row.box}", row.rss_mib, LIMIT_MIB, "MiB") for row in rows],
    )
