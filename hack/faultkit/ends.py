"""A guest before its migration, and how Godwit says that this ended: what a scene is held against."""

from dataclasses import dataclass

from faultkit.scene import Copy, Scene

SUCCEEDED = "Succeeded"


@dataclass(frozen=True, slots=True)
class Before:
    """A guest at rest, as `checker.snapshot` found it."""

    name: str
    host: str
    paused: bool
    copy: Copy
    scene: Scene
    disks: tuple[str, ...] = ()
    """The paths of its images."""
    leaving: tuple[str, ...] = ()
    """Those that only its host has, and that it writes to."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How Godwit says that it ended, and what the faults themselves may have done to the guest."""

    phase: str
    destination: str
    may_be_gone: bool = False
    """A host was powered off under it, or somebody ended it: none may run."""
    may_be_anew: bool = False
    """It was, and one that was started again may run."""
    user_paused: bool = False
    """Its user suspended or resumed it meanwhile: it may stand either way."""
    store_was_away: bool = False
    """Writes of the guest may have failed."""
    attempts: int = 1
    deletes: bool = False
    """The source's images of copied disks go after the commit."""
    keeps_destination: bool = False
    """A person chose the destination's copy: the source's images stay where nothing proves them older."""
    deleted: frozenset[str] = frozenset()
    """Images that a fault has removed from the destination."""
