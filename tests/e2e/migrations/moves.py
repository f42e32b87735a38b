"""VMMigrations as their users handle them: by kubectl, in a namespace that is not the operator's."""

import itertools
import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ..api_server import HOME, Body, Cluster
from ..lab import wait_until
from .hosts import Hosts

T = TypeVar("T")

LABEL = "godwit.dev/test=moves"
FINAL = frozenset({"Succeeded", "Failed", "Cancelled"})
MOVE_SECONDS = 90.0
"""Three times what a guest's move takes here on a busy machine, unshaped."""


class Moves:
    """Makes VMMigrations of this run and reads them; each gets a name of its own."""

    def __init__(self, cluster: Cluster, hosts: Hosts) -> None:
        self.cluster = cluster
        self.namespace = f"moves-{uuid.uuid4().hex[:6]}"
        self._hosts = hosts
        self._numbers = itertools.count(1)

    def open(self) -> None:
        """A namespace of this run; those that interrupted runs left go."""
        self.cluster.kubectl("delete", "namespace", "-l", LABEL, "--wait=false")
        key, value = LABEL.split("=")
        metadata = {"name": self.namespace, "labels": {key: value}}
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(body))

    def close(self) -> None:
        """Everything of this run."""
        self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def begin(self, guest: str, to: str = "", labels: dict[str, str] | None = None) -> str:
        """The name of a new VMMigration of `guest`; by default to where it is not."""
        name = f"{guest}-{next(self._numbers)}"
        self.apply(name, guest, to or self._hosts.other(self._hosts.place(guest)), labels)
        return name

    def apply(self, name: str, guest: str, to: str, labels: dict[str, str] | None = None) -> str:
        """`kubectl apply`, and what it says."""
        body = {
            "apiVersion": "godwit.dev/v1alpha1",
            "kind": "VMMigration",
            "metadata": {"name": name, "namespace": self.namespace, "labels": labels or {}},
            "spec": {"vm": {"name": guest}, "destination": {"hypervisor": to}},
        }
        return self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(body))

    def move(self, guest: str, to: str = "") -> Body:
        """The status of a migration that succeeded."""
        return self.success(self.begin(guest, to))

    def success(self, name: str, seconds: float = MOVE_SECONDS) -> Body:
        """The status once all is over; fails when it did not succeed, or ever asked for a person."""

        def over() -> Body | None:
            found = self.get(name)
            ended = found["status"].get("phase") in FINAL and not found["metadata"].get("finalizers")
            return found["status"] if ended else None

        status: Body = self.until(name, "its end", over, seconds)
        assert status["phase"] == "Succeeded", json.dumps(status, indent=1)
        assert "NeedsAttention" not in phases(status), json.dumps(status, indent=1)
        return status

    def phase(self, name: str, phase: str, seconds: float = MOVE_SECONDS) -> Body:
        """The status as soon as it is in that phase."""

        def there() -> Body | None:
            status = self.status(name)
            return status if status.get("phase") == phase else None

        status: Body = self.until(name, phase, there, seconds)
        return status

    def until(self, name: str, what: str, answer: Callable[[], T | None], seconds: float) -> T:
        """The first true answer; fails after `seconds` with the migration's whole status."""
        try:
            return wait_until(f"{name}: {what}", answer, seconds, every_seconds=0.1)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{json.dumps(self.status(name), indent=1)}") from late

    def get(self, name: str) -> Body:
        """The object."""
        return self.cluster.migration(self.namespace, name)

    def status(self, name: str) -> Body:
        """Its status now."""
        found: Body = self.get(name)["status"]
        return found

    def delete(self, name: str) -> None:
        """Ask for it; it may take until it has ended."""
        self.cluster.kubectl("delete", "vmmigration", name, "-n", self.namespace, "--wait=false")

    def exists(self, name: str) -> bool:
        """Whether there is such a VMMigration still."""
        listed = self.cluster.kubectl("get", "vmmigrations", "-n", self.namespace, "-o", "name")
        return f"vmmigration.godwit.dev/{name}" in listed.split()

    def events(self, name: str) -> list[Body]:
        """Kubernetes events about it, the oldest first."""
        asked = ("get", "events", "-n", self.namespace, "--field-selector", f"involvedObject.name={name}")
        listed: list[Body] = json.loads(self.cluster.kubectl(*asked, "-o", "json"))["items"]
        return sorted(listed, key=lambda event: str(event["eventTime"]))

    def table(self, name: str, *options: str) -> dict[str, str]:
        """What `kubectl get` shows of it, by column."""
        head, row = self.lines(name, *options)
        starts = [
            at for at, letter in enumerate(head) if letter != " " and (at == 0 or head[at - 2 : at] == "  ")
        ]
        ends = [*starts[1:], None]
        return {head[a:b].strip(): row[a:b].strip() for a, b in zip(starts, ends, strict=True)}

    def lines(self, name: str, *options: str) -> list[str]:
        """Both lines of it."""
        shown = self.cluster.kubectl("get", "vmmigration", name, "-n", self.namespace, *options)
        return shown.rstrip("\n").split("\n")

    def leftovers(self) -> list[str]:
        """Tasks and claims that are there now."""
        tasks = self.cluster.kubectl("get", "migrationtasks", "-n", HOME, "-o", "name").split()
        leases = self.cluster.kubectl("get", "leases", "-n", HOME, "-o", "name").split()
        return [*tasks, *(lease for lease in leases if "/vm-" in lease)]


def phases(status: Body) -> list[str]:
    """All phases that it has gone through."""
    return [transition["phase"] for transition in status["phaseTransitions"]]


def lasting(status: Body, seconds: float = 7.0) -> list[str]:
    """Those that it was in for longer."""
    steps = [(each["phase"], datetime.fromisoformat(each["at"])) for each in status["phaseTransitions"]]
    return [
        phase
        for (phase, at), (_, after) in itertools.pairwise(steps)
        if (after - at).total_seconds() > seconds
    ]


def condition(status: Body, kind: str) -> Body:
    """The condition of that type; fails when there is none."""
    found: Body = next(each for each in status["conditions"] if each["type"] == kind)
    return found
