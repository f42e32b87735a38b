"""What one run has at hand, and what is noted of it while it goes on."""

import time
from dataclasses import dataclass, field

from benchkit.traces import Traces
from faultkit.client import Body, Client, Story
from labkit.guest.spec import Guest
from labkit.lab import Lab


@dataclass(frozen=True, slots=True)
class Note:
    """Something happened at `at`, in seconds of the epoch."""

    at: float
    who: str
    what: str


@dataclass(slots=True)
class Stage:
    """One migration of one guest, and everybody who takes part."""

    lab: Lab
    client: Client
    guest: Guest
    source: str
    destination: str
    namespace: str
    name: str
    story: Story
    heard: Traces
    began: float = field(default_factory=time.time)
    notes: list[Note] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    may_be_dead: bool = False
    """A fault has ended the guest, or may have."""
    deleted: set[str] = field(default_factory=set)
    """Images that a fault has removed from the destination."""

    def note(self, what: str, who: str = "campaign") -> None:
        """For the timeline."""
        self.notes.append(Note(time.time(), who, what))

    def apply(self, story: Story, to: str, **spec: object) -> None:
        """As `kubectl apply` does, of a migration of this guest; the story begins."""
        listed, _, name = story.path.rpartition("/")
        body: Body = {
            "apiVersion": "godwit.dev/v1alpha1",
            "kind": "VMMigration",
            "metadata": {"name": name},
            "spec": {"vm": {"name": self.guest.name}, "destination": {"hypervisor": to}, **spec},
        }
        self.client.must("POST", listed, body)
        self.note(f"{self.guest.name} shall go to {to}")
        story.begin()

    def heard_of(self, host: str, *details: str) -> float | None:
        """When that host's libvirt first told one of these changes of the guest's life."""
        for trace in self.heard.between(self.guest.name, self.began, time.time()):
            if trace.host == host and trace.kind == "lifecycle" and trace.detail in details:
                return trace.at
        return None

    def host(self, role: str) -> str:
        """`source` and `destination` by their names; any other word as it is."""
        return {"source": self.source, "destination": self.destination}.get(role, role)


LEFT = ("Suspended Migrated", "Stopped Migrated")
ARRIVED = ("Resumed Migrated", "Resumed Unpaused")
"""As `virsh event` words the moments of the switchover, at the source and at the destination."""
