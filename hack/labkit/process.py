"""What /proc says of a process. A pid is used again, so it names a process only with its start time."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process that lives (a zombie doesn't); `started` in clock ticks since the machine's boot."""

    pid: int
    started: int
    stopped: bool


def look(pid: int) -> Process | None:
    """The process of that pid; None when there is none that lives."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else Process(pid, int(fields[19]), stopped=fields[0] == "T")


def lives(process: Process) -> bool:
    """Whether it is still this very process."""
    now = look(process.pid)
    return now is not None and now.started == process.started


def name(pid: int) -> str:
    """Its program's name, 15 characters at most; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def resident_mib(pid: int) -> int:
    """Resident memory; 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"^VmRSS:\s+(\d+)", status, re.M)
    return int(found[1]) // 1024 if found else 0
