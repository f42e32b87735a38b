"""Godwit's own containers in the nodes, found through containerd, which works without an API server too."""

from dataclasses import dataclass

from labkit.box import inside, ok_inside
from labkit.lab import Lab
from labkit.shell import wait_for
from labkit.supervisor import outer_pid

NAMESPACE = "godwit-system"
CTR = ("ctr", "-n", "k8s.io")
HELD = "/run/lab/stopped"


@dataclass(frozen=True, slots=True)
class Container:
    """A container that runs: containerd's id and the pid of its first process as the machine numbers it."""

    id: str
    pid: int


def wait(lab: Lab, node: str) -> None:
    """The node's containerd answers: it takes a moment after the node's power-on."""
    wait_for(f"containerd of {node}", lambda: ok_inside(lab, node, *CTR, "version"), 30)


def find(lab: Lab, node: str, name: str) -> list[Container]:
    """Running containers of that name in a running node, in Godwit's namespace."""
    labels = {"io.kubernetes.container.name": name, "io.kubernetes.pod.namespace": NAMESPACE}
    wanted = ",".join(f'labels."{label}"=={value}' for label, value in labels.items())
    ids = set(inside(lab, node, *CTR, "containers", "ls", "-q", wanted, timeout_seconds=10).split())
    found = []
    for line in inside(lab, node, *CTR, "tasks", "ls", timeout_seconds=10).splitlines()[1:]:
        container, inner, status = line.split()
        if container in ids and status == "RUNNING" and (pid := outer_pid(lab, node, int(inner))):
            found.append(Container(container, pid))
    return found


def hold(lab: Lab, node: str, name: str) -> None:
    """The kubelet's attempts to start it again fail, until `release` or the node's power-off."""
    inside(lab, node, "sh", "-c", f"mkdir -p {HELD} && touch {HELD}/{name}")


def release(lab: Lab, node: str, name: str) -> None:
    """The kubelet may start it again."""
    inside(lab, node, "rm", "-f", f"{HELD}/{name}")


def held(lab: Lab, node: str, name: str) -> bool:
    """Whether `hold` stands."""
    return ok_inside(lab, node, "test", "-e", f"{HELD}/{name}")
