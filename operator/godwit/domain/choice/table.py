"""What a status tells of a destination that the operator chose: which, why, and how every host stands."""

from datetime import datetime
from enum import StrEnum

from godwit.domain.value import Value

MOST_CANDIDATES = 20
"""Hosts that are told of in full; the others are counted by reason."""
MOST_REASONS = 50
MOST_TEXT = 1024
"""Characters of what is told of a host; twice as many of all of them."""


class Standing(StrEnum):
    """What became of a host."""

    CHOSEN = "Chosen"
    STANDBY = "Standby"
    """It is inspected beside the chosen one, and taken where that one refuses."""
    ELIGIBLE = "Eligible"
    """Nothing that its Hypervisor tells stands against it; it was not inspected."""
    REFUSED = "Refused"
    """A check fails there, or its inspection came to nothing."""
    NOT_READY = "NotReady"
    """Its agent is silent, or has not told anything yet."""
    NOT_SELECTED = "NotSelected"
    """`destination.nodeSelector` does not match its Node."""


class Candidate(Value):
    """One row of the matrix: a check that is named nowhere in it has passed, or does not apply."""

    hypervisor: str
    standing: Standing
    why: str = ""
    """Its score, or what stands against it."""
    score: int = 0
    failed: tuple[str, ...] = ()
    """Names of checks."""
    warned: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()


class Counted(Value):
    """Hosts that are not told of in full."""

    reason: str
    """A standing, and the checks that failed."""
    hosts: int


class Choice(Value):
    """Written before a task is made for the host that it names; replaced when that one is given up."""

    why: str
    """A sentence."""
    at: datetime | None = None
    """When the host was named that is, or was last, inspected; None as long as there was none."""
    candidates: tuple[Candidate, ...] = ()
    others: tuple[Counted, ...] = ()


class Standby(Value):
    """A host that is inspected beside the chosen one; its task has this name, if it was made."""

    hypervisor: str
    task: str


class Dismissed(Value):
    """A host that was looked at in vain: its task, if it was made, is still to come to its end."""

    hypervisor: str
    task: str
    why: str
    at: datetime
    failed: tuple[str, ...] = ()
    """Checks."""
