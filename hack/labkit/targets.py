"""Who can be killed, stopped, frozen: a service, a container of Godwit, or the store as a whole.

Each kind knows its processes (by the machine's pids) and how to tell its supervisor to leave it down.
"""

from dataclasses import dataclass
from typing import Protocol

from labkit import cgroups, containers, process, supervisor
from labkit.lab import Lab, boxes
from labkit.shell import LabError

CONTROL = ("etcd", "apiserver", "controller-manager", "scheduler")
PER_NODE = ("kubelet", "containerd", "kube-proxy")
PER_HOST = ("libvirtd", "shared", *PER_NODE)
WHO = "operator, store, etcd, apiserver, controller-manager, scheduler, or with a HOST: agent, " + ", ".join(
    PER_HOST
)


class Target(Protocol):
    """One thing that runs, with whoever supervises it."""

    @property
    def box(self) -> str:
        """Where it runs."""

    def pids(self) -> list[int]:
        """Its processes now."""

    def hold(self) -> None:
        """From now on it isn't started again."""

    def release(self) -> None:
        """It is started, and started again."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service under its box's supervisor."""

    lab: Lab
    box: str
    name: str

    def pids(self) -> list[int]:
        """At most one."""
        pid = supervisor.services(self.lab, self.box)[self.name].pid
        return [pid] if pid else []

    def hold(self) -> None:
        """By the supervisor."""
        supervisor.hold(self.lab, self.box, self.name)

    def release(self) -> None:
        """By the supervisor."""
        supervisor.release(self.lab, self.box, self.name)


@dataclass(frozen=True, slots=True)
class Store:
    """GlusterFS: its daemon is supervised, and starts the bricks' processes itself."""

    lab: Lab
    box: str = "store"

    def pids(self) -> list[int]:
        """The daemon and the bricks."""
        return [
            pid for pid in cgroups.processes(self.lab, self.box) if process.name(pid).startswith("gluster")
        ]

    def hold(self) -> None:
        """The daemon by the supervisor."""
        supervisor.hold(self.lab, self.box, "glusterd")

    def release(self) -> None:
        """The daemon by the supervisor."""
        supervisor.release(self.lab, self.box, "glusterd")


@dataclass(frozen=True, slots=True)
class Pod:
    """A container of Godwit, which the node's kubelet supervises."""

    lab: Lab
    box: str
    name: str

    def pids(self) -> list[int]:
        """The container's first process; two while one pod replaces another."""
        return [container.pid for container in containers.find(self.lab, self.box, self.name)]

    def hold(self) -> None:
        """By the node's container runtime, which refuses to create it."""
        containers.hold(self.lab, self.box, self.name)

    def release(self) -> None:
        """By the node's container runtime."""
        containers.release(self.lab, self.box, self.name)


def locate(lab: Lab, who: list[str]) -> Target:
    """The target that a person calls e.g. `apiserver` or `libvirtd host1`."""
    match who:
        case ["operator"]:
            return Pod(lab, "infra", "operator")
        case ["store"]:
            return Store(lab)
        case [name] if name in CONTROL:
            return Service(lab, "control", name)
        case ["agent", host]:
            return Pod(lab, _box(lab, host), "agent")
        case [name, host] if name in (PER_NODE if host == "infra" else PER_HOST):
            return Service(lab, _box(lab, host), name)
    raise LabError(f"{' '.join(who)!r} is nobody here. WHO is one of: {WHO}")


def _box(lab: Lab, host: str) -> str:
    if host not in boxes(lab):
        raise LabError(f"lab {lab.name!r} has no {host}; it has: {' '.join(boxes(lab))}")
    return host
