"""What a watch tells of one VMMigration, each time stamped by our own clock when it was told; pure."""

from dataclasses import dataclass, field
from typing import TypedDict

FINAL = frozenset({"Succeeded", "Failed", "Cancelled"})


@dataclass(slots=True)
class Followed:
    """What the watch has told of one VMMigration: when each phase was seen, in seconds of the epoch."""

    phases: list[tuple[str, float]] = field(default_factory=list)
    message: str = ""
    sent_bytes: int = 0
    switchover: str = ""
    copied: int = 0
    """How many disks are copied."""
    chosen: str = ""
    """How its destination was, in a sentence; empty where its user named one."""
    closed: bool = False
    """Its end is written, and its finalizer is gone."""

    @property
    def phase(self) -> str:
        """The last one; empty before the first."""
        return self.phases[-1][0] if self.phases else ""

    @property
    def ended_at(self) -> float:
        """When the final phase was seen; `ValueError` before."""
        if self.phase not in FINAL:
            raise ValueError(f"it is {self.phase or 'not begun'}")
        return self.phases[-1][1]


class _Metadata(TypedDict, total=False):
    name: str
    finalizers: list[str]


class _Condition(TypedDict):
    type: str
    message: str


class _Result(TypedDict, total=False):
    bytes: int


class _Switchover(TypedDict):
    mode: str


class _Disk(TypedDict, total=False):
    action: str


class _Choice(TypedDict):
    why: str


class _Status(TypedDict, total=False):
    phase: str
    conditions: list[_Condition]
    result: _Result
    switchover: _Switchover
    disks: list[_Disk]
    choice: _Choice


class Migration(TypedDict, total=False):
    """As much of a VMMigration as is read here."""

    metadata: _Metadata
    status: _Status


class Event(TypedDict):
    """One line of a watch."""

    type: str
    object: Migration


def take(followed: Followed, migration: Migration, now: float) -> None:
    """Learn what the object says."""
    status = migration.get("status", {})
    phase = status.get("phase", "")
    if phase and phase != followed.phase:
        followed.phases.append((phase, now))
    for condition in status.get("conditions", []):
        if condition["type"] == "Succeeded":
            followed.message = condition["message"]
    followed.sent_bytes = status.get("result", {}).get("bytes", 0)
    if "switchover" in status:
        followed.switchover = status["switchover"]["mode"]
    followed.copied = sum(disk.get("action") == "Copy" for disk in status.get("disks", []))
    if "choice" in status:
        followed.chosen = status["choice"]["why"]
    followed.closed = phase in FINAL and not migration.get("metadata", {}).get("finalizers")
