"""Godwit in the lab as its users have it: its chart, installed by helm, with the values that a lab needs."""

import json
import os
from typing import Any

from labkit import containers
from labkit.containers import NAMESPACE
from labkit.image import NAME, REPOSITORY, Image
from labkit.kubernetes import environment, kubectl, kubectl_json, ready_containers
from labkit.lab import LOCAL, SHARED, Lab, Plane, hosts
from labkit.libvirt import (
    AUTHORITIES,
    CLIENT_CERTIFICATE,
    QEMU_CLIENT_CERTIFICATE,
    QEMU_SERVER_CERTIFICATE,
)
from labkit.shell import LabError, run, wait_for

CHART = REPOSITORY / "charts" / "godwit"
RELEASE = "godwit"
READY_SECONDS = 90


def values(lab: Lab, image: Image) -> dict[str, object]:
    """What differs from the chart's own values."""
    return {
        "image": {"repository": NAME, "tag": image.tag, "pullPolicy": "Never"},
        "operator": {"nodeSelector": {"godwit.dev/infra": "true"}},
        "agent": {
            "nodeSelector": {"godwit.dev/hypervisor": "true"},
            "migrationCIDR": f"{lab.subnet(Plane.DATA)}.0/24",
            "imageDirectories": [str(SHARED), str(LOCAL)],
            "packetSocket": True,
            "pki": {
                "caFile": AUTHORITIES,
                "clientCertificateFile": CLIENT_CERTIFICATE,
                "qemuServerCertificateFile": QEMU_SERVER_CERTIFICATE,
                "qemuClientCertificateFile": QEMU_CLIENT_CERTIFICATE,
            },
        },
    }


def install(lab: Lab, image: Image) -> None:
    """Install or upgrade, and wait until exactly this image runs, and is Ready, on every node that is due."""
    run(
        "helm", "upgrade", "--install", RELEASE, CHART, "--namespace", NAMESPACE, "--create-namespace",
        "--values", "-",
        stdin=json.dumps(values(lab, image)), env={**os.environ, **environment(lab)}, timeout_seconds=120,
    )  # fmt: skip
    _replace_agents_at_once(lab, image)
    due = [("infra", "operator"), *((host, "agent") for host in hosts(lab))]
    try:
        wait_for("Godwit", lambda: not _missing(lab, image, due), READY_SECONDS, 0.3)
    except LabError as late:
        missing = ", ".join(_missing(lab, image, due))
        raise LabError(f"{missing}: not Ready after {READY_SECONDS} s. {_reasons(lab)}") from late


def _replace_agents_at_once(lab: Lab, image: Image) -> None:
    """The DaemonSet would replace them one after the other; nobody in a lab that is being changed minds."""
    pods = kubectl_json(lab, "get", "pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/component=agent")[
        "items"
    ]
    old = [pod["metadata"]["name"] for pod in pods if pod["spec"]["containers"][0]["image"] != image.name]
    if old:
        kubectl(lab, "delete", "pods", "-n", NAMESPACE, "--wait=false", "--ignore-not-found", *old)


def _missing(lab: Lab, image: Image, due: list[tuple[str, str]]) -> list[str]:
    """Who doesn't run `image`, or isn't Ready. What the cluster says of a former container doesn't count."""
    ready = ready_containers(lab, NAMESPACE)
    return [
        f"{name} on {node}"
        for node, name in due
        if image.name not in [ready.get(container.id) for container in containers.find(lab, node, name)]
    ]


def _reasons(lab: Lab) -> str:
    """Why pods are not Ready, in their own words, and where their logs are."""
    pods = kubectl_json(lab, "get", "pods", "-n", NAMESPACE)["items"]
    said = [reason for pod in pods for reason in _pod_reasons(pod)]
    return "; ".join(said or ["no pod says why"]) + ". `hack/lab logs operator`, `hack/lab logs agent HOST`"


def _pod_reasons(pod: dict[str, Any]) -> list[str]:
    name, status = pod["metadata"]["name"], pod["status"]
    unmet = [c for c in status.get("conditions", []) if c["type"] == "PodScheduled" and c["status"] != "True"]
    reasons = [f"{name}: {condition.get('message', 'not scheduled')}" for condition in unmet]
    for container in status.get("containerStatuses", []):
        waiting = container["state"].get("waiting") or container["state"].get("terminated")
        if waiting:
            reasons.append(f"{name}: {waiting.get('reason')} {waiting.get('message', '')}".strip())
        elif not container["ready"]:
            reasons.append(f"{name}: runs, but its readiness probe fails")
    return reasons
