"""What runs in the lab, and whether it is ready: each is asked the way its users would."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from labkit import box, containers, libvirt, process, store, supervisor
from labkit.kubernetes import ready_containers
from labkit.lab import Lab, boxes, hosts
from labkit.shell import LabError

ADMIN = ("--kubeconfig", "/etc/lab/admin.kubeconfig", "--request-timeout=5s", "get", "--raw")


@dataclass(frozen=True, slots=True)
class Row:
    """One service: `state` is run, down, finish, frozen, missing, unknown or (the box) off."""

    box: str
    service: str
    state: str
    pid: int | None
    rss_mib: int
    ready: bool


def status(lab: Lab) -> list[Row]:
    """A row per service, and per container of Godwit that runs or should."""
    with ThreadPoolExecutor(8) as askers:
        own = askers.submit(_ready_containers, lab)
        asked = [askers.submit(_box_rows, lab, name) for name in boxes(lab)]
        return [
            row
            for name, rows in zip(boxes(lab), asked, strict=True)
            for row in rows.result() + _container_rows(lab, name, own.result())
        ]


def _box_rows(lab: Lab, name: str) -> list[Row]:
    if box.init_pid(lab, name) is None:
        return [Row(name, "", "off", None, 0, ready=False)]
    return [
        _row(name, service, found.state, found.pid, partial(_ready, lab, name, service))
        for service, found in supervisor.services(lab, name).items()
    ]


def _container_rows(lab: Lab, name: str, ready: set[str]) -> list[Row]:
    own = "operator" if name == "infra" else "agent" if name in hosts(lab) else None
    if own is None or box.init_pid(lab, name) is None:
        return []
    try:
        found = containers.find(lab, name, own)
    except LabError:
        return [Row(name, own, "unknown", None, 0, ready=False)]
    if not found:
        state = "down" if containers.held(lab, name, own) else "missing"
        return [Row(name, own, state, None, 0, ready=False)]
    return [_row(name, own, "run", seen.pid, partial(ready.__contains__, seen.id)) for seen in found]


def _ready_containers(lab: Lab) -> set[str]:
    """None when the API server doesn't answer: nobody can say then."""
    try:
        return set(ready_containers(lab, containers.NAMESPACE))
    except LabError:
        return set()


def _row(name: str, service: str, state: str, pid: int | None, ready: Callable[[], bool]) -> Row:
    found = process.look(pid) if pid else None
    if found and found.stopped:
        return Row(name, service, "frozen", pid, process.resident_mib(found.pid), ready=False)
    runs = state == "run" and found is not None
    return Row(name, service, state, pid, process.resident_mib(pid) if pid else 0, ready=runs and ready())


def _ready(lab: Lab, name: str, service: str) -> bool:
    match service:
        case "apiserver":
            return _answers(lab, name, "/lab/bin/kubectl", *ADMIN, "/readyz")
        case "etcd":
            return _answers(lab, name, "/lab/bin/kubectl", *ADMIN, "/readyz/etcd")
        case "controller-manager":
            return _healthz(lab, name, "https://127.0.0.1:10257")
        case "scheduler":
            return _healthz(lab, name, "https://127.0.0.1:10259")
        case "kubelet":
            return _healthz(lab, name, "http://127.0.0.1:10248")
        case "kube-proxy":
            return _healthz(lab, name, "http://127.0.0.1:10256")
        case "containerd":
            return _answers(lab, name, "ctr", "version")
        case "libvirtd":
            return libvirt.answers(lab, name)
        case "shared":
            return libvirt.mounted(lab, name)
        case "glusterd":
            return all(store.served(lab, volume) for volume in store.VOLUMES)
    return True


def _healthz(lab: Lab, name: str, where: str) -> bool:
    """On the box's loopback; their certificates are made at start, so nobody could check them."""
    fetch = ("busybox", "wget", "-q", "-O", "/dev/null", "--no-check-certificate")
    return _answers(lab, name, *fetch, f"{where}/healthz")


def _answers(lab: Lab, name: str, *argv: str) -> bool:
    return box.ok_inside(lab, name, "timeout", "10", *argv)
